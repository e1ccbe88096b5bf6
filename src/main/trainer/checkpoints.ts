/** Checkpoints and results of a run on disk: written whole or not at all, pruned, and found again. */

import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { isMissing, readTextIfThere } from '../../node/files.ts';
import { openWeightsFile, type WeightsFile } from '../../node/weightsFile.ts';
import { removeLeftovers, writeFolderWhole } from '../../node/wholeFolder.ts';
import { writeModelFolder } from '../../node/writeModelFolder.ts';
import { checkpointName, checkpointStep, runPaths, type RunOrigin } from '../../run/directory.ts';
import { adapterFile, modelFile, type FolderContent } from '../../model/folderContent.ts';
import type { WeightSource } from '../../model/weights/source.ts';
import { optimizerFile, referenceFile, stateFile, trainingFiles } from '../../train/checkpoint.ts';
import { freshBest } from '../../train/best.ts';
import { parseState, stateJson, type LoopState } from '../../train/metricWindow.ts';

/** How many checkpoints stay, beside the one that is just written: the newest ones, and the best (its step) whatever its age. */
export interface KeptCheckpoints {
  limit: number | null;
  best: number | null;
}

/** Writes `checkpoints/step-…` and removes the oldest ones beyond the limit. Returns its path relative to the run directory. */
export async function saveCheckpoint(runDir: string, step: number, content: FolderContent, modelDir: string, keep: KeptCheckpoints, requireOurs: () => void): Promise<string> {
  requireOurs();
  const { checkpoints } = runPaths(runDir);
  const name = checkpointName(step);
  await fs.mkdir(checkpoints, { recursive: true });
  await writeModelFolder(join(checkpoints, name), content, modelDir, requireOurs);
  await removeOldCheckpoints(runDir, keep, step);
  return `checkpoints/${name}`;
}

/** As transformers' `rotate_checkpoints`: the best and the newest one (`step`) always stay, and both count. */
async function removeOldCheckpoints(runDir: string, { limit, best }: KeptCheckpoints, step: number): Promise<void> {
  if (limit === null) return;
  const kept = new Set([checkpointName(step), ...(best === null ? [] : [checkpointName(best)])]);
  const names = await checkpointNames(runDir);
  const others = names.filter((name) => !kept.has(name));
  for (const old of others.slice(Math.max(0, limit - (names.length - others.length)))) await fs.rm(join(runPaths(runDir).checkpoints, old), { recursive: true, force: true });
}

/**
 * Makes the model of the best checkpoint the result. False, with the reason told, when that checkpoint cannot be used any more. With a
 * limit of one only the best checkpoint stays, as in transformers.
 */
export async function useBestCheckpoint(runDir: string, step: number, limit: number | null, requireOurs: () => void, warn: (message: string) => void): Promise<boolean> {
  const { checkpoints, final } = runPaths(runDir);
  const name = checkpointName(step);
  try {
    await (await openCheckpoint(join(checkpoints, name), { following: false })).close();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    warn(`The best checkpoint cannot be used, so the result is the last step. ${error.message}`);
    return false;
  }
  requireOurs();
  await writeFolderWhole(final, async (folder) => {
    for (const file of await fs.readdir(join(checkpoints, name))) if (!trainingFiles.includes(file)) await fs.copyFile(join(checkpoints, name, file), join(folder, file));
    requireOurs();
  });
  await removeOldCheckpoints(runDir, { limit: limit === 1 ? 1 : null, best: null }, step);
  return true;
}

/** Names of whole checkpoints, newest first. */
async function checkpointNames(runDir: string): Promise<string[]> {
  const names: string[] = await fs.readdir(runPaths(runDir).checkpoints).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.filter((name) => checkpointStep(name) !== undefined).sort((a, b) => checkpointStep(b)! - checkpointStep(a)!);
}

export async function removeHalfWritten(runDir: string): Promise<void> {
  await removeLeftovers(runPaths(runDir).checkpoints);
}

