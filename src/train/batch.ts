/** Rows to tensors of few shapes: lengths are rounded up to buckets, and only positions that predict a trained token reach the head. */

import type { MicroBatch } from './losses/loss.ts';
import type { Rows } from './rowStore.ts';

/** Sequence lengths come in multiples of this, so that a run has few shapes. */
const lengthBucket = 8;

/**
 * Inputs of a causal loss: `ids` [batch, time] right-padded with `padId`; `positions`, `targets` and `weights` [n], one entry per
 * trained token: the flat position that predicts it, its id, and 1 (0 for the entries that fill the bucket).
 */
export function collateCausal(rows: Rows, batch: readonly number[], padId: number): MicroBatch {
  let time = 0;
  let tokens = 0;
  let items = 0;
  for (const row of batch) {
    const { trained } = rows.sequence(row);
    time = Math.max(time, trained.length);
    tokens += trained.length;
    for (let t = 1; t < trained.length; t++) items += trained[t]!;
  }
  time = bucketLength(time);
  const ids = new Int32Array(batch.length * time).fill(padId);
  const count = bucketCount(items);
  const positions = new Int32Array(count);
  const targets = new Int32Array(count);
  const weights = new Float32Array(count);
  let n = 0;
  batch.forEach((row, b) => {
    const sequence = rows.sequence(row);
    ids.set(sequence.ids, b * time);
    for (let t = 1; t < sequence.ids.length; t++) {
      if (!sequence.trained[t]) continue;
      positions[n] = b * time + t - 1;
      targets[n] = sequence.ids[t]!;
      weights[n++] = 1;
    }
  });
  return {
    inputs: {
      ids: { shape: [batch.length, time], dtype: 'int32', data: ids },
      positions: { shape: [count], dtype: 'int32', data: positions },
      targets: { shape: [count], dtype: 'int32', data: targets },
      weights: { shape: [count], dtype: 'float32', data: weights },
    },
    items,
    tokens,
    padded: ids.length,
  };
}

export function bucketLength(length: number): number {
  return Math.max(lengthBucket, Math.ceil(length / lengthBucket) * lengthBucket);
}

/** Counts round up to a sixteenth of their power of two: at most 6 % more work, and few different ones. */
export function bucketCount(count: number): number {
  const grain = Math.max(8, 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, count))) - 4));
  return Math.max(grain, Math.ceil(count / grain) * grain);
}

/** TRL's ratios of a micro-batch; 0 where it has no target, as there. */
export function countedMetrics(sums: Readonly<Record<string, number>>, items: number): Record<string, number> {
  const ratio = (sum: number | undefined) => (items > 0 ? (sum ?? 0) / items : 0);
  return { entropy: ratio(sums.entropy), mean_token_accuracy: ratio(sums.correct) };
}
