/** Rotary position tables: computed once per length in 64-bit and kept as tensors. */

import * as tf from '@tensorflow/tfjs-core';
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

/** Tables for the given positions, row by row: positions[batch][time] → [batch, 1, time, headDim / 2]. */
export function ropeTables(config: ModelConfig, positions: readonly (readonly number[])[]): RopeTables {
  const frequencies = inverseFrequencies(config);
  const half = frequencies.length;
  const [batch, time] = [positions.length, positions[0]!.length];
  const cos = new Float32Array(batch * time * half);
  const sin = new Float32Array(cos.length);
  let at = 0;
  for (const row of positions) {
    for (const position of row) {
      for (let i = 0; i < half; i++, at++) {
        cos[at] = Math.cos(position * frequencies[i]!);
        sin[at] = Math.sin(position * frequencies[i]!);
      }
    }
  }
  return { cos: tf.tensor4d(cos, [batch, 1, time, half]), sin: tf.tensor4d(sin, [batch, 1, time, half]) };
}

/** Tables and causal mask for rows that start at position 0. */
export interface CausalTables extends RopeTables {
  /** [time, time]: 0 up to the diagonal, a large negative number above. */
  mask: tf.Tensor2D;
}

/** Kept per config and length until `clearTables`: a training run has a handful of lengths. */
export function causalTables(config: ModelConfig, time: number): CausalTables {
  let byLength = tables.get(config);
  if (!byLength) tables.set(config, (byLength = new Map()));
  let found = byLength.get(time);
  if (!found || found.mask.isDisposed) {
    const rope = ropeTables(config, [Array.from({ length: time }, (_, t) => t)]);
    const mask = new Float32Array(time * time);
    for (let i = 0; i < time; i++) mask.fill(-1e9, i * time + i + 1, (i + 1) * time);
    found = { cos: tf.keep(rope.cos), sin: tf.keep(rope.sin), mask: tf.keep(tf.tensor2d(mask, [time, time])) };
    byLength.set(time, found);
  }
  return found;
}

/** Where the tokens of packed rows stand, both int32 [batch, time]. */
export interface PackedPlaces {
  /** The place in the row where the token's own sequence begins. */
  first: tf.Tensor2D;
  /** How far the token is from there. */
  positions: tf.Tensor2D;
}

/** Tables and mask for rows in which several sequences stand one after another and see nothing of each other. Pure. */
export function packedTables(config: ModelConfig, { first, positions }: PackedPlaces): AttentionTables {
  const [batch, time] = first.shape;
  const { cos, sin, mask } = causalTables(config, time);
  const at = tf.reshape(positions, [-1]) as tf.Tensor1D;
  const rowsOf = (table: tf.Tensor) => tf.reshape(tf.gather(tf.reshape(table, [time, -1]), at), [batch, 1, time, -1]) as tf.Tensor4D;
  const apart = () => tf.mul(tf.cast(tf.notEqual(tf.reshape(first, [batch, 1, time, 1]), tf.reshape(first, [batch, 1, 1, time])), 'float32'), -1e9);
  return { cos: rowsOf(cos), sin: rowsOf(sin), mask: hasFused('PosttrainAttention') ? mask : tf.add(mask, apart()), first };
}

/** Frees what `causalTables` kept for a config. */
export function clearTables(config: ModelConfig): void {
  for (const { cos, sin, mask } of tables.get(config)?.values() ?? []) tf.dispose([cos, sin, mask]);
  tables.delete(config);
}

const tables = new Map<ModelConfig, Map<number, CausalTables>>();
