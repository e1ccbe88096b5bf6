/** How many steps a training has and which rows each one takes: pure arithmetic, so that a resumed run needs no more than its step. */

import { createRng, shuffle } from '../core/rng.ts';
import { UserError } from '../core/problem.ts';

/** transformers' `train_sampling_strategy`, but for `batch_rebalance`, which is about several devices. */
export type SamplingStrategy = 'random' | 'sequential' | 'group_by_length';

/** One dataset: how many rows it has, how long each is, and its share. */
export interface PlannedPart {
  /** Of its file, to name rows by. */
  path?: string;
  count: number;
  /** Share of its rows in an epoch: 1 every row once, 0.5 a new half each epoch, 2 every row twice. */
  weight: number;
}

export interface TrainPlan {
  /** Micro-batches in an epoch, the last may be smaller. */
  batchesPerEpoch: number;
  /** Optimiser steps in an epoch, the last may have fewer micro-batches. */
  stepsPerEpoch: number;
  totalSteps: number;
  rowsPerEpoch: number;
}

export interface PlanOptions {
  parts: readonly PlannedPart[];
  batchSize: number;
  accumulation: number;
  epochs: number;
  /** From 1 on it decides alone, as in transformers; otherwise `epochs` does. */
  maxSteps: number;
}

/** transformers' `set_initial_training_values`. */
export function planTraining({ parts, batchSize, accumulation, epochs, maxSteps }: PlanOptions): TrainPlan {
  const rowsPerEpoch = parts.reduce((sum, part) => sum + Math.round(part.count * part.weight), 0);
  if (rowsPerEpoch === 0) throw new UserError('No row is left to train on: every dataset is empty or has weight 0.', 'no-rows');
  const batchesPerEpoch = Math.ceil(rowsPerEpoch / batchSize);
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / accumulation);
  return { rowsPerEpoch, batchesPerEpoch, stepsPerEpoch, totalSteps: maxSteps > 0 ? maxSteps : Math.ceil(epochs * stepsPerEpoch) };
}

/** The epoch of a step (from 0) and its micro-batches `[from, to)` there. */
export function batchesOfStep(plan: TrainPlan, accumulation: number, step: number): { epoch: number; from: number; to: number } {
  const epoch = Math.floor(step / plan.stepsPerEpoch);
  const from = (step - epoch * plan.stepsPerEpoch) * accumulation;
  return { epoch, from, to: Math.min(from + accumulation, plan.batchesPerEpoch) };
}

/** transformers' `epoch` after a step (from 0): passed micro-batches over all. */
export function epochAfterStep(plan: TrainPlan, accumulation: number, step: number): number {
  const { epoch, to } = batchesOfStep(plan, accumulation, step);
  return epoch + to / plan.batchesPerEpoch;
}

export interface OrderOptions {
  parts: readonly PlannedPart[];
  strategy: SamplingStrategy;
  seed: number;
  epoch: number;
  /** For `group_by_length`. */
  batchSize: number;
  lengthOf: (row: number) => number;
}

/**
 * The rows of an epoch in order, numbered through all parts. A function of seed and epoch alone. The order of `random` is not
 * torch's: its generator is not rebuilt here, so runs to compare with TRL use `sequential`.
 */
export function epochOrder({ parts, strategy, seed, epoch, batchSize, lengthOf }: OrderOptions): Int32Array {
  const rng = createRng(seed, streams.order + epoch);
  const rows: number[] = [];
  let first = 0;
  for (const { count, weight } of parts) {
    const wanted = Math.round(count * weight);
    const whole = count > 0 ? Math.floor(wanted / count) : 0;
    for (let copy = 0; copy < whole; copy++) for (let i = 0; i < count; i++) rows.push(first + i);
    const rest = wanted - whole * count;
    if (rest > 0) {
      const some = shuffle(Array.from({ length: count }, (_, i) => i), rng).slice(0, rest);
      // In file order: `sequential` keeps it, the others shuffle anyway.
      for (const i of some.sort((a, b) => a - b)) rows.push(first + i);
    }
    first += count;
  }
  if (strategy === 'random') shuffle(rows, rng);
  if (strategy === 'group_by_length') return Int32Array.from(groupByLength(shuffle(rows, rng), batchSize, lengthOf));
  return Int32Array.from(rows);
}

/** transformers' `get_length_grouped_indices`: shuffled mega-batches, each sorted by falling length, the longest row first of all. */
function groupByLength(rows: number[], batchSize: number, lengthOf: (row: number) => number): number[] {
  const megaSize = batchSize * Math.max(1, Math.min(Math.floor(rows.length / (batchSize * 4)), 50));
  const out: number[] = [];
  let longest = 0;
  for (let from = 0; from < rows.length; from += megaSize) {
    const mega = rows.slice(from, from + megaSize).sort((a, b) => lengthOf(b) - lengthOf(a));
    if (lengthOf(mega[0]!) > lengthOf(out[longest] ?? mega[0]!)) longest = from;
    out.push(...mega);
  }
  [out[0], out[longest]] = [out[longest]!, out[0]!];
  return out;
}

/** Independent random streams of one seed, far enough apart that epochs and micro-batches never reach into each other. */
export const streams = { order: 0x1000_0000, dropout: 0x2000_0000, neftune: 0x3000_0000 } as const;
