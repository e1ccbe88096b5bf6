/** Puts the model of a run into memory: weights, adapter or trainable token rows as the spec says, from the start or from a checkpoint. */

import { join } from 'node:path';
import type { Backend } from '../../backend/index.ts';
import { freeMemoryBytes, systemMemoryBytes } from '../../backend/systemMemory.ts';
import { UserError } from '../../core/problem.ts';
import { adaptedModules, tokenRowsName } from '../../model/adapter.ts';
import { adapterTargets, defaultTargetModules, savedParameters } from '../../model/adapterTargets.ts';
import { frozenParameters } from '../../model/frozen.ts';
import { estimateEvaluation, estimateTraining, gigabytes, memoryWords, requireGenerationMemory, requireMemory } from '../../model/memory.ts';
import { moduleOf } from '../../model/moduleNames.ts';
import { embeddingName, scoreName } from '../../model/shapes.ts';
import { attachLora, type LoraSpec } from '../../nn/lora.ts';
import { freeze, loadModel, type Model } from '../../nn/model.ts';
import { recordsPrograms } from '../../nn/program.ts';
import type { WeightSource } from '../../model/weights/source.ts';
import { methods, type MethodId } from '../../methods/index.ts';
import { attachTokenRows } from '../../nn/tokenRows.ts';
import { asRewardFolder, openModelFolder, type ModelFolder } from '../../node/modelFolder.ts';
import { openWeightsFile } from '../../node/weightsFile.ts';
import type { TokenWorker } from '../../node/tokenWorker.ts';
import { withoutAdapter } from '../../train/reference.ts';
import { overlayWeights, rowsOfEmbedding } from '../../train/checkpoint.ts';
import type { Checkpoint } from './checkpoints.ts';

/** What of the model trains, from the run spec. */
export interface Trainables {
  lora: LoraSpec | undefined;
  loraInit: string | undefined;
  /** Undefined: the embedding trains like the rest (or is frozen, with an adapter). */
  tokenIds: number[] | undefined;
  /** Patterns of weights that stay, in full training. */
  freeze: string[];
}

/**
 * The folder as the method trains it. A reward model begins with a new head, drawn as transformers draws it, unless the folder is one
 * already. The padding token is the tokenizer's, or its end token, as TRL has it.
 */
export async function folderFor(method: MethodId, folder: ModelFolder, worker: TokenWorker, seed: number): Promise<ModelFolder> {
  if (methods.get(method).head !== 'score') {
    if (folder.config.head === 'score') throw new UserError(`${folder.folder} is a reward model: it scores answers and does not write any, so method "${method}" cannot train it. Name the model that it was made from, or take method: reward.`, 'reward-model');
    return folder;
  }
  const { padId, eosId } = await worker.info();
  return asRewardFolder(folder, padId ?? eosId, seed);
}

export async function readTrainables(params: Readonly<Record<string, unknown>>, worker: TokenWorker, method: MethodId): Promise<Trainables> {
  const usePeft = params.use_peft === true;
  const targets = params.lora_target_modules as string | string[] | null | undefined;
  const init = (params.lora as { init?: string } | null | undefined)?.init;
  return {
    lora: usePeft
      ? {
          r: params.lora_r as number,
          alpha: params.lora_alpha as number,
          dropout: (params.lora_dropout as number | undefined) ?? 0.05,
          targetModules: targets ?? defaultTargetModules,
          rslora: params.use_rslora === true,
          dora: params.use_dora === true,
          // PEFT trains the new head beside an adapter of a classifier.
          modulesToSave: [...namesOf(params.lora_modules_to_save), ...(methods.get(method).head === 'score' ? [moduleOf(scoreName)] : [])],
        }
      : undefined,
    loraInit: usePeft ? init : undefined,
    tokenIds: await tokenIdsOf(params.trainable_token_indices, worker),
    freeze: usePeft ? [] : namesOf(params.freeze),
  };
}

function namesOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : ((value as string[] | null | undefined) ?? []);
}

/** Ids, or texts of single tokens. */
async function tokenIdsOf(value: unknown, worker: TokenWorker): Promise<number[] | undefined> {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const ids: number[] = [];
  for (const item of value as unknown[]) {
    if (typeof item === 'number') ids.push(item);
    else {
      const encoded = await worker.encode(String(item));
      if (encoded.length !== 1) throw new UserError(`trainable_token_indices: ${JSON.stringify(item)} is not one token of this tokenizer but ${encoded.length}. Give a token's text or its id.`, 'token-rows');
      ids.push(encoded[0]!);
    }
  }
  return ids;
}

/** What a run computes, as far as it decides about memory. */
export interface RunSize {
  /** Sequences of the largest batch, and tokens of the longest. */
  training: { batch: number; time: number };
  evaluation: { batch: number; time: number } | undefined;
  /** Whether the method measures the model against a reference model. */
  reference: boolean;
}

/** Refuses a run that cannot fit before anything is allocated; warns where it fits only when other programs give way. */
export function requireTrainingMemory(folder: ModelFolder, trainables: Trainables, { training: largest, evaluation, reference }: RunSize, backend: Backend, warn: (code: string, message: string) => void): void {
  const { lora, tokenIds, freeze } = trainables;
  const what = { frozen: frozenParameters(folder.config, freeze), fused: backend.name === 'wasm', recorded: recordsPrograms(), lora: lora && { r: lora.r, dora: lora.dora, targets: adapterTargets(folder.config, lora.targetModules, lora.modulesToSave), saved: savedParameters(folder.config, lora.modulesToSave ?? []) }, tokenRows: tokenIds?.length, reference };
  const [system, tensors] = [systemMemoryBytes(), backend.memoryLimitBytes()];
  // On a card the optimizer's moments are tensors as well.
  const limits = { process: backend.gpu ? tensors : system, tensors };
  const elsewhere = backend.gpu && tensors !== system;
  const training = estimateTraining(folder.config, { ...largest, ...what });
  requireMemory(training, limits, lora ? 'Take a smaller per_device_train_batch_size or max_length.' : undefined);
  if (evaluation) requireMemory(estimateEvaluation(folder.config, { ...evaluation, ...what }), limits, 'Take a smaller per_device_eval_batch_size or max_length.');
  const free = freeMemoryBytes();
  if (!elsewhere && training.total > free) warn('little-memory', `This run needs about ${memoryWords(training)}, and ${gigabytes(free)} are free now: it may become very slow, or be ended by the system. Close other programs, or take a smaller per_device_train_batch_size or max_length.`);
}

/**
 * The model as a step needs it. In full training a checkpoint holds all weights; with an adapter, or with token rows in a frozen
 * embedding, what is frozen comes from the model that the run began with, so that a resumed run is the same to the bit.
 */
export async function openTrainingModel(folder: ModelFolder, trainables: Trainables, seed: number, checkpoint: Checkpoint | undefined, signal: AbortSignal): Promise<Model> {
  if (folder.adapter) throw new UserError(`${folder.folder} holds an adapter, not a whole model. Name its base model (${folder.baseFolder}) as model_name_or_path, and the adapter as lora: {init: ${join(folder.folder, 'adapter_model.safetensors')}}.`, 'adapter-as-model');
  const { loraInit, tokenIds } = trainables;
  const isFrozenFromStart = (name: string) => tokenIds !== undefined && (name === embeddingName || name === 'lm_head.weight');
  // A checkpoint holds the whole model, or the adapter or trained rows where all of the model is frozen.
  const whole = checkpoint?.weights.shape(embeddingName) && checkpoint.weights;
  const weights = whole ? overlayWeights(whole, folder.weights, isFrozenFromStart) : folder.weights;
  const initFile = checkpoint || !loraInit ? undefined : await openWeightsFile(loraInit);
  const adapter: WeightSource | undefined = checkpoint?.weights ?? initFile;
  let model: Model | undefined;
  try {
    model = await loadModel(folder.config, weights, { signal });
    await attachTrainables(model, trainables, { seed, adapter, rows: whole && tokenIds ? rowsOfEmbedding(whole, tokenIds, folder.config.hiddenSize) : adapter });
    const frozen = new Set(frozenParameters(folder.config, trainables.freeze));
    freeze(model, (name) => frozen.has(name));
    if (initFile) requireAllUsed(model, initFile);
    return model;
  } catch (error) {
    model?.dispose();
    throw error;
  } finally {
    await initFile?.close();
  }
}

