/** The runs of the workspace: found on disk, the live ones followed, everything else read once and again when it may have changed. */

import { promises as fs } from 'node:fs';
import * as vscode from 'vscode';
import { createEmitter } from '../../core/emitter.ts';
import { findRuns, listRun, readRun, type RunListing } from '../../node/runDirectory.ts';
import { runPaths, type RunStatus } from '../../run/directory.ts';
import type { HostContext } from '../context.ts';
import { followRun, type FollowedRun } from './followedRun.ts';
import { runName, scoresAnswers } from './facts.ts';
import type { RunLauncher } from './launcher.ts';

export interface RunItem {
  dir: string;
  name: string;
  method: string;
  status: RunStatus;
  step: number;
  totalSteps: number;
  secondsLeft: number | undefined;
  started: string | null;
  ended: string | null;
  metrics: Record<string, number>;
  /** Why its run.json cannot be used, by another version perhaps. */
  problem: string | null;
}

export interface RunStore {
  /** Newest first. */
  readonly runs: readonly RunItem[];
  /** True until the workspace has been looked through once. */
  readonly scanning: boolean;
  /** Looks through the workspace again. */
  refresh(): Promise<void>;
  /** Takes note of a run that was just made or opened, inside the workspace or not. */
  add(dir: string): Promise<void>;
  /** Follows a run while somebody looks; give it back with `release`. The same run is followed once. */
  follow(dir: string): FollowedRun;
  release(dir: string): void;
  /** What the run said last: why it failed. */
  messageOf(dir: string): string;
  /** The spec file that a run came from. */
  specFileOf(dir: string): Promise<string | undefined>;
  onDidChange(listener: () => void): () => void;
  /** A run's status changed while it was followed. */
  onDidChangeStatus(listener: (change: { item: RunItem; before: RunStatus }) => void): () => void;
  dispose(): void;
}

const MAX_RUNS = 500;
/** Known runs that an outside program took up again are noticed this late. Looking through the whole workspace waits for a reason. */
const RECHECK_MS = 10_000;

