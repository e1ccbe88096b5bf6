/** A checkpoint of one run at which another one begins: looked at before the new run is made. */

import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../core/problem.ts';
import { checkpointName, checkpointStateFile, checkpointStep, runPaths, type BranchPoint } from '../run/directory.ts';
import { branchProblem } from '../run/branch.ts';
import type { ResolvedSpec } from '../run/spec.ts';
import { readTextIfThere } from './files.ts';
import { isRun, readRunIfUsable } from './runDirectory.ts';

/** The steps of a run's checkpoints, newest first. */
export async function checkpointSteps(runDir: string): Promise<number[]> {
  const names = await fs.readdir(runPaths(runDir).checkpoints).catch((): string[] => []);
  return names.map(checkpointStep).filter((step) => step !== undefined).sort((a, b) => b - a);
}

/** Throws a UserError when the folder is no checkpoint, or of a run that began with another model, or trained other parts of it, than the spec says. */
export async function branchPoint(folder: string, spec: ResolvedSpec): Promise<BranchPoint> {
  const file = join(folder, checkpointStateFile);
  const text = await readTextIfThere(file);
  if (text === undefined) {
    const steps = (await isRun(folder)) ? await checkpointSteps(folder) : [];
    const hint = steps.length > 0 ? ` It is a run; its newest checkpoint is ${join(runPaths(folder).checkpoints, checkpointName(steps[0]!))}.` : ' To begin with a finished model and a new optimizer, give its folder as model_name_or_path.';
    throw new UserError(`${folder} is no checkpoint: it has no ${checkpointStateFile}.${hint}`, 'no-checkpoint');
  }
  const step = stepOf(text);
  if (step === undefined) throw new UserError(`${file} has no "step". Choose another checkpoint.`, 'bad-checkpoint');
  const { record } = await readRunIfUsable(dirname(dirname(folder)));
  const problem = record && branchProblem(record.spec, spec, folder);
  if (problem) throw new UserError(problem, 'spec');
  return { origin: { checkpoint: folder, step }, weights: record?.weights ?? [] };
}

function stepOf(text: string): number | undefined {
  try {
    const { step } = JSON.parse(text) as { step?: unknown };
    return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 ? step : undefined;
  } catch {
    return undefined;
  }
}
