/** Picking the next token from its logits in plain JavaScript: exact, seeded, the same on every backend. */

import type { Rng } from '../core/rng.ts';

export interface SamplingSettings {
  /** 0 is greedy. */
  temperature: number;
  /** 1 is off. */
  topP: number;
  /** 0 is off. */
  topK: number;
}

/** The id with the largest logit (the first of equals) and its log-probability. */
export function greedy(logits: Float32Array): { id: number; logp: number } {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return { id: best, logp: logits[best]! - logSumExp(logits, 1) };
}

/** As transformers: temperature, then top-k, then top-p on what is left. `logp` is that of the model before all three. */
export function sample(logits: Float32Array, settings: SamplingSettings, rng: Rng): { id: number; logp: number } {
  if (settings.temperature === 0) return greedy(logits);
  const { temperature, topP, topK } = settings;
  let ids: number[] | undefined;
  if ((topK > 0 && topK < logits.length) || topP < 1) {
    ids = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
    if (topK > 0) ids.length = Math.min(ids.length, topK);
  }
  const count = ids?.length ?? logits.length;
  const at = (i: number) => logits[ids ? ids[i]! : i]! / temperature;
  let top = -Infinity;
  for (let i = 0; i < count; i++) top = Math.max(top, at(i));
  const weights = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] = Math.exp(at(i) - top);
  let kept = count;
  if (topP < 1) {
    // Largest first: keep tokens until their mass reaches top_p, the one that crosses it included, at least one.
    let mass = 0;
    for (kept = 0; kept < count && (kept === 0 || mass < topP * total); kept++) mass += weights[kept]!;
    total = mass;
  }
  let point = rng.next() * total;
  let chosen = 0;
  for (let i = 0; i < kept; i++) {
    if (weights[i]! > 0) chosen = i;
    point -= weights[i]!;
    if (point < 0) break;
  }
  const id = ids ? ids[chosen]! : chosen;
  return { id, logp: logits[id]! - logSumExp(logits, 1) };
}

function logSumExp(logits: Float32Array, scale: number): number {
  let top = -Infinity;
  for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]! * scale);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! * scale - top);
  return top + Math.log(total);
}