export function createRunStore(context: HostContext, launcher: Pick<RunLauncher, 'isLaunching' | 'onDidChange'>): RunStore {
  const listings = new Map<string, RunListing>();
  const followed = new Map<string, { run: FollowedRun; users: number; ready: boolean; last: RunStatus | undefined; forStore: boolean }>();
  const extra = new Set<string>();
  /** What events and lock were like when a run was last read. */
  const signatures = new Map<string, string>();
  const changed = createEmitter<void>();
  const statusChanged = createEmitter<{ item: RunItem; before: RunStatus }>();
  let order: string[] = [];
  let scanning = true;
  let scan: Promise<void> | undefined;
  let disposed = false;

  const itemOf = (dir: string): RunItem | undefined => {
    const entry = followed.get(dir);
    const listing = listings.get(dir);
    if (entry && (entry.ready || !listing)) {
      const live = entry.run;
      const summary = live.view.summary();
      return { dir, name: runName(dir), method: summary.method || (live.record?.spec.method ?? ''), status: live.status, step: summary.step, totalSteps: summary.totalSteps, secondsLeft: summary.secondsLeft ?? undefined, started: summary.started, ended: summary.ended, metrics: summary.latest, problem: live.recordProblem };
    }
    return listing && { dir, name: runName(dir), method: listing.method, status: listing.status, step: listing.step, totalSteps: listing.maxSteps, secondsLeft: undefined, started: listing.started, ended: listing.ended, metrics: listing.metrics, problem: listing.problem };
  };

  const follow = (dir: string): FollowedRun => {
    const existing = followed.get(dir);
    if (existing) {
      existing.users++;
      return existing.run;
    }
    const run = followRun(dir, { isLaunching: () => launcher.isLaunching(dir), onError: (error) => context.log.error(`${dir}: ${String(error)}`) });
    const entry = { run, users: 1, ready: false, last: undefined, forStore: false };
    followed.set(dir, entry);
    run.onDidChange(() => onFollowedChange(dir));
    void run.caughtUp.then(() => {
      entry.ready = true;
      onFollowedChange(dir);
    });
    return run;
  };
  const release = (dir: string): void => {
    const entry = followed.get(dir);
    if (!entry || --entry.users > 0) return;
    followed.delete(dir);
    entry.run.dispose();
    void readListing(dir).then(() => changed.emit());
  };

  const onFollowedChange = (dir: string) => {
    const entry = followed.get(dir);
    // While the past is replayed a run seems to end and begin again: nothing to tell anybody.
    if (!entry?.ready || disposed) return;
    const { status } = entry.run;
    const before = entry.last;
    entry.last = status;
    if (before !== undefined && before !== status) {
      const item = itemOf(dir);
      if (item) statusChanged.emit({ item, before });
    }
    keepFollowing(dir, status);
    changed.emit();
  };

  /** Live runs are followed for the tree and the status bar; the others only while a panel shows them. */
  const keepFollowing = (dir: string, status: RunStatus) => {
    const live = status === 'running' || status === 'paused';
    const entry = followed.get(dir);
    if (live && !entry?.forStore) {
      follow(dir);
      followed.get(dir)!.forStore = true;
    } else if (!live && entry?.forStore) {
      entry.forStore = false;
      release(dir);
    }
  };

  async function readListing(dir: string): Promise<void> {
    try {
      signatures.set(dir, await signatureOf(dir));
      const listing = await listRun(dir);
      listings.set(dir, listing);
      if (!disposed) keepFollowing(dir, listing.status);
    } catch (error) {
      listings.delete(dir);
      context.log.debug(`${dir}: ${String(error)}`);
    }
  }

  async function scanOnce(): Promise<void> {
    const found: string[] = [];
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== 'file') continue;
      found.push(...(await findRuns(uri.fsPath).catch((error: unknown) => (context.log.warn(String(error)), []))));
    }
    const dirs = [...new Set([...found, ...extra])].slice(0, MAX_RUNS);
    for (const dir of listings.keys()) if (!dirs.includes(dir)) listings.delete(dir);
    for (const dir of dirs) if (!followed.get(dir)?.forStore) await readListing(dir);
    order = dirs;
    scanning = false;
    if (!disposed) changed.emit();
  }
  /** One scan at a time; whoever asks during one waits for the next, because the first may have passed what changed. */
  const refresh = async (): Promise<void> => {
    const running = scan;
    scan = (async () => {
      await running?.catch(() => undefined);
      await scanOnce();
    })();
    await scan;
  };

  const stopLaunches = launcher.onDidChange(() => {
    for (const { run } of followed.values()) void run.check(true);
  });
  const watcher = vscode.workspace.createFileSystemWatcher('**/run.json');
  let soon: ReturnType<typeof setTimeout> | undefined;
  const rescanSoon = () => {
    clearTimeout(soon);
    soon = setTimeout(() => void refresh(), 400);
  };
  watcher.onDidCreate(rescanSoon);
  watcher.onDidDelete(rescanSoon);
  const folders = vscode.workspace.onDidChangeWorkspaceFolders(rescanSoon);
  const recheck = async () => {
    if (!vscode.window.state.focused) return;
    let found = false;
    for (const dir of order) {
      if (followed.get(dir)?.forStore || (await signatureOf(dir)) === signatures.get(dir)) continue;
      await readListing(dir);
      found = true;
    }
    if (found && !disposed) changed.emit();
  };
  const timer = setInterval(() => void recheck(), RECHECK_MS);

  return {
    get runs() {
      const items = order.flatMap((dir) => itemOf(dir) ?? []);
      return items.sort((a, b) => Number(isLive(b.status)) - Number(isLive(a.status)) || (b.started ?? '').localeCompare(a.started ?? ''));
    },
    get scanning() {
      return scanning;
    },
    refresh,
    async add(dir) {
      extra.add(dir);
      if (!order.includes(dir)) order = [dir, ...order];
      await readListing(dir);
      changed.emit();
    },
    follow,
    release,
    messageOf: (dir) => followed.get(dir)?.run.view.summary().message ?? '',
    specFileOf: async (dir) => (await readRun(dir).catch(() => undefined))?.spec_file ?? undefined,
    onDidChange: (listener) => changed.on(listener),
    onDidChangeStatus: (listener) => statusChanged.on(listener),
    dispose() {
      disposed = true;
      stopLaunches();
      clearInterval(timer);
      clearTimeout(soon);
      watcher.dispose();
      folders.dispose();
      for (const { run } of followed.values()) run.dispose();
      followed.clear();
    },
  };
}

/** Cheap to take, and another one as soon as a trainer wrote or took the directory. */
async function signatureOf(dir: string): Promise<string> {
  const { events, lock } = runPaths(dir);
  const stat = (path: string) => fs.stat(path).then(({ size, mtimeMs }) => `${size}:${mtimeMs}`, () => '');
  return `${await stat(events)} ${(await stat(lock)) === '' ? '' : 'held'}`;
}

export function isLive(status: RunStatus): boolean {
  return status === 'running' || status === 'paused';
}

/** Trained for some steps, and what came of it can be asked: a reward model scores answers and writes none. */
export function answers({ method, step }: Pick<RunItem, 'method' | 'step'>): boolean {
  return step > 0 && !scoresAnswers(method);
}

/** Trained for some steps, and no trainer works on it now. */
export function isRested({ status, step }: Pick<RunItem, 'status' | 'step'>): boolean {
  return !isLive(status) && step > 0;
}
