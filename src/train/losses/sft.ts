/** Supervised fine-tuning: the negative log-likelihood of the trained tokens, as TRL 1.16's SFTTrainer with `loss_type: nll`. */

import * as tf from '@tensorflow/tfjs-core';
import { headLogps, hidden } from '../../nn/model.ts';
import { collateCausal, countedMetrics } from '../batch.ts';
import type { MakeLoss } from './loss.ts';

/**
 * loss = Σ −log p(target) / items, where items counts the trained targets of all micro-batches of the step
 * (trl/trainer/sft_trainer.py, `compute_loss`). The first token of a row has nothing before it and is never a target.
 * `entropy` and `mean_token_accuracy` are the micro-batch's ratios. No deviations.
 */
export const sft: MakeLoss = () => ({
  collate: (rows, batch, padId) => collateCausal(rows, batch, padId),
  compute(model, { ids, positions, targets, weights }, { items }, forward) {
    const rows = hidden(model, ids as tf.Tensor2D, forward);
    const { logps, entropy, correct } = headLogps(model, rows, positions as tf.Tensor1D, targets as tf.Tensor1D);
    const weighted = (values: tf.Tensor) => tf.sum(tf.mul(values, weights!)) as tf.Scalar;
    return { loss: tf.div(tf.neg(weighted(logps)), items) as tf.Scalar, sums: { entropy: weighted(entropy), correct: weighted(correct) } };
  },
  metrics: (sums, batch) => countedMetrics(sums, batch.items),
});
