/** Contrastive preference optimization and its kin (SimPO, AlphaPO), as TRL 1.16's CPOTrainer computes them. */

import * as tf from '@tensorflow/tfjs-core';
import { collatePairTexts, pairTextSums, scorePairTexts } from '../pairTextBatch.ts';
import type { MakeLoss } from './loss.ts';
import { logSigmoid } from './math.ts';

/**
 * The mean over the pairs of a micro-batch of what `loss_type` makes of Δ = r(chosen) − r(rejected), plus cpo_alpha times the chosen
 * answers' NLL (a mean over their tokens). r is log π of an answer, a mean over its tokens for ipo and simpo, else the sum; with alpha
 * r = (1 − π^−alpha) / alpha. Xu et al. 2024 (arXiv 2401.08417), equation 3; Meng et al. 2024 (arXiv 2405.14734), equation 6.
 */
export const cpo: MakeLoss = (params) => {
  // TRL's short name for SimPO without the likelihood.
  const alphaPo = params.loss_type === 'alphapo';
  const type = (alphaPo ? 'simpo' : params.loss_type) as 'sigmoid' | 'hinge' | 'ipo' | 'simpo';
  const weight = alphaPo ? 0 : (params.cpo_alpha as number);
  const [beta, gamma, smoothing, alpha] = ['beta', 'simpo_gamma', 'label_smoothing', 'alpha'].map((name) => params[name] as number) as [number, number, number, number];
  const mean = type === 'ipo' || type === 'simpo';
  const rewardOf = (logps: tf.Tensor1D): tf.Tensor => (alpha === 0 ? logps : tf.div(tf.sub(1, tf.exp(tf.mul(-alpha, logps))), alpha));
  const lossOf = (delta: tf.Tensor): tf.Tensor => {
    if (type === 'hinge') return tf.relu(tf.sub(1, tf.mul(beta, delta)));
    if (type === 'ipo') return tf.square(tf.sub(delta, 1 / (2 * beta)));
    const scaled = tf.mul(beta, type === 'simpo' ? tf.sub(delta, gamma / beta) : delta);
    const losses = tf.neg(logSigmoid(scaled));
    return smoothing === 0 ? losses : tf.sub(tf.mul(1 - smoothing, losses), tf.mul(smoothing, logSigmoid(tf.neg(scaled))));
  };
  return {
    collate: (rows, batch, padId) => collatePairTexts(rows, batch, padId, { promptInNll: false, lastInLogits: true }),
    compute(model, inputs, { batches }, forward) {
      const scores = scorePairTexts(model, inputs, mean, forward);
      const [chosen, rejected] = [rewardOf(scores.chosen), rewardOf(scores.rejected)];
      const losses = tf.mean(lossOf(tf.sub(chosen, rejected)));
      const sums = pairTextSums(scores, { chosen: tf.mul(beta, chosen), rejected: tf.mul(beta, rejected) });
      // TRL does not compute the likelihood where it does not count, and logs 0.
      if (weight === 0) return { loss: tf.div(losses, batches) as tf.Scalar, sums: { ...sums, nll_loss: tf.scalar(0) } };
      return { loss: tf.div(tf.add(losses, tf.mul(weight, scores.nll)), batches) as tf.Scalar, sums };
    },
    metrics: (sums) => ({ ...sums }),
  };
};
