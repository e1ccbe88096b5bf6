/** Odds ratio preference optimization, as TRL 1.16's ORPOTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { collatePairTexts, pairTextSums, scorePairTexts } from '../pairTextBatch.ts';
import type { MakeLoss } from './loss.ts';
import { log1mExp, logSigmoid } from './math.ts';

/**
 * NLL(chosen) − β · log σ(log odds(chosen) − log odds(rejected)), odds(y) = p / (1 − p) with p the geometric mean of an answer's token
 * probabilities. The NLL is a mean over the chosen sides of a micro-batch, prompts included; the other part a mean over its pairs.
 * Hong, Lee and Thorne 2024 (arXiv 2403.07691), equations 4, 6 and 7.
 */
export const orpo: MakeLoss = (params) => {
  const beta = params.beta as number;
  return {
    collate: (rows, batch, padId) => collatePairTexts(rows, batch, padId, { promptInNll: true, lastInLogits: false }),
    compute(model, inputs, { batches }, forward) {
      const scores = scorePairTexts(model, inputs, true, forward);
      const { chosen, rejected, nll } = scores;
      const logOdds = tf.sub(tf.sub(chosen, rejected), tf.sub(log1mExp(chosen), log1mExp(rejected)));
      const ratio = tf.mean(logSigmoid(logOdds));
      return {
        loss: tf.div(tf.sub(nll, tf.mul(beta, ratio)), batches) as tf.Scalar,
        sums: {
          ...pairTextSums(scores, { chosen: tf.mul(beta, chosen), rejected: tf.mul(beta, rejected) }),
          log_odds_ratio: ratio as tf.Scalar,
          log_odds_chosen: tf.mean(logOdds),
        },
      };
    },
    metrics: (sums) => ({ ...sums }),
  };
};
