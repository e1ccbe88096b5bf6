/** The lock of a run directory: one trainer at a time. */

import { UserError } from '../core/problem.ts';
import { shellWord } from '../core/text.ts';
import { runPaths } from '../run/directory.ts';
import { acquireLockFile, inspectLockFile, type Lock, type LockRecord, type LockState } from './lock.ts';
import type { ProcessTable } from './processIdentity.ts';

/** Takes the directory or throws a UserError that says who holds it. */
export function acquireLock(runDir: string, options: { heartbeatMs?: number } = {}): Promise<Lock> {
  return acquireLockFile(runPaths(runDir).lock, (holder) => lockedError(runDir, holder), options);
}

/** Throws the same error without taking the lock. */
export async function requireUnlocked(runDir: string): Promise<void> {
  const { state, record } = await inspectLock(runDir);
  if (state === 'held') throw lockedError(runDir, record);
}

export function inspectLock(runDir: string, table?: ProcessTable): Promise<LockState> {
  return inspectLockFile(runPaths(runDir).lock, table);
}

function lockedError(runDir: string, holder: LockRecord | undefined): UserError {
  const { dir } = runPaths(runDir);
  return new UserError(`${dir}: another trainer works here (process ${holder?.pid ?? '?'} on ${holder?.host ?? 'an unknown host'}). Stop it (posttrain stop ${shellWord(dir)}) or choose another output_dir.`, 'run-locked');
}
