/** Follows one run directory: its events folded as they come, and whether a trainer still holds it. Shared by tree, status bar and panels. */

import type { Emitter } from '../../core/emitter.ts';
import { createEmitter } from '../../core/emitter.ts';
import { inspectLock, readRunIfUsable, tailEvents } from '../../node/runDirectory.ts';
import { runPaths, type RunRecord, type RunStatus } from '../../run/directory.ts';
import { createRunView, type RunView } from '../../run/series.ts';
import { statusFrom } from '../../run/status.ts';

export interface FollowedRun {
  readonly dir: string;
  readonly view: RunView;
  /** Undefined until it was read, or when run.json cannot be. */
  readonly record: RunRecord | undefined;
  /** Why run.json cannot be used, by another version perhaps. */
  readonly recordProblem: string | null;
  readonly status: RunStatus;
  /** Raised when what was folded before is void: the file was replaced, or a resumed run replaced steps. */
  readonly life: number;
  readonly skipped: { count: number; examples: string[] };
  /** Resolves when everything that was there at the start has been folded and the lock was looked at: `status` means something from then on. */
  readonly caughtUp: Promise<void>;
  onDidChange(listener: () => void): () => void;
  /** Looks at the lock now instead of at the next turn; `tell` says that something changed in any case. */
  check(tell?: boolean): Promise<void>;
  dispose(): void;
}

const POLL_EVENTS_MS = 250;
const POLL_LOCK_MS = 2000;
/** Parsed in two or three milliseconds: this runs on the extension host's thread. */
const SLICE_BYTES = 64 * 1024;

export interface FollowOptions {
  /** A trainer was started and has not taken the directory yet. */
  isLaunching(): boolean;
  onError(error: unknown): void;
}

export function followRun(dir: string, { isLaunching, onError }: FollowOptions): FollowedRun {
  const view = createRunView();
  const abort = new AbortController();
  const changed: Emitter<void> = createEmitter();
  let record: RunRecord | undefined;
  let recordProblem: string | null = null;
  let held: boolean | undefined;
  let life = 0;
  let skipped = { count: 0, examples: [] as string[] };
  let settle: () => void;
  const replayed = new Promise<void>((resolve) => (settle = resolve));
  let lockTimer: ReturnType<typeof setTimeout> | undefined;

  const readRecord = async () => {
    const read = await readRunIfUsable(dir);
    record = read.record ?? record;
    recordProblem = read.problem;
  };
  const check = async (tell = false) => {
    const now = (await inspectLock(dir).catch(() => undefined))?.state === 'held';
    if (abort.signal.aborted || (now === held && !tell)) return;
    held = now;
    await readRecord(); // the trainer writes the device into it when it begins
    changed.emit();
  };
  const pollLock = async () => {
    await check();
    if (!abort.signal.aborted) lockTimer = setTimeout(() => void pollLock(), POLL_LOCK_MS);
  };

  const looked = Promise.all([readRecord(), pollLock()]);
  const caughtUp = Promise.all([looked, replayed]).then(() => changed.emit());
  void tailEvents(
    runPaths(dir).events,
    (events) => {
      if (events.some((event) => event.type === 'resumed' || (event.type === 'started' && event.resumed_from !== null))) life++;
      view.add(events);
      if (events.some((event) => event.type === 'started' || event.type === 'finished')) void check();
      changed.emit();
    },
    abort.signal,
    {
      pollMs: POLL_EVENTS_MS,
      sliceBytes: SLICE_BYTES,
      onCaughtUp: () => settle(),
      onReset() {
        view.reset();
        life++;
        skipped = { count: 0, examples: [] };
        changed.emit();
      },
      onSkipped(reader) {
        skipped = { count: reader.skipped, examples: reader.problems.slice(0, 3).map(({ line, problem }) => `line ${line}: ${problem}`) };
        changed.emit();
      },
    },
  ).catch((error: unknown) => {
    settle();
    onError(error);
  });

  return {
    dir,
    view,
    get record() {
      return record;
    },
    get recordProblem() {
      return recordProblem;
    },
    get status() {
      const said = view.summary().status;
      if (isLaunching()) return 'running';
      return held === undefined ? said : statusFrom(said, held);
    },
    get life() {
      return life;
    },
    get skipped() {
      return skipped;
    },
    caughtUp,
    onDidChange: (listener) => changed.on(listener),
    check,
    dispose() {
      abort.abort();
      clearTimeout(lockTimer);
    },
  };
}
