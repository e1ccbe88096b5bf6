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

/** What a backend computes for a pick, so that little comes back from it: the best token, numbers that are proportional to probabilities, or all logits. */
export type PickKind = 'best' | 'weights' | 'logits';

export function pickFor({ temperature, topP, topK }: SamplingSettings): PickKind {
  return temperature === 0 ? 'best' : topK > 0 || topP < 1 ? 'logits' : 'weights';
}

/** From logits [n, vocab] and 1 / temperature. Pure. */
export function scoresOf(pick: PickKind, logits: tf.Tensor2D, inverse: tf.Tensor): tf.NamedTensorMap {
  if (pick === 'logits') return { logits };
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
  const { ids, lse, weights, logits } = scores;
  const ofRow = (table: Float32Array | Int32Array) => table.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
  if (logits) return sample(ofRow(logits), settings, rng);
  // The best token's logit was shifted to 0.
  if (ids) return { id: ids[row]!, logp: -lse![row]! };
  const mine = ofRow(weights!);
  let total = 0;
  for (let i = 0; i < vocab; i++) total += mine[i]!;
  const id = draw(mine, vocab, total, rng);
  return { id, logp: settings.temperature * Math.log(mine[id]!) - lse![row]! };
}

/** As transformers: temperature, then top-k, then top-p on what is left. */
export function sample(logits: Float32Array, settings: SamplingSettings, rng: Rng): Picked {
  const { temperature, topP, topK } = settings;
  const ids = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (topK > 0) ids.length = Math.min(ids.length, topK);
  const top = logits[ids[0]!]!;
  const weights = Float64Array.from(ids, (id) => Math.exp((logits[id]! - top) / temperature));
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  let kept = ids.length;
  if (topP < 1) {
    // Largest first: keep tokens until their mass reaches top_p, the one that crosses it included, at least one.
    let mass = 0;
    for (kept = 0; kept < ids.length && (kept === 0 || mass < topP * total); kept++) mass += weights[kept]!;
    total = mass;
  }
  const id = ids[draw(weights, kept, total, rng)]!;
  return { id, logp: logits[id]! - top - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)) };
}

/** The index of one of the first weights, each as likely as its share of the total. */
function draw(weights: Float32Array | Float64Array, count: number, total: number, rng: Rng): number {
  let point = rng.next() * total;
  let chosen = 0;
  for (let i = 0; i < count; i++) {
    if (weights[i]! > 0) chosen = i;
    point -= weights[i]!;
    if (point < 0) break;
  }
  return chosen;
}
