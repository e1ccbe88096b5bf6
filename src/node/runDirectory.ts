/** Run directories on disk: create, read, list, ask for something, tell what became of them. The directory is the truth; this only reads it. */

import { promises as fs } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { UserError } from '../core/problem.ts';
import { shellWord } from '../core/text.ts';
import { controlRequests, isControlRequest, type ControlRequest } from '../run/control.ts';
import { runPaths, type RunRecord, type RunStatus } from '../run/directory.ts';
import type { Metrics, RunEvent } from '../run/event.ts';
import { parseRunRecord } from '../run/record.ts';
import { createRunView } from '../run/series.ts';
import { statusAfter, statusFrom, type SaidStatus } from '../run/status.ts';
import { readFirstEvents, readLastEvents } from './eventFile.ts';
import { createExclusively, diskError, errorCode, isMissing, makeFolder, readTextIfThere, writeFileWhole } from './files.ts';
import { removeRun } from './removeRun.ts';
import { inspectLock } from './runLock.ts';

export { openEventWriter, readEvents, readLastEvents, tailEvents, type EventWriter, type TailOptions } from './eventFile.ts';
export { acquireLock, inspectLock } from './runLock.ts';

/** Makes the directory with its run.json. Throws when it already holds a run, unless `overwrite`, which removes what that run wrote. */
export async function createRun(dir: string, record: RunRecord, options: { overwrite?: boolean } = {}): Promise<void> {
  const paths = runPaths(dir);
  if (await isRun(dir)) {
    if (!options.overwrite) throw await runExists(dir);
    if ((await inspectLock(dir)).state === 'held') throw new UserError(`${dir}: a trainer works here now. Stop it first: posttrain stop ${shellWord(dir)}`, 'run-locked');
    await removeRun(dir, record);
  }
  try {
    await makeFolder(paths.control);
  } catch (error) {
    throw diskError(error, dir);
  }
  // Of two that begin here at once, one must not train by the other's settings.
  if (!(await createExclusively(paths.record, `${JSON.stringify(record, null, 2)}\n`))) throw await runExists(dir);
}

async function runExists(dir: string): Promise<UserError> {
  return new UserError(`${dir} already holds a run. Continue it (posttrain resume ${shellWord(dir)}), choose a free name such as "${await freeName(dir)}", or set overwrite_output_dir: true.`, 'run-exists');
}

/** A directory holds a run when it has a run.json or events. */
export async function isRun(dir: string): Promise<boolean> {
  const paths = runPaths(dir);
  return (await exists(paths.record)) || (await exists(paths.events));
}

/** `runs/x-2`, the first free one after `runs/x`. */
export async function freeName(dir: string): Promise<string> {
  const base = dir.replace(/[\\/]+$/, '').replace(/-\d{1,3}$/, '');
  for (let n = 2; ; n++) if (!(await exists(`${base}-${n}`))) return `${base}-${n}`;
}

/** Throws what is wrong with run.json: code `no-run` where there is none, `bad-record` where it does not fit this version. */
export async function readRun(dir: string): Promise<RunRecord> {
  const path = runPaths(dir).record;
  const text = await readTextIfThere(path);
  if (text === undefined) throw new UserError(`${dir} is no run directory: it has no run.json.`, 'no-run');
  const read = parseRunRecord(text);
  if ('problem' in read) throw new UserError(`${path} ${read.problem}. Use the version of Posttrain that wrote it, or start a new run.`, 'bad-record');
  return read.record;
}

/** For who shows a run: one of another version is shown with what its events say, and why the rest is missing. */
export async function readRunIfUsable(dir: string): Promise<{ record: RunRecord | undefined; problem: string | null }> {
  return readRun(dir).then(
    (record) => ({ record, problem: null }),
    (error: unknown) => ({ record: undefined, problem: error instanceof UserError && error.code === 'no-run' ? null : error instanceof Error ? error.message : String(error) }),
  );
}

/** Fills in what only the trainer knows: device, versions, fingerprints. Called by the holder of the lock. */
export async function updateRun(dir: string, patch: Partial<Pick<RunRecord, 'device' | 'backend' | 'versions' | 'datasets' | 'weights'>>): Promise<void> {
  await writeFileWhole(runPaths(dir).record, `${JSON.stringify({ ...(await readRun(dir)), ...patch }, null, 2)}\n`);
}

