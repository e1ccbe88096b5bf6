/** Picking the next token: what a backend computes for it, and the seeded draw in plain JavaScript, the same on every backend. */

import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../core/rng.ts';

export interface SamplingSettings {
  /** 0 is greedy. */
  temperature: number;
  /** 1 is off. */
  topP: number;
  /** 0 is off. */
  topK: number;
}

/** What a backend computes for a pick, so that little is left to do: the best token, or numbers that are proportional to probabilities. */
export type PickKind = 'best' | 'weights';

export function pickFor({ temperature }: SamplingSettings): PickKind {
  return temperature === 0 ? 'best' : 'weights';
}

/** From logits [n, vocab] and 1 / temperature. Pure. */
export function scoresOf(pick: PickKind, logits: tf.Tensor2D, inverse: tf.Tensor): tf.NamedTensorMap {
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const lse = tf.log(tf.sum(tf.exp(shifted), 1));
  return pick === 'best' ? { ids: tf.argMax(logits, 1), lse } : { weights: tf.exp(tf.mul(shifted, inverse)), lse };
}

export interface Picked {
  id: number;
  /** Natural log-probability under the model, before temperature, top-p and top-k. */
  logp: number;
}

/** Picks the next token of a row from what was read back of `scoresOf`. */
export function pickFrom(scores: Readonly<Record<string, Float32Array | Int32Array>>, row: number, vocab: number, settings: SamplingSettings, rng: Rng): Picked {
  const { ids, lse, weights } = scores;
  // The best token's logit was shifted to 0.
  if (ids) return { id: ids[row]!, logp: -lse![row]! };
  const mine = weights!.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
  const allowed = allowedIds(mine, settings);
  const id = allowed ? allowed[draw(Float32Array.from(allowed, (one) => mine[one]!), rng)]! : draw(mine, rng);
  return { id, logp: settings.temperature * Math.log(mine[id]!) - lse![row]! };
}

/** As transformers: top-k, then top-p on what is left; undefined where all are. The vocabulary is never sorted: that takes longer than to compute it. */
function allowedIds(weights: Float32Array, { topK, topP }: SamplingSettings): number[] | undefined {
  const top = topK > 0 ? largest(weights, topK) : undefined;
  if (topP === 1) return top;
  const massOf = (ids: readonly number[]) => ids.reduce((mass, id) => mass + weights[id]!, 0);
  const total = top ? massOf(top) : sumOf(weights);
  let sorted = top ?? largest(weights, usuallyEnough);
  if (!top && massOf(sorted) < topP * total) sorted = atLeast(weights, ((1 - topP) * total) / weights.length);
  // Largest first: keep tokens until their mass reaches top_p, the one that crosses it included, at least one.
  let [mass, kept] = [0, 0];
  for (; kept < sorted.length && (kept === 0 || mass < topP * total); kept++) mass += weights[sorted[kept]!]!;
  return sorted.slice(0, kept);
}

/** Of so many tokens the likeliest are found faster than sorted, and a model that knows what it says needs no more for its top-p. */
const usuallyEnough = 256;

/** The ids of the largest weights, largest first; of equal ones the first. */
function largest(weights: Float32Array, count: number): number[] {
  const ids: number[] = [];
  let least = -Infinity;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight <= least) continue;
    let [low, high] = [0, ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (weights[ids[middle]!]! >= weight) low = middle + 1;
      else high = middle;
    }
    ids.splice(low, 0, id);
    if (ids.length > count) ids.pop();
    if (ids.length === count) least = weights[ids[count - 1]!]!;
  }
  return ids;
}

/** The ids of weights that are not below `bound`, largest first. With the share that top-p leaves out over all as bound, those below are together less than it. */
function atLeast(weights: Float32Array, bound: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < weights.length; id++) if (!(weights[id]! < bound)) ids.push(id);
  return ids.sort((a, b) => weights[b]! - weights[a]! || a - b);
}

function sumOf(weights: Float32Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  return total;
}

/** The index of a weight, each as likely as its share. */
function draw(weights: Float32Array, rng: Rng): number {
  let point = rng.next() * sumOf(weights);
  let chosen = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! > 0) chosen = i;
    point -= weights[i]!;
    if (point < 0) break;
  }
  return chosen;
}