async function attachTrainables(model: Model, { lora, tokenIds }: Trainables, from: { seed: number; adapter: WeightSource | undefined; rows: WeightSource | undefined }): Promise<void> {
  if (lora) await attachLora(model, lora, { seed: from.seed, init: from.adapter });
  if (tokenIds) await attachTokenRows(model, tokenIds, { freezeRest: lora !== undefined, init: from.rows?.shape(tokenRowsName) ? from.rows : undefined });
}

/**
 * What the model was before the run, or is in the checkpoint where it follows the policy: a copy where all of it trains, the policy without
 * its adapter, or with the adapter that it began with. To be disposed before the policy.
 */
export async function openReferenceModel(folder: ModelFolder, trainables: Trainables, policy: Model, checkpoint: Checkpoint | undefined, signal: AbortSignal): Promise<Model> {
  const { lora, loraInit } = trainables;
  if (!lora) return loadModel(folder.config, checkpoint?.reference ?? folder.weights, { signal });
  const reference = withoutAdapter(policy);
  if (!loraInit) return reference;
  const file = await openWeightsFile(loraInit);
  try {
    await attachTrainables(reference, trainables, { seed: 0, adapter: file, rows: file });
    return reference;
  } catch (error) {
    reference.dispose();
    throw error;
  } finally {
    await file.close();
  }
}

/** A model to ask, not to train: a folder, a checkpoint, or an adapter on its base. `open` gives a backend that passes what it is given. */
export async function openServedModel(dir: string, base: string | undefined, open: (requireFit: (backend: Pick<Backend, 'memoryLimitBytes'>) => void) => Promise<Backend>, signal: AbortSignal): Promise<{ model: Model; tokenizerDir: string; backend: Backend }> {
  const folder = await openModelFolder(dir, { baseModel: base });
  try {
    if (folder.config.head === 'score') throw new UserError(`${dir} is a reward model: it scores answers and does not write any. Ask the model that it was made from.`, 'reward-model');
    const backend = await open((candidate) => requireGenerationMemory(folder.config, candidate.memoryLimitBytes()));
    const model = await loadModel(folder.config, folder.weights, { signal });
    if (folder.adapter) {
      const { config, weights } = folder.adapter;
      try {
        // What the file holds says which matrices: a pattern in its config is never run.
        if (config.lora) await attachLora(model, { ...config.lora, dropout: 0, targetModules: adaptedModules(weights.names) }, { seed: 0, init: weights });
        if (config.tokenRows) await attachTokenRows(model, config.tokenRows, { freezeRest: true, init: weights });
        requireAllUsed(model, weights);
      } catch (error) {
        model.dispose();
        throw error;
      }
    }
    return { model, tokenizerDir: folder.baseFolder, backend };
  } finally {
    await folder.close();
  }
}

/** A tensor that nothing reads would be missing from what the model does, and nobody would know. */
function requireAllUsed(model: Model, { names, place }: WeightSource): void {
  const unused = names.find((name) => !model.lora?.variables.has(name) && name !== model.tokenRows?.name);
  if (unused !== undefined) throw new UserError(`${place} holds the tensor "${unused}", which the adapter settings do not ask for. Give the settings that it was trained with.`, 'weights-unused');
}
