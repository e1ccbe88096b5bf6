/** Direct preference optimization, as TRL 1.16's DPOTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { headLogps, hidden, meanLogits, type ForwardOptions, type Model } from '../../nn/model.ts';
import { collatePairs, sequenceSums } from '../batch.ts';
import type { LossTensors, MakeLoss, MicroBatch } from './loss.ts';
import { logSigmoid, ratio } from './math.ts';

/**
 * −log σ(β · ((log π(chosen) − log π_ref(chosen)) − (log π(rejected) − log π_ref(rejected)))), the mean over the pairs of a micro-batch,
 * then over the micro-batches of a step; log π is the sum over the answer's tokens. Rafailov et al. 2023 (arXiv 2305.18290), equation 7.
 */
export const dpo: MakeLoss = (params) => {
  const beta = params.beta as number;
  return {
    collate: collatePairs,
    reference(model, inputs) {
      const [refChosen, refRejected] = halves(sequenceSums(inputs.members!, policy(model, inputs).logps));
      return { refChosen, refRejected };
    },
    compute(model, inputs, { batches }, forward) {
      const { rows, logps, entropy, correct } = policy(model, inputs, forward);
      const [chosen, rejected] = halves(sequenceSums(inputs.members!, logps));
      const chosenRatio = tf.sub(chosen, inputs.refChosen!) as tf.Tensor1D;
      const rejectedRatio = tf.sub(rejected, inputs.refRejected!) as tf.Tensor1D;
      const losses = tf.neg(logSigmoid(tf.mul(beta, tf.sub(chosenRatio, rejectedRatio))));
      const [rewardChosen, rewardRejected] = [tf.mul(beta, chosenRatio), tf.mul(beta, rejectedRatio)];
      const sides = (values: tf.Tensor1D) => halves(sequenceSums(inputs.members!, values)).map((half) => tf.sum(half) as tf.Scalar) as [tf.Scalar, tf.Scalar];
      const [logitsChosen, logitsRejected] = sides(meanLogits(model, rows, inputs.positions as tf.Tensor1D));
      return {
        loss: tf.div(tf.mean(losses), batches) as tf.Scalar,
        sums: {
          entropy: tf.sum(tf.mul(entropy, inputs.weights!)),
          correctChosen: sides(correct)[0],
          tokensChosen: sides(inputs.weights as tf.Tensor1D)[0],
          logitsChosen,
          logitsRejected,
          'rewards/chosen': tf.mean(rewardChosen),
          'rewards/rejected': tf.mean(rewardRejected),
          'rewards/accuracies': tf.mean(tf.cast(tf.greater(rewardChosen, rewardRejected), 'float32')),
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

function policy(model: Model, { ids, positions, targets }: LossTensors, forward?: ForwardOptions) {
  const rows = hidden(model, ids as tf.Tensor2D, forward);
  return { rows, ...headLogps(model, rows, positions as tf.Tensor1D, targets as tf.Tensor1D) };
}

/** [chosen; rejected] apart. */
function halves(values: tf.Tensor1D): [tf.Tensor1D, tf.Tensor1D] {
  return tf.split(values, 2) as [tf.Tensor1D, tf.Tensor1D];
}
