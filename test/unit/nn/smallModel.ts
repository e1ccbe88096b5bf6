/** Small random models and inputs for the tests of nn. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import { newLlamaConfig, type ModelConfig } from '../../../src/model/config.ts';
import { initialWeights, type WeightSource } from '../../../src/model/weights/source.ts';
import { headLogps, hidden, loadModel, trainableVariables, type ForwardOptions, type Model } from '../../../src/nn/model.ts';

/** Grouped heads, an odd vocabulary and a head size that is no multiple of eight: nothing fits a tile by luck. */
export function smallConfig(changes: Record<string, unknown> = {}): ModelConfig {
  return newLlamaConfig({
    vocab_size: 61, hidden_size: 24, intermediate_size: 36, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 6,
    tie_word_embeddings: true, max_position_embeddings: 64, eos_token_id: 60, initializer_range: 0.3, ...changes,
  });
}

/** Weights with norms that are not all ones. */
export async function smallModel(config: ModelConfig, seed = 1): Promise<Model> {
  const drawn = initialWeights(config, seed);
  const rng = createRng(seed, 7);
  const weights: WeightSource = {
    ...drawn,
    read: async (name) => (await drawn.read(name)).map((value) => (name.includes('norm') ? value + 0.3 * rng.normal() : value)),
  };
  return loadModel(config, weights);
}

/** The most bytes of tensors, beyond those that are there before, that exist at one time while `work` runs. */
export async function peakBytes(work: () => unknown): Promise<number> {
  const engine = tf.engine() as unknown as { trackTensor: (...args: unknown[]) => unknown };
  const original = engine.trackTensor;
  const start = tf.memory().numBytes;
  let peak = 0;
  engine.trackTensor = function (...args) {
    const result = original.apply(this, args);
    peak = Math.max(peak, tf.memory().numBytes - start);
    return result;
  };
  try {
    await work();
  } finally {
    engine.trackTensor = original;
  }
  return peak;
}

export interface Inputs {
  ids: Int32Array;
  batch: number;
  time: number;
  positions: Int32Array;
  targets: Int32Array;
  weights: Float32Array;
}

/** Every second position counts, with unequal weights, and two padded entries at the end. */
export function smallInputs(config: ModelConfig, batch = 3, time = 11): Inputs {
  const rng = createRng(5);
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(config.vocabSize));
  const positions: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let t = b % 2; t + 1 < time; t += 2) {
      positions.push(b * time + t);
      targets.push(ids[b * time + t + 1]!);
      weights.push(0.2 + rng.next());
    }
  }
  for (const list of [positions, targets, weights]) list.push(0, 0);
  return { ids, batch, time, positions: Int32Array.from(positions), targets: Int32Array.from(targets), weights: Float32Array.from(weights) };
}

/** −Σ weight · log p(target): the loss of supervised fine-tuning without its division. */
export function loss(model: Model, inputs: Inputs, options: ForwardOptions = {}): tf.Scalar {
  const rows = hidden(model, tf.tensor2d(inputs.ids, [inputs.batch, inputs.time], 'int32'), options);
  const { logps } = headLogps(model, rows, tf.tensor1d(inputs.positions, 'int32'), tf.tensor1d(inputs.targets, 'int32'));
  return tf.neg(tf.sum(tf.mul(logps, tf.tensor1d(inputs.weights)))) as tf.Scalar;
}

export function lossValue(model: Model, inputs: Inputs, options: ForwardOptions = {}): number {
  return tf.tidy(() => loss(model, inputs, options).dataSync()[0]!);
}

/** Loss and gradients as plain arrays by the trained variables' names. */
export function gradients(model: Model, inputs: Inputs, options: ForwardOptions = {}): { value: number; grads: Map<string, Float32Array> } {
  const variables = trainableVariables(model);
  const result = tf.tidy(() => tf.variableGrads(() => loss(model, inputs, options), [...variables.values()]));
  const grads = new Map<string, Float32Array>();
  for (const [name, variable] of variables) grads.set(name, (result.grads[variable.name]!.dataSync() as Float32Array).slice());
  const value = result.value.dataSync()[0]!;
  tf.dispose([result.value, result.grads]);
  return { value, grads };
}

/** max |a − b| over the largest |a|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let scale = 1e-12;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(a[i]!));
  }
  return difference / scale;
}
