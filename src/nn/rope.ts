/** Rotary position tables: computed once per length in 64-bit and kept as tensors. */

import * as tf from '@tensorflow/tfjs-core';
import { powerOfTwo } from '../core/powerOfTwo.ts';
import type { ModelConfig } from '../model/config.ts';
import { hasFused } from './fused.ts';
import type { AttentionTables, RopeTables } from './ops.ts';

/** One frequency per pair of dimensions, with the config's scaling. */
export function inverseFrequencies(config: ModelConfig): Float64Array {
  const half = config.headDim / 2;
  const frequencies = Float64Array.from({ length: half }, (_, i) => config.ropeTheta ** (-(2 * i) / config.headDim));
  const scaling = config.ropeScaling;
  if (scaling?.type === 'linear') return frequencies.map((f) => f / scaling.factor);
  if (scaling?.type !== 'llama3') return frequencies;
  // transformers' _compute_llama3_parameters: long waves are slowed, short ones kept, those between blended.
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling.llama3;
  return frequencies.map((f) => {
    const wave = (2 * Math.PI) / f;
    if (wave > originalMaxPositions / lowFreqFactor) return f / factor;
    if (wave < originalMaxPositions / highFreqFactor) return f;
    const smooth = (originalMaxPositions / wave - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - smooth) * f) / factor + smooth * f;
  });
}

/** Tables for positions from 0 to `length` - 1, [1, 1, length, headDim / 2]. Kept per config and length until `clearTables`. */
export function ropeTables(config: ModelConfig, length: number): RopeTables {
  return kept(ropes, config, length, () => {
    const frequencies = inverseFrequencies(config);
    const half = frequencies.length;
    const cos = new Float32Array(length * half);
    const sin = new Float32Array(cos.length);
    for (let position = 0, at = 0; position < length; position++) {
      for (let i = 0; i < half; i++, at++) {
        cos[at] = Math.cos(position * frequencies[i]!);
        sin[at] = Math.sin(position * frequencies[i]!);
      }
    }
    return { cos: tf.tensor4d(cos, [1, 1, length, half]), sin: tf.tensor4d(sin, [1, 1, length, half]) };
  });
}

/** The rows of such tables for one position below `length` of each row, int32 [batch] → [batch, 1, 1, headDim / 2]. Pure. */
export function ropeRows(config: ModelConfig, positions: tf.Tensor1D, length: number): RopeTables {
  const { cos, sin } = ropeTables(config, powerOfTwo(length));
  const rowsOf = (table: tf.Tensor) => tf.reshape(tf.gather(tf.reshape(table, [table.shape[2]!, -1]), positions), [positions.shape[0], 1, 1, -1]) as tf.Tensor4D;
  return { cos: rowsOf(cos), sin: rowsOf(sin) };
}

/** Tables and causal mask for rows that start at position 0. */
export interface CausalTables extends RopeTables {
  /** [time, time]: 0 up to the diagonal, a large negative number above. */
  mask: tf.Tensor2D;
}

/** Kept per config and length until `clearTables`: a training run has a handful of lengths. */
export function causalTables(config: ModelConfig, time: number): CausalTables {
  const { mask } = kept(masks, config, time, () => {
    const mask = new Float32Array(time * time);
    for (let i = 0; i < time; i++) mask.fill(-1e9, i * time + i + 1, (i + 1) * time);
    return { mask: tf.tensor2d(mask, [time, time]) };
  });
  return { ...ropeTables(config, time), mask };
}

/** The same for lengths that may be any: cut from tables that are kept for powers of two. Pure. */
export function anyTables(config: ModelConfig, time: number): CausalTables {
  const { cos, sin, mask } = causalTables(config, powerOfTwo(time));
  if (mask.shape[0] === time) return { cos, sin, mask };
  const first = (table: tf.Tensor4D) => tf.slice(table, [0, 0, 0, 0], [1, 1, time, -1]);
  return { cos: first(cos), sin: first(sin), mask: tf.slice(mask, [0, 0], [time, time]) };
}

/** Where the tokens of rows stand that hold more than one sequence: int32 [batch, time] each. */
export interface Places {
  /** How far the token is from the beginning of its sequence. */
  positions: tf.Tensor2D;
  /** For sequences that stand one after another: the place in the row where the token's own begins. It sees nothing before. */
  first?: tf.Tensor2D;
  /** For sequences that begin alike and share that part: from and up to which place the token sees nothing. */
  holeFrom?: tf.Tensor2D;
  holeTo?: tf.Tensor2D;
}

/** Tables and mask for such rows. Pure. */
export function placedTables(config: ModelConfig, { positions, first, holeFrom, holeTo }: Places): AttentionTables {
  const [batch, time] = positions.shape;
  const { cos, sin, mask } = causalTables(config, time);
  const at = tf.reshape(positions, [-1]) as tf.Tensor1D;
  const rowsOf = (table: tf.Tensor) => tf.reshape(tf.gather(tf.reshape(table, [time, -1]), at), [batch, 1, time, -1]) as tf.Tensor4D;
  const tables = { cos: rowsOf(cos), sin: rowsOf(sin), first, holeFrom, holeTo };
  if (hasFused('PosttrainAttention')) return { ...tables, mask };
  const queries = (x: tf.Tensor) => tf.reshape(x, [batch, 1, time, 1]);
  const hidden: tf.Tensor[] = [];
  if (first) hidden.push(tf.notEqual(queries(first), tf.reshape(first, [batch, 1, 1, time])));
  if (holeFrom && holeTo) {
    const keys = tf.reshape(tf.range(0, time, 1, 'int32'), [1, 1, 1, time]);
    hidden.push(tf.logicalAnd(tf.greaterEqual(keys, queries(holeFrom)), tf.less(keys, queries(holeTo))));
  }
  return { ...tables, mask: hidden.reduce((sum, where) => tf.add(sum, tf.mul(tf.cast(where, 'float32'), -1e9)), mask as tf.Tensor) };
}

/** Frees what was kept for a config. */
export function clearTables(config: ModelConfig): void {
  for (const tables of [ropes, masks]) {
    for (const found of tables.get(config)?.values() ?? []) tf.dispose(found as unknown as tf.NamedTensorMap);
    tables.delete(config);
  }
}

type Kept<T> = Map<ModelConfig, Map<number, T>>;
const ropes: Kept<RopeTables> = new Map();
const masks: Kept<{ mask: tf.Tensor2D }> = new Map();

function kept<T extends object>(tables: Kept<T>, config: ModelConfig, length: number, make: () => T): T {
  let byLength = tables.get(config);
  if (!byLength) tables.set(config, (byLength = new Map()));
  let found = byLength.get(length);
  if (!found || Object.values(found as unknown as tf.NamedTensorMap).some(({ isDisposed }) => isDisposed)) {
    found = make();
    for (const tensor of Object.values(found as unknown as tf.NamedTensorMap)) tf.keep(tensor);
    byLength.set(length, found);
  }
  return found;
}
