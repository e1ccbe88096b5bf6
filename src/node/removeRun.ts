/** Removes what a run wrote into its directory, nothing else, and nothing at all when the run that follows needs some of it. */

import { promises as fs } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../core/problem.ts';
import { controlRequests } from '../run/control.ts';
import { checkpointStep, runPaths, type RunRecord } from '../run/directory.ts';
import { readFirstEvents } from './eventFile.ts';
import { diskError, errorCode, readTextIfThere } from './files.ts';
import { isLeftover } from './wholeFolder.ts';

/** `next`: the run that takes the place of this one. */
export async function removeRun(dir: string, next: RunRecord): Promise<void> {
  const { record, events, control, log, checkpoints, final, rollouts, reference, lock } = runPaths(dir);
  const requests = controlRequests.map((request) => join(control, request));
  const saved = (await namesIn(checkpoints)).filter((name) => checkpointStep(name) !== undefined || isLeftover(name)).map((name) => join(checkpoints, name));
  // run.json goes last: until then the directory holds a run, and removing it can be tried again.
  const parts = [events, log, rollouts, reference, `${reference}.tmp`, ...requests, ...saved, final, lock, record];
  if (!(await isOurs(dir))) throw new UserError(`${dir}: its run.json or events.jsonl was not written by Posttrain, so overwrite_output_dir deletes nothing here. Choose another output_dir.`, 'spec');
  await requireNotNeeded(dir, next, parts);
  try {
    for (const part of parts) await fs.rm(part, { recursive: true, force: true });
    for (const folder of [control, checkpoints]) await fs.rmdir(folder).catch(ignoreUnlessBroken);
  } catch (error) {
    throw diskError(error, dir);
  }
}

/** A person who puts their own files there keeps them, and the folder with them. */
function ignoreUnlessBroken(error: unknown): void {
  if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error;
}

/** Other programs call their files run.json and events.jsonl too. */
async function isOurs(dir: string): Promise<boolean> {
  const { record, events } = runPaths(dir);
  const text = await readTextIfThere(record);
  if (text === undefined) return (await readFirstEvents(events)).length > 0;
  try {
    const { version, spec } = JSON.parse(text) as Partial<RunRecord>;
    return typeof version === 'number' && typeof spec === 'object' && spec !== null;
  } catch {
    return false;
  }
}

async function requireNotNeeded(dir: string, next: RunRecord, parts: readonly string[]): Promise<void> {
  const { output_dir: _, ...spec } = next.spec;
  const removed = (await Promise.all(parts.map(bothPaths))).flat();
  for (const [key, path] of [...pathsIn(spec, ''), ...pathsIn(next.spec_file, 'the run spec'), ...pathsIn(next.origin?.checkpoint, '--from')]) {
    if (!(await bothPaths(path)).some((needed) => removed.some((part) => isWithin(needed, part)))) continue;
    throw new UserError(`${key}: ${path} is part of the run that overwrite_output_dir would delete. Choose another output_dir, or move what you need out of ${dir} first.`, 'spec');
  }
}

/** Every absolute path in the spec, with the key that it stands under. */
function pathsIn(value: unknown, key: string): [string, string][] {
  if (typeof value === 'string') return isAbsolute(value) ? [[key, value]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, Array.isArray(value) || name === 'params' ? key : key === '' ? name : `${key}.${name}`));
}

/** As it is written and with its links followed: a link into the run is needed, and so is a link that lies in it. */
async function bothPaths(path: string): Promise<string[]> {
  const written = resolve(path);
  return [written, await fs.realpath(written).catch(() => written)];
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

async function namesIn(folder: string): Promise<string[]> {
  return fs.readdir(folder).catch((): string[] => []);
}
