/** Reward model, as TRL 1.16's RewardTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { hidden, scores } from '../../nn/model.ts';
import { bucketLength } from '../batch.ts';
import type { Rows } from '../rowStore.ts';
import type { MakeLoss, MicroBatch } from './loss.ts';
import { logSigmoid } from './math.ts';

/**
 * −log σ(r(chosen) − r(rejected) − margin) + center_rewards_coefficient · (r(chosen) + r(rejected))², the mean over the pairs of a
 * micro-batch. Bradley and Terry 1952; Ouyang et al. 2022 (arXiv 2203.02155), equation 1; the margin is Touvron et al. 2023 (arXiv
 * 2307.09288), equation 2, the centring Eisenstein et al. 2023 (arXiv 2312.09244), equation 2.
 */
export const reward: MakeLoss = (params) => {
  const centring = (params.center_rewards_coefficient as number | null | undefined) ?? null;
  return {
    collate: collateScored,
    compute(model, { ids, positions, margins }, { batches }, forward) {
      const rewards = scores(model, tf.gather(hidden(model, ids as tf.Tensor2D, forward), positions as tf.Tensor1D));
      const [chosen, rejected] = tf.split(rewards, 2) as [tf.Tensor1D, tf.Tensor1D];
      const ahead = tf.sub(chosen, rejected);
      const losses = tf.neg(tf.mean(logSigmoid(tf.sub(ahead, margins!))));
      const centred = centring === null ? losses : tf.add(losses, tf.mul(centring, tf.mean(tf.square(tf.add(chosen, rejected)))));
      return {
        loss: tf.div(centred, batches) as tf.Scalar,
        sums: {
          min_reward: tf.min(rewards),
          mean_reward: tf.mean(rewards),
          max_reward: tf.max(rewards),
          accuracy: tf.mean(tf.cast(tf.greater(chosen, rejected), 'float32')),
          margin: tf.mean(ahead),
        },
      };
    },
    metrics: (sums) => ({ ...sums }),
  };
};

/** The chosen side of every row, then the rejected side of every row; `positions` [2 rows] is where each is scored, `margins` [rows]. */
function collateScored(rows: Rows, batch: readonly number[], padId: number): MicroBatch {
  const parts = [0, 1].flatMap((side) => batch.map((row) => rows.sequence(row, side)));
  const time = bucketLength(Math.max(...parts.map(({ ids }) => ids.length)));
  const ids = new Int32Array(parts.length * time).fill(padId);
  parts.forEach((part, s) => ids.set(part.ids, s * time));
  return {
    inputs: {
      ids: { shape: [parts.length, time], dtype: 'int32', data: ids },
      positions: { shape: [parts.length], dtype: 'int32', data: Int32Array.from(parts, ({ trained }, s) => s * time + trained.indexOf(1)) },
      margins: { shape: [batch.length], dtype: 'float32', data: Float32Array.from(parts.slice(0, batch.length), ({ target }) => target ?? 0) },
    },
    items: parts.length,
    tokens: parts.reduce((sum, part) => sum + part.ids.length, 0),
    padded: ids.length,
  };
}
