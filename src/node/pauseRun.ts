/** Asks a trainer to wait, or to go on, and waits until it does. */

import { sleep } from '../core/abort.ts';
import type { RunStatus } from '../run/directory.ts';
import { runStatus, sendRequest } from './runDirectory.ts';

export interface PauseOptions {
  signal?: AbortSignal;
  pollMs?: number;
}

/** What became of it; undefined when it was not running, and then nothing was asked. */
export function pauseRun(runDir: string, options?: PauseOptions): Promise<RunStatus | undefined> {
  return ask(runDir, 'pause', 'running', options);
}

/** What became of it; undefined when it was not paused, and then nothing was asked. */
export function continueRun(runDir: string, options?: PauseOptions): Promise<RunStatus | undefined> {
  return ask(runDir, 'resume', 'paused', options);
}

async function ask(runDir: string, request: 'pause' | 'resume', from: RunStatus, { signal, pollMs = 150 }: PauseOptions = {}): Promise<RunStatus | undefined> {
  if ((await runStatus(runDir)) !== from) return undefined;
  await sendRequest(runDir, request);
  for (;;) {
    await sleep(pollMs, signal);
    const status = await runStatus(runDir);
    if (status !== from) return status;
  }
}
