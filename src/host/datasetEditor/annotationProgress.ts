/** How much one annotator has done of an open dataset: counted in the background, and again where rows change. */

import { sleep } from '../../core/abort.ts';
import { createSlicer } from '../../core/slice.ts';
import { flagOf } from '../../dataset/annotations/flag.ts';
import type { Ledger, Opinion } from '../../dataset/annotations/ledger.ts';
import { perHour } from '../../dataset/annotations/pace.ts';
import { identifyRow } from '../../dataset/annotations/rowIdentity.ts';
import type { Splice } from '../../dataset/editLog.ts';
import type { AnnotationProgress } from '../../protocol/datasetView.ts';
import type { DatasetDocument } from './document.ts';

/** Of a larger file it is said how much was annotated, but not how much is left. */
const BACKGROUND_BYTES = 64 * 1024 * 1024;
const ROW_BYTES = 1024 * 1024;
const BATCH_ROWS = 64;
const SLICE_MS = 6;
/** Counted once typing rests. */
const REST_MS = 200;

const UNKNOWN = 0;
const NO_ROW = -1;
/** Too long to be read here. */
const TOO_LONG = -2;

const flagged = [undefined, 'good', 'bad'] as const;

export class ProgressCount {
  counts: AnnotationProgress | undefined;
  /** 52 bits of each row's hash. */
  #keys = new Float64Array(0);
  /** What rows of a format with a key for it say themselves: a place in `flagged`. */
  #flags = new Uint8Array(0);
  #running: AbortController | undefined;
  #of: { ledger: Ledger; annotator: string | undefined } | undefined;
  readonly #stops: (() => void)[];

  constructor(
    private readonly document: DatasetDocument,
    private readonly changed: () => void,
  ) {
    this.#stops = [
      document.rowsChanged.on(({ splices }) => this.#follow(splices)),
      document.reloaded.on(() => this.#forget()),
      document.head.changed.on(() => this.#forget()),
    ];
  }

  /** Counts (again) for this annotator. */
  restart(ledger: Ledger, annotator: string | undefined): void {
    this.#of = ledger.size === 0 ? undefined : { ledger, annotator };
    if (this.#of) this.#run();
    else this.counts = undefined;
  }

  dispose(): void {
    this.#running?.abort();
    for (const stop of this.#stops) stop();
  }

  #forget(): void {
    this.#keys = new Float64Array(0);
    this.#flags = new Uint8Array(0);
    if (this.#of) this.#run();
  }

  #follow(splices: readonly Splice[]): void {
    if (this.#keys.length === 0) return;
    let shift = 0;
    for (const { at, removed, inserted } of splices) {
      const [from, to] = [at + shift, at + shift + removed.length];
      this.#keys = spliced(this.#keys, from, to, inserted.length, Float64Array);
      this.#flags = spliced(this.#flags, from, to, inserted.length, Uint8Array);
      shift += inserted.length - removed.length;
    }
    if (this.#of) this.#run();
  }

  #run(): void {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    void this.#count(running.signal).catch(() => undefined); // aborted, or the file was closed: counted again when it changes
  }

  async #count(signal: AbortSignal): Promise<void> {
    const { document } = this;
    const { ledger, annotator } = this.#of!;
    await document.indexed();
    const slicer = createSlicer(SLICE_MS, signal);
    await sleep(REST_MS, signal);
    const opinions = new Map<number, Opinion>();
    const counts: AnnotationProgress = { annotator, rows: undefined, done: 0, skipped: 0, choices: {}, labels: {}, perHour: annotator === undefined ? undefined : perHour(ledger.choiceTimes(annotator)) };
    const labels = new Map<string, number>();
    const add = (choice: string | null | undefined, said: Opinion | undefined) => {
      if (choice === 'skip') counts.skipped++;
      else if (choice) {
        counts.done++;
        const kind = choice === 'a' || choice === 'b' ? 'better' : choice;
        counts.choices[kind as keyof typeof counts.choices] = (counts.choices[kind as keyof typeof counts.choices] ?? 0) + 1;
      }
      for (const label of said?.labels?.value ?? []) labels.set(label, (labels.get(label) ?? 0) + 1);
    };
    for (const [hash, said] of annotator === undefined ? [] : ledger.by(annotator)) {
      opinions.set(keyOf(hash), said);
      await slicer.pause();
    }
    if (document.sizeBytes > BACKGROUND_BYTES) {
      for (const said of opinions.values()) add(said.choice?.value, said);
    } else {
      await this.#identify(signal);
      counts.rows = 0;
      for (const [row, key] of this.#keys.entries()) {
        if (key !== NO_ROW) counts.rows++;
        const said = opinions.get(key);
        add(said?.choice?.value ?? flagged[this.#flags[row]!], said);
        if (row % 1024 === 0) await slicer.pause();
      }
    }
    counts.labels = Object.fromEntries(labels);
    this.counts = counts;
    this.changed();
  }

  async #identify(signal: AbortSignal): Promise<void> {
    const { document } = this;
    if (this.#keys.length !== document.rows) {
      this.#keys = new Float64Array(document.rows);
      this.#flags = new Uint8Array(document.rows);
    }
    const slicer = createSlicer(SLICE_MS, signal);
    for (let row = 0; row < document.rows; row++) {
      if (this.#keys[row] !== UNKNOWN) continue;
      const lines = await document.read(row, BATCH_ROWS, ROW_BYTES);
      for (const [i, line] of lines.entries()) {
        await slicer.pause(); // throws when rows changed meanwhile
        const identity = line.cut ? undefined : identifyRow(line.text);
        this.#keys[row + i] = identity ? keyOf(identity.hash) : line.cut ? TOO_LONG : NO_ROW;
        this.#flags[row + i] = line.cut ? 0 : flagged.indexOf(flagOf(line.text, document.format));
      }
    }
  }
}

function keyOf(hash: string): number {
  return parseInt(hash.slice(0, 13), 16) || 1;
}

function spliced<A extends Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(array: A, from: number, to: number, inserted: number, make: new (length: number) => A): A {
  if (inserted === to - from) {
    array.fill(UNKNOWN, from, to);
    return array;
  }
  const next = new make(array.length - (to - from) + inserted);
  next.set(array.subarray(0, from));
  next.set(array.subarray(to), from + inserted);
  return next;
}
