/** Rows to tensors of few shapes: lengths are rounded up to buckets, and only positions that predict a trained token reach the head. */

import * as tf from '@tensorflow/tfjs-core';
import { recordsPrograms } from '../nn/program.ts';
import { headLogps, hidden, type ForwardOptions, type Model, type ScoreOptions } from '../nn/model.ts';
import type { InputArray, LossTensors, MicroBatch } from './losses/loss.ts';
import { ratio } from './losses/math.ts';
import type { Places } from '../nn/rope.ts';
import type { Rows, Sequence } from './rowStore.ts';

/** One sequence of a micro-batch: a row, or one of its two answers. `trained` has 0 or 1 per id. */
export interface SequenceParts {
  ids: ArrayLike<number>;
  trained: ArrayLike<number>;
}

/** The rows of a batch, each with its only side; for packed rows with their places. */
export function collateCausal(rows: Rows, batch: readonly number[], padId: number): MicroBatch {
  const { micro } = collateSequences(batch.map((row) => rows.sequence(row)), padId);
  return rows.starts ? { ...micro, inputs: { ...micro.inputs, ...packedPlaces(batch.map((row) => [...rows.starts!(row), rows.length(row)]), micro.inputs.ids!.shape[1]!) } } : micro;
}

/** Where the tokens of packed rows stand; padding is a sequence too. */
function packedPlaces(starts: readonly (readonly number[])[], time: number): Record<string, InputArray> {
  const places = placeArrays(['places', 'first'], starts.length, time);
  starts.forEach((begins, row) => {
    begins.forEach((from, i) => {
      for (let t = from; t < (begins[i + 1] ?? time); t++) {
        places.first!.data[row * time + t] = from;
        places.places!.data[row * time + t] = t - from;
      }
    });
  });
  return places;
}

function placeArrays(names: readonly string[], rows: number, time: number): Record<string, InputArray> {
  return Object.fromEntries(names.map((name) => [name, { shape: [rows, time], dtype: 'int32', data: new Int32Array(rows * time) }]));
}

/** The inputs that say where tokens stand, as the forward pass wants them. */
export function placesOf({ places, first, holeFrom, holeTo }: LossTensors): Places | undefined {
  return places && ({ positions: places, first, holeFrom, holeTo } as Places);
}

/**
 * The chosen side of every row, then the rejected side of every row, as TRL stacks them; with `members`, see `sequenceSums`. Where the
 * sides of each row begin alike and `share` is set, one row of the batch holds both: the prompt once, then one answer, then the other,
 * which does not see the first. The numbers are the same, and the prompt is computed once.
 */
export function collatePairs(rows: Rows, batch: readonly number[], padId: number, share = false): MicroBatch {
  const sides = [0, 1].map((side) => batch.map((row) => rows.sequence(row, side)));
  const shared = share ? sharedPrompts(sides) : undefined;
  const { micro, counts } = collateSequences(sides.flat(), padId, shared?.layout);
  return { ...micro, inputs: { ...micro.inputs, ...shared?.where, members: membersOf(counts, micro.inputs.targets!.shape[0]!) } };
}

/** Each pair in one row, and where its tokens stand; undefined where prompts differ or it would be no less to compute. */
function sharedPrompts([chosen, rejected]: readonly Sequence[][]): { layout: Layout; where: Record<string, InputArray> } | undefined {
  const pairs = chosen!.map((one, i) => ({ chosen: one, rejected: rejected![i]!, prompt: sharedLength(one, rejected![i]!) }));
  const time = bucketLength(Math.max(...pairs.map((pair) => pair.chosen.ids.length + pair.rejected.ids.length - pair.prompt)));
  const apart = rowEach([...chosen!, ...rejected!]);
  if (pairs.some(({ prompt }) => prompt === 0) || pairs.length * time >= apart.rows * apart.time) return undefined;
  const place = (sequence: number, t: number) => {
    const row = sequence % pairs.length;
    const pair = pairs[row]!;
    // The second answer stands behind the first.
    return row * time + (sequence < pairs.length || t < pair.prompt ? t : t + pair.chosen.ids.length - pair.prompt);
  };
  const where = placeArrays(['places', 'holeFrom', 'holeTo'], pairs.length, time);
  pairs.forEach((pair, row) => {
    for (let t = 0; t < pair.chosen.ids.length; t++) where.places!.data[place(row, t)] = t;
    for (let t = pair.prompt; t < pair.rejected.ids.length; t++) {
      const at = place(pairs.length + row, t);
      where.places!.data[at] = t;
      where.holeFrom!.data[at] = pair.prompt;
      where.holeTo!.data[at] = pair.chosen.ids.length;
    }
  });
  return { layout: { rows: pairs.length, time, place }, where };
}

