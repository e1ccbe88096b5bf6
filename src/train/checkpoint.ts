/** What a checkpoint is made of: which tensors and settings to save so that transformers and PEFT open them, and how a run takes them up again. */

import { tokenRowsName } from '../model/adapter.ts';
import { targetNames } from '../model/adapterTargets.ts';
import { modelConfigJson } from '../model/config.ts';
import { adapterFile, modelFile, type FolderContent } from '../model/folderContent.ts';
import { embeddingName } from '../model/shapes.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { mergedEmbedding } from '../nn/tokenRows.ts';
import type { Model } from '../nn/model.ts';
import { checkpointStateFile } from '../run/directory.ts';
import { stateJson, type LoopState } from './metricWindow.ts';
import type { Optimizer } from './optimizer.ts';

/** File names in a checkpoint folder beside the model's own. */
export const stateFile = checkpointStateFile;
export const optimizerFile = 'optimizer.safetensors';
/** The reference model of a run in which it follows the policy. */
export const referenceFile = 'reference.safetensors';
/** What a checkpoint has and a result has not. */
export const trainingFiles: readonly string[] = [stateFile, optimizerFile, referenceFile];
const adapterConfigFile = 'adapter_config.json';

/** A model's result: a whole model, or an adapter where the base is frozen. Weights are F32, as transformers saves what was trained in F32. */
export function modelContent(model: Model, baseModel: string): FolderContent {
  if (savesAdapter(model)) {
    return {
      texts: { [adapterConfigFile]: adapterConfigJson(model, baseModel) },
      tensors: { [adapterFile]: { weights: adapterWeights(model), metadata: { format: 'pt' } } },
    };
  }
  return {
    texts: { 'config.json': modelConfigJson(model.config, { [model.config.raw.torch_dtype !== undefined && model.config.raw.dtype === undefined ? 'torch_dtype' : 'dtype']: 'float32' }) },
    tensors: { [modelFile]: { weights: wholeWeights(model), metadata: { format: 'pt' } } },
  };
}

/** The result, and what goes on from here needs beside it. */
export function checkpointContent(model: Model, baseModel: string, state: LoopState, optimizer: Optimizer, following?: Model): FolderContent {
  const content = modelContent(model, baseModel);
  content.texts[stateFile] = stateJson(state, { optimizerSteps: optimizer.steps });
  content.tensors[optimizerFile] = { weights: optimizerWeights(optimizer), metadata: { format: 'pt' } };
  if (following) content.tensors[referenceFile] = { weights: wholeWeights(following), metadata: { format: 'pt' } };
  return content;
}

/** Whether the base is frozen and only the adapter is worth saving. */
function savesAdapter(model: Model): boolean {
  return model.lora !== undefined || (model.tokenRows !== undefined && [...model.params.keys()].every((name) => model.frozen.has(name)));
}

function wholeWeights(model: Model): WeightSource {
  return lazyWeights('the model', [...model.params].map(([name, variable]) => [name, variable.shape, async () =>
    name === embeddingName && model.tokenRows ? mergedEmbedding(model, model.tokenRows) : ((await variable.data()) as Float32Array),
  ]));
}

function adapterWeights(model: Model): WeightSource {
  const variables = [...(model.lora?.variables ?? [])];
  if (model.tokenRows) variables.push([tokenRowsName, model.tokenRows.rows]);
  return lazyWeights('the adapter', variables.map(([name, variable]) => [name, variable.shape, async () => (await variable.data()) as Float32Array]));
}

function optimizerWeights(optimizer: Optimizer): WeightSource {
  return lazyWeights('the optimizer', [...optimizer.state()].map(([name, { shape, read }]) => [name, shape, read]));
}

function lazyWeights(place: string, tensors: [name: string, shape: readonly number[], read: () => Promise<Float32Array>][]): WeightSource {
  const byName = new Map(tensors.map(([name, shape, read]) => [name, { shape, read }]));
  return {
    names: [...byName.keys()],
    place,
    shape: (name) => byName.get(name)?.shape,
    dtype: (name) => (byName.has(name) ? 'F32' : undefined),
    read: (name) => byName.get(name)?.read() ?? Promise.reject(new Error(`${place} has no tensor ${name}.`)),
  };
}

/** adapter_config.json with the keys that PEFT 0.21 needs and, as its defaults, those that older versions do. */
function adapterConfigJson(model: Model, baseModel: string): string {
  const { lora, tokenRows } = model;
  const scores = model.config.head === 'score';
  // PEFT's own two names for the head of a classifier come after those that were asked for.
  const saved = [...(lora?.spec.modulesToSave ?? []).filter((name) => !scores || name !== 'score'), ...(scores ? ['classifier', 'score'] : [])];
  const config = lora
    ? {
        peft_type: 'LORA', task_type: scores ? 'SEQ_CLS' : 'CAUSAL_LM', base_model_name_or_path: baseModel, inference_mode: true, revision: null,
        r: lora.spec.r, lora_alpha: lora.spec.alpha, lora_dropout: lora.spec.dropout, use_rslora: lora.spec.rslora, use_dora: lora.spec.dora === true, target_modules: targetNames(model.config, lora.targets),
        bias: 'none', fan_in_fan_out: false, init_lora_weights: true, modules_to_save: saved.length > 0 ? saved : null, layers_to_transform: null, layers_pattern: null, rank_pattern: {}, alpha_pattern: {},
        trainable_token_indices: tokenRows ? [...tokenRows.ids] : null,
      }
    : { peft_type: 'TRAINABLE_TOKENS', task_type: 'CAUSAL_LM', base_model_name_or_path: baseModel, inference_mode: true, revision: null, token_indices: [...(tokenRows?.ids ?? [])], target_modules: ['embed_tokens'], init_weights: true };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The rows of a saved whole embedding that train, as the source that `attachTokenRows` starts from. */
export function rowsOfEmbedding(saved: WeightSource, ids: readonly number[], width: number): WeightSource {
  const unique = [...new Set(ids)];
  return lazyWeights(saved.place, [[tokenRowsName, [unique.length, width], async () => {
    const embedding = await saved.read(embeddingName);
    const rows = new Float32Array(unique.length * width);
    unique.forEach((id, row) => rows.set(embedding.subarray(id * width, (id + 1) * width), row * width));
    return rows;
  }]]);
}

/** One source in front of another: `over` wins where it has a tensor of that name. */
export function overlayWeights(base: WeightSource, over: WeightSource, which: (name: string) => boolean): WeightSource {
  const pick = (name: string) => (which(name) ? over : base);
  return { names: base.names, place: base.place, shape: (name) => pick(name).shape(name), dtype: (name) => pick(name).dtype(name), read: (name) => pick(name).read(name) };
}

