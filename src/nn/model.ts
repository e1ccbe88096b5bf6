/** A model in memory: its weights as tfjs variables by Hugging Face name, what of it trains, and the forward pass up to the last hidden state. */

import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../core/problem.ts';
import { throwIfAborted } from '../core/abort.ts';
import type { ModelConfig } from '../model/config.ts';
import { embeddingName, headName, parameterShapes, scoreName } from '../model/shapes.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { architectures } from './arch/index.ts';
import { tokenLogps } from './head.ts';
import type { Lora } from './lora.ts';
import type { AttentionTables } from './ops.ts';
import { clearTables, type Places } from './rope.ts';
import type { TokenRows } from './tokenRows.ts';

export interface Model {
  readonly config: ModelConfig;
  /** Every weight of the base model by its name on disk, in its shape on disk ([out, in]). */
  readonly params: ReadonlyMap<string, tf.Variable>;
  /** Set by `attachLora` and `attachTokenRows`; they freeze the base weights. */
  lora: Lora | undefined;
  tokenRows: TokenRows | undefined;
  /** Names of base weights that do not train. */
  readonly frozen: Set<string>;
  dispose(): void;
}

export interface ForwardOptions {
  /** Masks for LoRA's dropout from `drawDropout`, by PEFT module path; none for an evaluation. */
  dropout?: Readonly<Record<string, tf.Tensor>>;
  /** [batch * time, hidden]: added to the embeddings. */
  noise?: tf.Tensor;
  /** For rows that hold several sequences. */
  places?: Places;
  /** Instead of those that are kept for the rows' length. */
  tables?: AttentionTables;
  /** Norms of DoRA's matrices by module path; computed where they are missing. They stay while the weights do. */
  norms?: Readonly<Record<string, tf.Tensor>>;
  /** Is given each layer's keys, rotated, and values, [batch, kvHeads, time, headDim]. */
  remember?(layer: number, keys: tf.Tensor4D, values: tf.Tensor4D): void;
}

