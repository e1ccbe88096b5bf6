/** Lets a run go on longer than it was planned: writes the new length into its run.json, for the trainer that is started next. */

import { UserError } from '../core/problem.ts';
import { checkpointStep, runPaths } from '../run/directory.ts';
import { planLonger } from '../run/longer.ts';
import { createRunView } from '../run/series.ts';
import { promises as fs } from 'node:fs';
import { writeFileWhole } from './files.ts';
import { readLastEvents, readRun, runStatus } from './runDirectory.ts';
import { requireUnlocked } from './runLock.ts';

/** How far a run is, from the end of its events. */
export async function reachedBy(dir: string): Promise<{ step: number; epoch: number }> {
  const view = createRunView();
  view.add(await readLastEvents(runPaths(dir).events));
  const { step, epoch, latest } = view.summary();
  return { step, epoch: Math.max(epoch, latest.epoch ?? 0) };
}

/** `words` are `max_steps=N` and the like. Throws a UserError, and changes nothing, when the run cannot go on like that. */
export async function makeLonger(dir: string, words: readonly string[]): Promise<void> {
  const record = await readRun(dir);
  await requireUnlocked(dir);
  const { checkpoints, final, record: path } = runPaths(dir);
  const saved = (await fs.readdir(checkpoints).catch((): string[] => [])).some((name) => checkpointStep(name) !== undefined);
  if (!saved && (await runStatus(dir)) === 'completed') {
    throw new UserError(`${dir} kept no checkpoint to go on from (save_strategy: ${String(record.spec.params.save_strategy)}). Start a new run with model_name_or_path: ${final}.`, 'no-checkpoint');
  }
  await writeFileWhole(path, `${JSON.stringify(planLonger(record, words, await reachedBy(dir)), null, 2)}\n`);
}
