/** Writes the end of a trainer that could not do so itself into its run, so that the run says why it failed and can be resumed. */

import { createRunView } from '../run/series.ts';
import { runPaths } from '../run/directory.ts';
import { openEventWriter, readLastEvents } from './eventFile.ts';
import type { Exit } from './exitWords.ts';
import { releaseDeadLock } from './lock.ts';
import { failureText } from './trainerProcess.ts';

export interface Death extends Exit {
  pid: number;
  /** Where in log.txt its words begin. */
  logStart: number;
  /** Whether the kernel ended a process for its memory while it lived. */
  memoryKill: boolean | undefined;
}

/** Nothing is written where it did not hold the run, ended in order, or somebody else holds the run by now. Returns why it ended; undefined where its events say so. */
export async function recordDeath(runDir: string, { pid, logStart, memoryKill, ...exit }: Death): Promise<string | undefined> {
  const { events, lock } = runPaths(runDir);
  const view = createRunView();
  const last = await readLastEvents(events);
  view.add(last);
  const { step, backend } = view.summary();
  const words = await failureText(runDir, undefined, exit, logStart, { backend, memoryKill });
  let said = false;
  await releaseDeadLock(lock, pid, async () => {
    // A library may crash on its way out, after the last word was written.
    said = (await readLastEvents(events)).at(-1)?.type === 'finished';
    if (said) return;
    const writer = openEventWriter(events);
    try {
      writer.append({ type: 'finished', time: new Date().toISOString(), status: 'failed', step, message: words, metrics: {} });
    } finally {
      writer.close();
    }
  });
  return said ? undefined : words;
}