/** Loads every parameter. Throws a UserError naming the tensor when one is missing or has another shape. */
export async function loadModel(config: ModelConfig, weights: WeightSource, options: { signal?: AbortSignal } = {}): Promise<Model> {
  const params = new Map<string, tf.Variable>();
  const model: Model = {
    config,
    params,
    lora: undefined,
    tokenRows: undefined,
    frozen: new Set(),
    dispose() {
      for (const variable of params.values()) variable.dispose();
      params.clear();
      this.lora?.dispose();
      this.tokenRows?.dispose();
      clearTables(config);
    },
  };
  try {
    for (const [name, shape] of parameterShapes(config)) {
      throwIfAborted(options.signal);
      const data = await weights.read(requireShape(weights, name, shape));
      params.set(name, newVariable(data, shape, name));
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** What the optimiser updates, by the name under which it is saved: base weights that are not frozen, LoRA matrices, token rows. */
export function trainableVariables(model: Model): Map<string, tf.Variable> {
  const result = new Map<string, tf.Variable>();
  for (const [name, variable] of model.params) if (!model.frozen.has(name)) result.set(name, variable);
  if (model.lora) for (const [name, variable] of model.lora.variables) result.set(name, variable);
  if (model.tokenRows) result.set(model.tokenRows.name, model.tokenRows.rows);
  return result;
}

/**
 * Hidden states after the last norm, one row per position: ids int32 [batch, time] → [batch * time, hidden]. Rows are padded on the
 * right: causal attention keeps padding away from real tokens, so no mask is needed. Differentiable; never reads back.
 */
export function hidden(model: Model, ids: tf.Tensor2D, options: ForwardOptions = {}): tf.Tensor2D {
  return architectures.find(model.config.architecture).hidden(model, ids, options);
}

/** Hidden rows [n, hidden] → logits [n, vocab]. For generation and tests; losses use `headLogps`, which never holds all logits of a large batch. */
export function logits(model: Model, rows: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const base = tf.matMul(rows, headWeight(model), false, true);
    return model.tokenRows ? tf.add(base, model.tokenRows.extraLogits(rows)) : base;
  }) as tf.Tensor2D;
}

/** Per selected position: the log-probability of its target (differentiable), and figures without gradient. */
export interface TokenScores {
  /** [n] natural log. */
  logps: tf.Tensor1D;
  /** [n] entropy of the prediction in nats. */
  entropy: tf.Tensor1D;
  /** [n] 1 where the most likely token is the target. */
  correct: tf.Tensor1D;
  /** [n] log p − log Σ p² over the vocabulary: how the target compares with what the model itself would say. Only where it is asked for. */
  aligned?: tf.Tensor1D;
}

export interface ScoreOptions {
  aligned?: boolean;
}

/**
 * Scores of `targets` at `positions`: rows = `hidden(...)` [batch * time, hidden]; positions int32 [n] index those rows (b * time + t
 * predicts the token at t + 1); targets int32 [n]. Pad both with 0 and give such entries weight 0 in the loss.
 */
export function headLogps(model: Model, rows: tf.Tensor2D, positions: tf.Tensor1D, targets: tf.Tensor1D, options: ScoreOptions = {}): TokenScores {
  const selected = tf.gather(rows, positions);
  return tokenLogps(model, selected, targets, options);
}

/** Mean logit over the vocabulary at each of the positions, [n], for metrics. */
export function meanLogits(model: Model, rows: tf.Tensor2D, positions: tf.Tensor1D): tf.Tensor1D {
  return meanLogitsOf(model, tf.gather(rows, positions));
}

/** The same for hidden rows or means of them: one product with the mean row of the head's matrix, not the logits. */
export function meanLogitsOf(model: Model, rows: tf.Tensor2D): tf.Tensor1D {
  const extra = model.config.tieWordEmbeddings ? model.tokenRows?.extraMeanRow() : undefined;
  const mean = tf.mean(headWeight(model), 0, true);
  return tf.reshape(tf.matMul(rows, (extra ? tf.add(mean, extra) : mean) as tf.Tensor2D, false, true), [-1]) as tf.Tensor1D;
}

/** Hidden rows [n, hidden] → what a reward model says of each, [n]. */
export function scores(model: Model, rows: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(tf.matMul(rows, param(model, scoreName) as unknown as tf.Tensor2D, false, true), [-1]) as tf.Tensor1D;
}

/** The matrix that makes logits: the head, or the base's embedding where they are tied (an adapter's copy of one is a copy of that one only). */
export function headWeight(model: Model): tf.Variable {
  const own = model.lora?.saved.get(headName);
  return own ?? model.params.get(model.config.tieWordEmbeddings ? embeddingName : headName)!;
}

export function headTrains(model: Model): boolean {
  return model.lora?.saved.has(headName) === true || !model.frozen.has(model.config.tieWordEmbeddings ? embeddingName : headName);
}

/** A weight as the forward pass has it: the adapter's copy where there is one, else the base's. */
export function param(model: Model, name: string): tf.Variable {
  const variable = model.lora?.saved.get(name) ?? model.params.get(name);
  if (!variable) throw new Error(`The model has no parameter ${name}.`);
  return variable;
}

/** Whether `param` of that name trains. */
export function trains(model: Model, name: string): boolean {
  return model.lora?.saved.has(name) === true || !model.frozen.has(name);
}

/** Freezes base weights: all, or those that `which` accepts. */
export function freeze(model: Model, which: (name: string) => boolean = () => true): void {
  for (const name of model.params.keys()) if (which(name)) model.frozen.add(name);
}

/** A trainable variable; `data` is its own from then on. */
export function newVariable(data: Float32Array, shape: readonly number[], name: string): tf.Variable {
  const tensor = tf.tensor(data, shape as number[], 'float32');
  // tfjs wants unique names in the process; ours are keys of a map, so the engine's own counter names them.
  const variable = tf.variable(tensor, true, `${name}#${nextId++}`);
  tensor.dispose();
  return variable;
}
let nextId = 0;

function requireShape(weights: WeightSource, name: string, shape: readonly number[]): string {
  const found = weights.shape(name);
  if (!found) throw new UserError(`${weights.place} has no tensor "${name}"; the config says it must have shape [${shape.join(', ')}].`, 'weights-missing');
  if (found.length !== shape.length || found.some((n, i) => n !== shape[i])) {
    throw new UserError(`Tensor "${name}" in ${weights.place} has shape [${found.join(', ')}]; the config says [${shape.join(', ')}]. Take config.json and weights of the same model.`, 'weights-shape');
  }
  return name;
}
