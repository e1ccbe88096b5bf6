/** NEFTune: noise on the embeddings of each training step, against learning rows by heart (Jain et al. 2023, arXiv 2310.05914). */

import { createRng } from '../core/rng.ts';
import type { InputArray } from './losses/loss.ts';
import { streams } from './plan.ts';

/** Numbers between −1 and 1 for a micro-batch of the training, counted from 0: one for each number of `shape` [sequences, time, hidden]. */
export type DrawNoise = (microBatch: number, shape: readonly [sequences: number, time: number, hidden: number]) => Float32Array;

export function seededNoise(seed: number): DrawNoise {
  return (microBatch, [sequences, time, hidden]) => {
    const rng = createRng(seed, streams.neftune + microBatch);
    return Float32Array.from({ length: sequences * time * hidden }, () => 2 * rng.next() - 1);
  };
}

/**
 * Evenly spread between ± alpha / √(length · hidden), as transformers' hook on the embeddings does it. `length` is the longest row of the
 * micro-batch, as transformers pads it, or all of its tokens where rows are packed into one sequence.
 */
export function scaledNoise(alpha: number, length: number, drawn: Float32Array, [sequences, time, hidden]: readonly [number, number, number]): InputArray {
  const scale = alpha / Math.sqrt(length * hidden);
  return { shape: [sequences * time, hidden], dtype: 'float32', data: drawn.map((value) => value * scale) };
}