/** How many tokens both sides begin with, of their prompts: nothing of those is a target. */
function sharedLength(a: Sequence, b: Sequence): number {
  const most = Math.min(a.promptLength, b.promptLength);
  let length = 0;
  while (length < most && a.ids[length] === b.ids[length] && !a.trained[length] && !b.trained[length]) length++;
  return length;
}

/** Which flat position of [rows, time] the token t of a sequence has. */
interface Layout {
  rows: number;
  time: number;
  place(sequence: number, t: number): number;
}

/** A row for each sequence. */
function rowEach(parts: readonly SequenceParts[]): Layout {
  const time = bucketLength(Math.max(...parts.map(({ ids }) => ids.length)));
  return { rows: parts.length, time, place: (sequence, t) => sequence * time + t };
}

/**
 * Inputs of a causal loss: `ids` [rows, time] right-padded with `padId`; `positions`, `targets` and `weights` [n], one entry per
 * trained token, sequence after sequence: the flat position that predicts it, its id, and 1 (0 for the entries that fill the bucket).
 * `counts` says how many entries each sequence has.
 */
export function collateSequences(parts: readonly SequenceParts[], padId: number, { rows, time, place }: Layout = rowEach(parts)): { micro: MicroBatch; counts: number[] } {
  const counts = parts.map(({ trained }) => Array.from(trained).slice(1).reduce((sum, flag) => sum + flag, 0));
  const items = counts.reduce((sum, count) => sum + count, 0);
  const ids = new Int32Array(rows * time).fill(padId);
  const count = bucketCount(items);
  const positions = new Int32Array(count);
  const targets = new Int32Array(count);
  const weights = new Float32Array(count);
  let n = 0;
  parts.forEach((sequence, s) => {
    for (let t = 0; t < sequence.ids.length; t++) {
      ids[place(s, t)] = sequence.ids[t]!;
      if (t === 0 || !sequence.trained[t]) continue;
      positions[n] = place(s, t - 1);
      targets[n] = sequence.ids[t]!;
      weights[n++] = 1;
    }
  });
  const micro: MicroBatch = {
    inputs: {
      ids: { shape: [rows, time], dtype: 'int32', data: ids },
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

/** The forward pass over such inputs: hidden `rows` [rows * time, hidden] and the scores of every entry, each [n]. */
export function scoreTargets(model: Model, inputs: LossTensors, forward?: ForwardOptions, options?: ScoreOptions) {
  const { ids, positions, targets } = inputs;
  const rows = hidden(model, ids as tf.Tensor2D, { ...forward, places: placesOf(inputs) });
  return { rows, ...headLogps(model, rows, positions as tf.Tensor1D, targets as tf.Tensor1D, options) };
}

/** Sums of [n] values by sequence: `members` [sequences, n] → [sequences]. Differentiable in the values. */
export function sequenceSums(members: tf.Tensor, values: tf.Tensor1D): tf.Tensor1D {
  return tf.reshape(tf.matMul(members as tf.Tensor2D, tf.reshape(values, [-1, 1]) as tf.Tensor2D), [-1]) as tf.Tensor1D;
}

/**
 * Lengths round up to an eighth of their power of two, at least 8: 6 % more work on average, and few different ones. To a quarter where
 * each costs a compilation: with as many lengths as rows, the first epoch would be one of compiling.
 */
export function bucketLength(length: number): number {
  return roundUp(length, recordsPrograms() ? 4 : 8);
}

/** Counts to half as many: they concern the head only, and each one there is goes with several lengths. */
export function bucketCount(count: number): number {
  return roundUp(count, recordsPrograms() ? 2 : 4);
}

/** Up to a multiple of a `parts`th of the power of two below. */
function roundUp(count: number, parts: number): number {
  const grain = Math.max(8, 2 ** (Math.ceil(Math.log2(Math.max(1, count))) - 1) / parts);
  return Math.max(grain, Math.ceil(count / grain) * grain);
}

/** TRL's ratios of a micro-batch; 0 where it has no target, as there. */
export function countedMetrics(sums: Readonly<Record<string, number>>, items: number): Record<string, number> {
  return { entropy: ratio(sums.entropy!, items), mean_token_accuracy: ratio(sums.correct!, items) };
}
