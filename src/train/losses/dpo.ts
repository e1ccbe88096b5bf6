/** Direct preference optimization, as TRL 1.16's DPOTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import type { DpoLossType, FDivergence } from '../../methods/dpo.ts';
import { meanLogits } from '../../nn/model.ts';
import { collatePairs, scoreTargets, sequenceSums } from '../batch.ts';
import type { Rows } from '../rowStore.ts';
import { divergenceScore, pairLosses, type Pairs } from './dpoLosses.ts';
import type { InputArray, LossTensors, MakeLoss, MicroBatch } from './loss.ts';
import { ratio } from './math.ts';

/** Loss types that divide by the number of tokens of an answer. */
const perToken: readonly DpoLossType[] = ['ipo', 'sigmoid_norm'];

/**
 * The weighted sum of the loss types (`dpoLosses.ts`), each the mean over the pairs of a micro-batch, then over the micro-batches of a
 * step. `sigmoid` alone is −log σ(β · ((log π(chosen) − log π_ref(chosen)) − (log π(rejected) − log π_ref(rejected)))), log π the sum over
 * the answer's tokens: Rafailov et al. 2023 (arXiv 2305.18290), equation 7.
 */
export const dpo: MakeLoss = (params) => {
  const types = params.loss_type as readonly DpoLossType[];
  const weights = (params.loss_weights as readonly number[] | null) ?? types.map(() => 1);
  const settings = { beta: params.beta as number, labelSmoothing: params.label_smoothing as number, discopopTau: params.discopop_tau as number };
  const divergence = params.f_divergence_type as FDivergence;
  const alpha = params.f_alpha_divergence_coef as number;
  const tailWeight = params.ld_alpha as number | null;
  const weighting = params.use_weighting === true;
  // Noise and dropout are drawn for each answer's own copy of the prompt.
  const share = !(params.neftune_noise_alpha as number | null) && params.disable_dropout !== false;
  const score = (ratios: tf.Tensor1D) => divergenceScore(divergence, ratios, alpha);
  /** log π of each answer, [chosen; rejected] apart. */
  const answers = (inputs: LossTensors, logps: tf.Tensor1D) => halves(sequenceSums(inputs.counted ?? inputs.members!, logps));

  return {
    collate(rows, batch, padId) {
      const micro = collatePairs(rows, batch, padId, share);
      const { inputs } = micro;
      return {
        ...micro,
        inputs: {
          ...inputs,
          ...(tailWeight === null ? {} : { counted: tailWeighted(inputs.members!, tailWeight) }),
          ...(types.some((type) => perToken.includes(type)) ? { lengths: lengthsOf(rows, batch) } : {}),
        },
      };
    },
    reference(model, inputs) {
      const [refChosen, refRejected] = answers(inputs, scoreTargets(model, inputs).logps);
      return { refChosen, refRejected };
    },
    compute(model, inputs, { batches }, forward) {
      const { rows, logps, entropy, correct, aligned } = scoreTargets(model, inputs, forward, { aligned: weighting });
      const sides = (values: tf.Tensor1D) => halves(sequenceSums(inputs.members!, values));
      const totals = (values: tf.Tensor1D) => sides(values).map((half) => tf.sum(half)) as [tf.Scalar, tf.Scalar];
      const [tokensChosen] = totals(inputs.weights as tf.Tensor1D);
      const [chosen, rejected] = answers(inputs, logps);
      const { refChosen, refRejected } = inputs as Record<'refChosen' | 'refRejected', tf.Tensor1D>;
      const [chosenRatio, rejectedRatio] = [tf.sub(chosen, refChosen) as tf.Tensor1D, tf.sub(rejected, refRejected) as tf.Tensor1D];
      const [chosenScore, rejectedScore] = [score(chosenRatio), score(rejectedRatio)];
      const pairs: Pairs = {
        chosen, rejected, refChosen, refRejected, chosenRatio, rejectedRatio, chosenScore, rejectedScore,
        margin: tf.sub(chosenScore, rejectedScore),
        meanMargin() {
          const [chosenLength, rejectedLength] = halves(inputs.lengths as tf.Tensor1D);
          return tf.sub(tf.div(chosenScore, chosenLength), tf.div(rejectedScore, rejectedLength));
        },
        chosenNll: () => tf.div(tf.neg(totals(logps)[0]), tf.maximum(tokensChosen, 1)),
      };
      const pairWeights = aligned && weightsOf(inputs.members!, aligned);
      const parts = types.map((type, i) => {
        const losses = pairLosses[type](pairs, settings);
        return tf.mul(tf.mean(pairWeights ? tf.mul(losses, pairWeights) : losses), weights[i]!);
      });
      const [rewardChosen, rewardRejected] = [tf.mul(settings.beta, chosenRatio), tf.mul(settings.beta, rejectedRatio)];
      // A tie is not won by rounding: before the first step model and reference say the same, each perhaps computed in another order.
      const rounding = tf.mul(settings.beta * 5e-7, tf.add(tf.abs(chosen), tf.abs(rejected)));
      const [logitsChosen, logitsRejected] = totals(meanLogits(model, rows, inputs.positions as tf.Tensor1D));
      return {
        // Two at a time: a GPU kernel takes only so many inputs.
        loss: tf.div(parts.reduce((sum, part) => tf.add(sum, part)), batches) as tf.Scalar,
        sums: {
          entropy: tf.sum(tf.mul(entropy, inputs.weights!)),
          correctChosen: totals(correct)[0],
          tokensChosen,
          logitsChosen,
          logitsRejected,
          'rewards/chosen': tf.mean(rewardChosen),
          'rewards/rejected': tf.mean(rewardRejected),
          'rewards/accuracies': tf.mean(tf.cast(tf.greater(tf.sub(rewardChosen, rewardRejected), rounding), 'float32')),
          'logps/chosen': tf.mean(chosen),
          'logps/rejected': tf.mean(rejected),
        },
      };
    },
    metrics: ({ entropy, correctChosen, tokensChosen, logitsChosen, logitsRejected, ...means }, { items }: MicroBatch) => ({
      entropy: ratio(entropy!, items),
      mean_token_accuracy: ratio(correctChosen!, tokensChosen!),
      'logits/chosen': ratio(logitsChosen!, tokensChosen!),
      'logits/rejected': ratio(logitsRejected!, items - tokensChosen!),
      ...means,
      'rewards/margins': means['rewards/chosen']! - means['rewards/rejected']!,
    }),
  };
};