export interface CheckpointOptions {
  /** Whether the run's reference model follows the policy. */
  following: boolean;
}

export interface Checkpoint {
  dir: string;
  name: string;
  state: LoopState;
  optimizerSteps: number;
  optimizer: WeightSource;
  /** The whole model or the adapter. */
  weights: WeightSource;
  /** The reference model, where it follows the policy. */
  reference: WeightSource | undefined;
  close(): Promise<void>;
}

/** Opens a checkpoint and checks that all of it is there. Throws a UserError that names the file that is not. */
async function openCheckpoint(dir: string, options: CheckpointOptions): Promise<Checkpoint> {
  const name = basename(dir);
  const text = await readTextIfThere(join(dir, stateFile));
  if (text === undefined) throw new UserError(`${dir} is no checkpoint: it has no ${stateFile}.`, 'bad-checkpoint');
  const { value: state, problems } = parseState(text);
  if (!state) throw new UserError(`${join(dir, stateFile)} ${problems[0]?.message ?? 'cannot be read'}.`, 'bad-checkpoint');
  if (checkpointStep(name) !== undefined && state.step !== checkpointStep(name)) throw new UserError(`${join(dir, stateFile)} is of step ${state.step}, its folder is ${name}.`, 'bad-checkpoint');
  const optimizerSteps = (JSON.parse(text) as { optimizerSteps?: unknown }).optimizerSteps;
  const adapter = (await fs.stat(join(dir, adapterFile)).catch(() => undefined)) !== undefined;
  const files: WeightsFile[] = [];
  const open = async (file: string) => {
    const opened = await openWeightsFile(join(dir, file));
    files.push(opened);
    return opened;
  };
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    return {
      dir,
      name,
      state,
      optimizerSteps: typeof optimizerSteps === 'number' ? optimizerSteps : state.step,
      optimizer: await open(optimizerFile),
      weights: await open(adapter ? adapterFile : modelFile),
      reference: options.following ? await open(referenceFile) : undefined,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The checkpoint at which a branch begins, as the first one of its own: the run that it came from may then be deleted. What was the best
 * there, and the learning rate that was next, are not this run's.
 */
export async function takeBranchPoint(runDir: string, { checkpoint: folder, step }: RunOrigin, options: CheckpointOptions, requireOurs: () => void): Promise<string> {
  const { state, optimizerSteps, close } = await openCheckpoint(folder, options);
  await close();
  if (state.step !== step) throw new UserError(`${folder} is of step ${state.step}; it was of step ${step} when this run was made. Start a new run.`, 'bad-checkpoint');
  requireOurs();
  const name = checkpointName(step);
  await fs.mkdir(runPaths(runDir).checkpoints, { recursive: true });
  await writeFolderWhole(join(runPaths(runDir).checkpoints, name), async (target) => {
    for (const file of await fs.readdir(folder)) if (file !== stateFile) await fs.copyFile(join(folder, file), join(target, file));
    await fs.writeFile(join(target, stateFile), stateJson({ ...state, best: freshBest(), nextLearningRate: null, following: null, badSteps: 0 }, { optimizerSteps }));
    requireOurs();
  });
  return `checkpoints/${name}`;
}

/** The newest checkpoint that can be used; damaged ones before it are told and passed over. Undefined when the run has none at all. */
export async function newestCheckpoint(runDir: string, options: CheckpointOptions, warn: (message: string) => void): Promise<Checkpoint | undefined> {
  const names = await checkpointNames(runDir);
  for (const name of names) {
    try {
      return await openCheckpoint(join(runPaths(runDir).checkpoints, name), options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warn(`${error.message} The checkpoint before it is used.`);
    }
  }
  if (names.length > 0) throw new UserError(`${runPaths(runDir).checkpoints}: no checkpoint can be read. Start a new run.`, 'bad-checkpoint');
  return undefined;
}
