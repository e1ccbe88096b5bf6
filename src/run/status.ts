/** What became of a run: what its events say, corrected by whether a process holds the directory. The one rule for lists, panels and the terminal. */

import type { RunStatus } from './directory.ts';
import type { FinishedStatus, RunEvent } from './event.ts';

/** What the events say. Whether the process still lives is not in them. */
export type SaidStatus = 'created' | 'running' | 'paused' | FinishedStatus;

/** A run that saves, evaluates or answers while it is paused stays paused. */
export function statusAfter(said: SaidStatus, event: RunEvent): SaidStatus {
  switch (event.type) {
    case 'started':
    case 'resumed':
      return 'running';
    case 'paused':
      return 'paused';
    case 'finished':
      return event.status;
    default:
      return said === 'created' ? 'running' : said;
  }
}

/** A finished run whose directory is held has been taken up again and has not said so yet. */
export function statusFrom(said: SaidStatus, held: boolean): RunStatus {
  if (held) return said === 'paused' ? 'paused' : 'running';
  return said === 'running' || said === 'paused' ? 'stale' : said;
}
