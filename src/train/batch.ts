/** Rows to tensors of few shapes: lengths are rounded up to buckets, and only positions that predict a trained token reach the head. */

import * as tf from '@tensorflow/tfjs-core';
import { headLogps, hidden, type ForwardOptions, type Model, type ScoreOptions } from '../nn/model.ts';
import type { InputArray, LossTensors, MicroBatch } from './losses/loss.ts';
import { ratio } from './losses/math.ts';
import type { Rows } from './rowStore.ts';

/** One sequence of a micro-batch: a row, or one of its two answers. `trained` has 0 or 1 per id. */
export interface SequenceParts {
  ids: ArrayLike<number>;
  trained: ArrayLike<number>;
}

/** The rows of a batch, each with its only side; for packed rows with their `placesOf`. */
export function collateCausal(rows: Rows, batch: readonly number[], padId: number): MicroBatch {
  const { micro } = collateSequences(batch.map((row) => rows.sequence(row)), padId);
  if (!rows.starts) return micro;
  const { shape } = micro.inputs.ids!;
  return { ...micro, inputs: { ...micro.inputs, ...placesOf(batch.map((row) => [...rows.starts!(row), rows.length(row)]), shape[1]!) } };
}

/** `first` and `places`, both [rows, time]: where the sequence begins that a token belongs to, and how far the token is from there. Padding is a sequence too. */
function placesOf(starts: readonly (readonly number[])[], time: number): Record<'first' | 'places', InputArray> {
  const first = new Int32Array(starts.length * time);
  const places = new Int32Array(starts.length * time);
  starts.forEach((begins, row) => {
    begins.forEach((from, i) => {
      for (let t = from; t < (begins[i + 1] ?? time); t++) {
        first[row * time + t] = from;
        places[row * time + t] = t - from;
      }
    });
  });
  const input = (data: Int32Array): InputArray => ({ shape: [starts.length, time], dtype: 'int32', data });
  return { first: input(first), places: input(places) };
}

/** The chosen side of every row, then the rejected side of every row, as TRL stacks them; with `members`, see `sequenceSums`. */
export function collatePairs(rows: Rows, batch: readonly number[], padId: number): MicroBatch {
  const { micro, counts } = collateSequences([0, 1].flatMap((side) => batch.map((row) => rows.sequence(row, side))), padId);
  return { ...micro, inputs: { ...micro.inputs, members: membersOf(counts, micro.inputs.targets!.shape[0]!) } };
}

/**
 * Inputs of a causal loss: `ids` [sequences, time] right-padded with `padId`; `positions`, `targets` and `weights` [n], one entry per
 * trained token, sequence after sequence: the flat position that predicts it, its id, and 1 (0 for the entries that fill the bucket).
 * `counts` says how many entries each sequence has.
 */
export function collateSequences(parts: readonly SequenceParts[], padId: number): { micro: MicroBatch; counts: number[] } {
  const counts = parts.map(({ trained }) => Array.from(trained).slice(1).reduce((sum, flag) => sum + flag, 0));
  const items = counts.reduce((sum, count) => sum + count, 0);
  const time = bucketLength(Math.max(...parts.map(({ ids }) => ids.length)));
  const ids = new Int32Array(parts.length * time).fill(padId);
  const count = bucketCount(items);
  const positions = new Int32Array(count);
  const targets = new Int32Array(count);
  const weights = new Float32Array(count);
  let n = 0;
  parts.forEach((sequence, s) => {
    ids.set(sequence.ids, s * time);
    for (let t = 1; t < sequence.ids.length; t++) {
      if (!sequence.trained[t]) continue;
      positions[n] = s * time + t - 1;
      targets[n] = sequence.ids[t]!;
      weights[n++] = 1;
    }
  });
  const micro: MicroBatch = {
    inputs: {
      ids: { shape: [parts.length, time], dtype: 'int32', data: ids },
      positions: { shape: [count], dtype: 'int32', data: positions },
      targets: { shape: [count], dtype: 'int32', data: targets },
      weights: { shape: [count], dtype: 'float32', data: weights },
    },
    items,
    tokens: parts.reduce((sum, part) => sum + part.ids.length, 0),
    padded: ids.length,
  };
  return { micro, counts };
}

/** [sequences, n]: 1 where the entry is of the sequence. */
export function membersOf(counts: readonly number[], n: number): InputArray {
  const data = new Float32Array(counts.length * n);
  let at = 0;
  counts.forEach((count, s) => {
    data.fill(1, s * n + at, s * n + at + count);
    at += count;
  });
  return { shape: [counts.length, n], dtype: 'float32', data };
}

/** The forward pass over such inputs: hidden `rows` [sequences * time, hidden] and the scores of every entry, each [n]. */
export function scoreTargets(model: Model, { ids, positions, targets }: LossTensors, forward?: ForwardOptions, options?: ScoreOptions) {
  const rows = hidden(model, ids as tf.Tensor2D, forward);
  return { rows, ...headLogps(model, rows, positions as tf.Tensor1D, targets as tf.Tensor1D, options) };
}

/** Sums of [n] values by sequence: `members` [sequences, n] → [sequences]. Differentiable in the values. */
export function sequenceSums(members: tf.Tensor, values: tf.Tensor1D): tf.Tensor1D {
  return tf.reshape(tf.matMul(members as tf.Tensor2D, tf.reshape(values, [-1, 1]) as tf.Tensor2D), [-1]) as tf.Tensor1D;
}

/** Lengths round up to an eighth of their power of two, at least 8: up to 12 % more work, half of it on average, and few different ones. */
export function bucketLength(length: number): number {
  return roundUp(length, 3);
}

/** Counts to a quarter: they concern the head only, and each one there is goes with several lengths. */
export function bucketCount(count: number): number {
  return roundUp(count, 2);
}

function roundUp(count: number, bits: number): number {
  const grain = Math.max(8, 2 ** (Math.ceil(Math.log2(Math.max(1, count))) - bits - 1));
  return Math.max(grain, Math.ceil(count / grain) * grain);
}

/** TRL's ratios of a micro-batch; 0 where it has no target, as there. */
export function countedMetrics(sums: Readonly<Record<string, number>>, items: number): Record<string, number> {
  return { entropy: ratio(sums.entropy!, items), mean_token_accuracy: ratio(sums.correct!, items) };
}
