/** The loss types of DPO: what each makes of the log-probabilities of a pair, as TRL 1.16's DPOTrainer computes them. */

import * as tf from '@tensorflow/tfjs-core';
import type { DpoLossType, FDivergence } from '../../methods/dpo.ts';
import { ascending, logSigmoid } from './math.ts';

/** A micro-batch of pairs, one number a pair ([pairs]) in each tensor. */
export interface Pairs {
  /** Σ log π over the tokens of the answer. */
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
  /** The same by the reference model. */
  refChosen: tf.Tensor1D;
  refRejected: tf.Tensor1D;
  /** log π − log π_ref. */
  chosenRatio: tf.Tensor1D;
  rejectedRatio: tf.Tensor1D;
  /** The ratios as the f-divergence sees them. */
  chosenScore: tf.Tensor1D;
  rejectedScore: tf.Tensor1D;
  /** chosenScore − rejectedScore */
  margin: tf.Tensor1D;
  /** The margin of the scores divided each by the number of tokens of its answer. */
  meanMargin(): tf.Tensor1D;
  /** The mean of −log π over all tokens of the chosen answers. */
  chosenNll(): tf.Scalar;
}

export interface DpoSettings {
  beta: number;
  labelSmoothing: number;
  discopopTau: number;
}

/** The loss of each pair, or one number for all of them. */
type PairLoss = (pairs: Pairs, settings: DpoSettings) => tf.Tensor;

/** β · x */
const scaled = (x: tf.Tensor, { beta }: DpoSettings) => tf.mul(beta, x);
/** −log σ(β x) */
const logistic = (x: tf.Tensor, settings: DpoSettings) => tf.neg(logSigmoid(scaled(x, settings)));
/** `logistic` with a share ε of the pairs taken the other way round. */
const smoothed = (x: tf.Tensor, settings: DpoSettings) => tf.add(tf.mul(1 - settings.labelSmoothing, logistic(x, settings)), tf.mul(settings.labelSmoothing, logistic(tf.neg(x), settings)));

/** `methods/dpo.ts` says what each is for; media/docs/methods/dpo.md has the formulas and papers. */
export const pairLosses: Record<DpoLossType, PairLoss> = {
  sigmoid: ({ margin }, settings) => logistic(margin, settings),
  hinge: ({ margin }, settings) => tf.relu(tf.sub(1, scaled(margin, settings))),
  ipo: ({ meanMargin }, { beta }) => squared(tf.sub(meanMargin(), 1 / (2 * beta))),
  exo_pair({ margin }, settings) {
    const logits = scaled(margin, settings);
    const term = (x: tf.Tensor, log: number) => tf.mul(tf.sigmoid(x), tf.sub(logSigmoid(x), log));
    return tf.add(term(logits, Math.log1p(-settings.labelSmoothing)), term(tf.neg(logits), Math.log(settings.labelSmoothing)));
  },
  nca_pair({ chosenRatio, rejectedRatio }, settings) {
    const unwanted = tf.add(logistic(tf.neg(chosenRatio), settings), logistic(tf.neg(rejectedRatio), settings));
    return tf.add(logistic(chosenRatio, settings), tf.mul(0.5, unwanted));
  },
  robust({ margin }, settings) {
    const { labelSmoothing: epsilon } = settings;
    return tf.div(tf.sub(tf.mul(1 - epsilon, logistic(margin, settings)), tf.mul(epsilon, logistic(tf.neg(margin), settings))), 1 - 2 * epsilon);
  },
  bco_pair: ({ chosenRatio, rejectedRatio }, settings) => tf.add(logistic(chosenRatio, settings), logistic(tf.neg(rejectedRatio), settings)),
  sppo_hard: ({ chosenRatio, rejectedRatio }, { beta }) => tf.add(squared(tf.sub(chosenRatio, 0.5 / beta)), squared(tf.add(rejectedRatio, 0.5 / beta))),
  aot: ({ chosen, rejected, refChosen, refRejected }, settings) => smoothed(tf.sub(ascending(tf.sub(chosen, rejected)), ascending(tf.sub(refChosen, refRejected))), settings),
  aot_unpaired: ({ chosenRatio, rejectedRatio }, settings) => smoothed(tf.sub(ascending(chosenRatio), ascending(rejectedRatio)), settings),
  apo_zero: ({ chosenRatio, rejectedRatio }, settings) => tf.add(tf.sub(1, tf.sigmoid(scaled(chosenRatio, settings))), tf.sigmoid(scaled(rejectedRatio, settings))),
  apo_down: ({ chosenRatio, rejectedRatio }, settings) => tf.add(tf.sigmoid(scaled(chosenRatio, settings)), tf.sub(1, tf.sigmoid(scaled(tf.sub(chosenRatio, rejectedRatio), settings)))),
  discopop({ margin }, settings) {
    const logits = scaled(margin, settings);
    const share = tf.sigmoid(tf.div(logits, settings.discopopTau));
    return tf.add(tf.mul(tf.neg(logSigmoid(logits)), tf.sub(1, share)), tf.mul(tf.exp(tf.neg(logits)), share));
  },
  sft: ({ chosenNll }) => chosenNll(),
  sigmoid_norm: ({ meanMargin }, settings) => logistic(meanMargin(), settings),
};

/** f′(π / π_ref) of the log ratio, up to a constant that the margin does not see. Wang et al. 2023 (arXiv 2309.16240). */
export function divergenceScore(type: FDivergence, ratio: tf.Tensor1D, alpha: number): tf.Tensor1D {
  switch (type) {
    case 'reverse_kl':
      return ratio;
    case 'forward_kl':
      return tf.sub(1, tf.exp(tf.neg(ratio)));
    case 'js_divergence':
      return tf.add(Math.log(2), logSigmoid(ratio));
    case 'alpha_divergence':
      // At 1 it is the reverse KL; the bound keeps the exponential finite.
      return Math.abs(alpha - 1) < 1e-6 ? ratio : tf.div(tf.sub(tf.exp(tf.minimum(tf.mul(alpha - 1, ratio), 80)), 1), alpha - 1);
  }
}

function squared(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, x);
}
