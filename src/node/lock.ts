/** A lock file: one process at a time, recognised by host, process, start time and a heartbeat that a busy step cannot delay. */

import { randomBytes } from 'node:crypto';
import { promises as fs, readFileSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { sleep } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { createExclusively, diskError, isMissing } from './files.ts';
import { isAlive, ownIdentity, type ProcessIdentity, type ProcessTable } from './processIdentity.ts';

export interface LockRecord extends ProcessIdentity {
  /** Tells this holder from every other one. */
  token: string;
  /** When the holder last said that it lives, ms since 1970. */
  heartbeat: number;
}

export interface LockState {
  /** `free`: no lock · `held`: its holder lives · `stale`: its holder is gone. */
  state: 'free' | 'held' | 'stale';
  record?: LockRecord;
}

export interface Lock {
  readonly record: LockRecord;
  /** False when somebody else took it over (this process was suspended for long): stop writing at once. */
  stillOurs(): boolean;
  release(): void;
}

/** A heartbeat this old means that its holder is gone, where the process itself cannot be asked. */
export const heartbeatTimeoutMs = 60_000;
const heartbeatEveryMs = 5_000;

/** Takes the lock, or throws what `held` makes of its holder. A stale lock is taken over. */
export async function acquireLockFile(path: string, held: (holder: LockRecord | undefined) => Error, { heartbeatMs = heartbeatEveryMs }: { heartbeatMs?: number } = {}): Promise<Lock> {
  const record: LockRecord = { ...(await ownIdentity()), token: randomBytes(12).toString('hex'), heartbeat: Date.now() };
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await createExclusively(path, lockText(record))) return hold(path, record, heartbeatMs);
    const { state, record: other } = await inspectLockFile(path);
    if (state === 'held') throw held(other);
    if (state === 'stale' && (await takeOver(path, other, record))) return hold(path, record, heartbeatMs);
    await sleep(20 + Math.random() * 40);
  }
  throw new UserError(`${path}: could not take the lock. If no Posttrain program works there, delete this file.`, 'locked');
}

export async function inspectLockFile(path: string, table?: ProcessTable): Promise<LockState> {
  const read = await readLock(path);
  if (!read) return { state: 'free' };
  const age = Date.now() - Math.max(read.record?.heartbeat ?? 0, read.record ? 0 : read.modified);
  const fresh = Math.abs(age) < heartbeatTimeoutMs;
  if (!read.record) return { state: fresh ? 'held' : 'stale' }; // unreadable: being written, or broken for good
  const alive = await isAlive(read.record, { saidSo: fresh, table });
  return { state: (alive ?? fresh) ? 'held' : 'stale', record: read.record };
}

function lockText(record: LockRecord): string {
  return `${JSON.stringify(record)}\n`;
}

async function readLock(path: string): Promise<{ record: LockRecord | undefined; modified: number } | undefined> {
  try {
    const [text, stat] = await Promise.all([fs.readFile(path, 'utf8'), fs.stat(path)]);
    return { record: parseLock(text), modified: stat.mtimeMs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}

export function parseLock(text: string): LockRecord | undefined {
  try {
    const raw = JSON.parse(text) as Partial<LockRecord>;
    if (typeof raw.pid !== 'number' || typeof raw.host !== 'string' || typeof raw.token !== 'string' || typeof raw.heartbeat !== 'number') return undefined;
    return { host: raw.host, pid: raw.pid, processStart: typeof raw.processStart === 'string' ? raw.processStart : null, space: typeof raw.space === 'string' ? raw.space : '', token: raw.token, heartbeat: raw.heartbeat };
  } catch {
    return undefined;
  }
}

/**
 * Does something in the name of a holder that has died, and frees the lock. Nothing is done where that process did not hold it, or where
 * another one is taking it over.
 */
export async function releaseDeadLock(path: string, pid: number, work: () => Promise<void>): Promise<void> {
  const own = await ownIdentity();
  await withGuard(path, lockText({ ...own, token: '', heartbeat: Date.now() }), async () => {
    const holder = (await readLock(path))?.record;
    if (holder?.pid !== pid || holder.host !== own.host || holder.space !== own.space) return;
    try {
      await work();
    } finally {
      await fs.rm(path, { force: true });
    }
  });
}

/** Replaces a stale lock. A second file makes sure that of several who found it stale only one does. */
async function takeOver(path: string, stale: LockRecord | undefined, record: LockRecord): Promise<boolean> {
  const taken = await withGuard(path, lockText(record), async () => {
    if ((await readLock(path))?.record?.token !== stale?.token) return false;
    await fs.rm(path, { force: true });
    return createExclusively(path, lockText(record));
  });
  return taken === true;
}

/** Undefined where another one is at it: nothing was done then. */
async function withGuard<T>(path: string, text: string, work: () => Promise<T>): Promise<T | undefined> {
  const guard = `${path}.takeover`;
  if (!(await createExclusively(guard, text))) {
    const age = await fs.stat(guard).then((s) => Date.now() - s.mtimeMs, () => 0);
    if (age > 10_000) await fs.rm(guard, { force: true }); // its owner died within milliseconds of work
    return undefined;
  }
  try {
    return await work();
  } finally {
    await fs.rm(guard, { force: true });
  }
}

function hold(path: string, record: LockRecord, everyMs: number): Lock {
  const worker = new Worker(heartbeatProgram, { eval: true, workerData: { path, record, everyMs }, stdout: false, stderr: false });
  worker.unref();
  worker.on('error', () => undefined);
  const stillOurs = () => {
    try {
      // Half a record is our own heartbeat being written.
      const now = parseLock(readFileSync(path, 'utf8'));
      return now === undefined || now.token === record.token;
    } catch (error) {
      return !isMissing(error);
    }
  };
  return {
    record,
    stillOurs,
    release() {
      void worker.terminate();
      if (stillOurs()) rmSync(path, { force: true });
    },
  };
}

/**
 * Runs in a thread of its own, because one step of a large model may take longer than the timeout. Same length on every write, in
 * place, so that a reader never sees half a record and a file that another took over is never brought back.
 */
const heartbeatProgram = `
const fs = require('node:fs');
const { workerData: { path, record, everyMs } } = require('node:worker_threads');
setInterval(() => {
  try {
    const fd = fs.openSync(path, 'r+');
    try {
      const text = JSON.stringify({ ...record, heartbeat: Date.now() }) + '\\n';
      const now = fs.readFileSync(fd, 'utf8');
      if (now.length === text.length && JSON.parse(now).token === record.token) fs.writeSync(fd, text, 0);
    } finally { fs.closeSync(fd); }
  } catch {}
}, everyMs);
`;