/** Leaves a request for the trainer of this run. */
export async function sendRequest(dir: string, request: ControlRequest): Promise<void> {
  const { control } = runPaths(dir);
  try {
    await fs.mkdir(control, { recursive: true });
    await fs.writeFile(join(control, request), `${new Date().toISOString()}\n`);
  } catch (error) {
    throw diskError(error, control);
  }
}

/** The requests that wait, by the trainer between two steps. Each is removed with `doneRequest` when it was carried out. */
export async function waitingRequests(dir: string): Promise<ControlRequest[]> {
  const names: string[] = await fs.readdir(runPaths(dir).control).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw diskError(error, runPaths(dir).control);
  });
  return names.filter(isControlRequest).sort((a, b) => controlRequests.indexOf(a) - controlRequests.indexOf(b));
}

export async function doneRequest(dir: string, request: ControlRequest): Promise<void> {
  await fs.rm(join(runPaths(dir).control, request), { force: true });
}

/** What became of a run, from its lock and its last events. */
export async function runStatus(dir: string): Promise<RunStatus> {
  return statusOf(await readLastEvents(runPaths(dir).events), (await inspectLock(dir)).state === 'held');
}

/** From events of which the last decides. */
function statusOf(lastEvents: readonly RunEvent[], held: boolean): RunStatus {
  return statusFrom(lastEvents.reduce<SaidStatus>(statusAfter, 'created'), held);
}

/** Run directories in and below a folder, newest first. Looks at most `depth` folders deep and never into a run or node_modules. */
export async function findRuns(root: string, depth = 4, signal?: AbortSignal): Promise<string[]> {
  const found: { dir: string; time: number }[] = [];
  const visit = async (dir: string, left: number): Promise<void> => {
    if (signal?.aborted) return;
    const entries = await fs.readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
      if (dir === root) throw diskError(error, root);
      return [];
    });
    const names = new Set(entries.map((e) => e.name));
    if (names.has('run.json') && (names.has('control') || names.has('events.jsonl'))) {
      const stat = await fs.stat(join(dir, names.has('events.jsonl') ? 'events.jsonl' : 'run.json')).catch(() => undefined);
      found.push({ dir, time: stat?.mtimeMs ?? 0 });
      return;
    }
    if (left === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') await visit(join(dir, entry.name), left - 1);
    }
  };
  await visit(resolve(root), depth);
  return found.sort((a, b) => b.time - a.time).map((run) => run.dir);
}

/** One row of a list of runs; the names are those of `posttrain runs --json`. */
export interface RunListing {
  dir: string;
  method: string;
  status: RunStatus;
  step: number;
  /** 0 while unknown. */
  maxSteps: number;
  started: string | null;
  ended: string | null;
  /** The last value of each metric. */
  metrics: Metrics;
  /** Why its run.json cannot be used, by another version perhaps; null when it can. */
  problem: string | null;
}

/** What a list shows of a run, from the beginning and the end of its events: as fast for a million lines as for ten. */
export async function listRun(dir: string): Promise<RunListing> {
  const { events } = runPaths(dir);
  const [first, last, lock, { record, problem }] = await Promise.all([readFirstEvents(events), readLastEvents(events), inspectLock(dir), readRunIfUsable(dir)]);
  const view = createRunView();
  view.add(first.filter((event) => event.type === 'started').slice(0, 1));
  view.add(last.filter((event) => event.type !== 'started' || event.time !== first[0]?.time));
  const { method, step, totalSteps, started, ended, latest } = view.summary();
  return { dir, method: method || (record?.spec.method ?? ''), status: statusOf(last, lock.state === 'held'), step, maxSteps: totalSteps, started: started ?? (record?.start || null), ended, metrics: latest, problem };
}

/** How a run is called on screen: its path from the current folder with forward slashes. */
export function displayPath(dir: string, from: string): string {
  const path = relative(from, dir);
  return path === '' ? '.' : path.startsWith('..') ? dir : path.split(sep).join('/');
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.access(path);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR';
  }
}