/** [chosen; rejected] apart. */
function halves(values: tf.Tensor1D): [tf.Tensor1D, tf.Tensor1D] {
  return tf.split(values, 2) as [tf.Tensor1D, tf.Tensor1D];
}

/** What a pair counts: how likely the model itself finds its answers, e^(mean of log p − log Σ p²), both multiplied. Zhou et al. 2024 (arXiv 2406.11827), equation 2. */
function weightsOf(members: tf.Tensor, aligned: tf.Tensor1D): tf.Tensor1D {
  const [chosen, rejected] = halves(tf.exp(tf.div(sequenceSums(members, aligned), tf.maximum(tf.sum(members, 1), 1))));
  return tf.mul(chosen, rejected);
}

/** `members` with what an answer has beyond the length of the other one counted `weight` times. Liu et al. 2024 (arXiv 2409.06411). */
function tailWeighted({ shape, data }: InputArray, weight: number): InputArray {
  const [sequences, n] = shape as [number, number];
  const pairs = sequences / 2;
  const row = (s: number) => data.subarray(s * n, (s + 1) * n);
  const count = (s: number) => (row(s) as Float32Array).reduce((sum, flag) => sum + flag, 0);
  const counted = Float32Array.from(data);
  for (let s = 0; s < sequences; s++) {
    const [first, own, shared] = [row(s).indexOf(1), count(s), Math.min(count(s % pairs), count((s % pairs) + pairs))];
    if (own > shared) counted.fill(weight, s * n + first + shared, s * n + first + own);
  }
  return { shape, dtype: 'float32', data: counted };
}

/** Tokens of each answer, [chosen; rejected], at least 1. A first token that nothing predicts counts too. */
function lengthsOf(rows: Rows, batch: readonly number[]): InputArray {
  const lengths = [0, 1].flatMap((side) => batch.map((row) => Math.max(1, rows.sequence(row, side).trained.reduce((sum, flag) => sum + flag, 0))));
  return { shape: [lengths.length], dtype: 'float32', data: Float32Array.from(lengths) };
}
