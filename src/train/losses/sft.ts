/** Supervised fine-tuning: what the trained tokens of a row cost, as TRL 1.16's SFTTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { collateCausal, countedMetrics, scoreTargets } from '../batch.ts';
import type { MakeLoss } from './loss.ts';

/**
 * `nll`: Σ −log p(target) / items, where items counts the trained targets of all micro-batches of the step (trl/trainer/sft_trainer.py,
 * `compute_loss`). The first token of a row has nothing before it and is never a target. `dft`, dynamic fine-tuning: each target's
 * −log p times its own p, taken as a constant (Wu et al. 2025, arXiv 2508.05629, equation 9). `entropy` and `mean_token_accuracy` are the
 * micro-batch's ratios. No deviations.
 */
export const sft: MakeLoss = ({ loss_type }) => {
  const costs = loss_type === 'dft' ? weighedByOwnLikelihood : tf.neg<tf.Tensor1D>;
  return {
    collate: (rows, batch, padId) => collateCausal(rows, batch, padId),
    compute(model, inputs, { items }, forward) {
      const { logps, entropy, correct } = scoreTargets(model, inputs, forward);
      const weighted = (values: tf.Tensor) => tf.sum(tf.mul(values, inputs.weights!)) as tf.Scalar;
      return { loss: tf.div(weighted(costs(logps)), items) as tf.Scalar, sums: { entropy: weighted(entropy), correct: weighted(correct) } };
    },
    metrics: (sums, batch) => countedMetrics(sums, batch.items),
  };
};

/** −p log p with p as a constant: no gradient flows through it. */
function weighedByOwnLikelihood(logps: tf.Tensor1D): tf.Tensor1D {
  return tf.customGrad((x, save) => {
    const p = tf.exp(x as tf.Tensor);
    (save as tf.GradSaveFunc)([p]);
    return { value: tf.neg(tf.mul(x as tf.Tensor, p)), gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.tidy(() => tf.neg(tf.mul(dy, saved!))) };
  })(logps) as tf.Tensor1D;
}
