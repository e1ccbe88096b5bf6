/** Kahneman-Tversky optimization, as TRL 1.16's KTOTrainer computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { meanLogits, type Model } from '../../nn/model.ts';
import { collateSequences, membersOf, scoreTargets, sequenceSums, type SequenceParts } from '../batch.ts';
import type { Rows } from '../rowStore.ts';
import type { InputArray, LossTensors, MakeLoss } from './loss.ts';
import { ratio, withoutGradient } from './math.ts';

/**
 * The mean over the rows of a micro-batch of λ · (1 − σ(±β · (log π/π_ref − z))), + and λ desirable_weight for good answers, − and
 * undesirable_weight for bad ones. z estimates how far the policy is from its reference: the mean of log π/π_ref over the rows with
 * the answers of their neighbours, at least 0, and no gradient flows through it. Ethayarajh et al. 2024 (arXiv 2402.01306), equations 7
 * and 8. `apo_zero_unpaired` has z = 0: D'Oosterlinck et al. 2024 (arXiv 2408.06266).
 */
export const kto: MakeLoss = (params) => {
  const [beta, desirable, undesirable] = ['beta', 'desirable_weight', 'undesirable_weight'].map((name) => params[name] as number) as [number, number, number];
  const estimatesKl = params.loss_type === 'kto';
  const block = params.per_device_train_batch_size as number;
  const maxLength = (params.max_length as number | null | undefined) ?? Infinity;
  return {
    collate(rows, batch, padId) {
      const { micro, counts } = collateSequences(batch.map((row) => rows.sequence(row)), padId);
      const good = Float32Array.from(batch, (row) => rows.sequence(row).target!);
      const weights = good.map((label) => (label === 1 ? desirable : undesirable));
      const { ids, positions, targets, members } = estimatesKl ? lent(rows, batch, padId, block, maxLength) : ({} as Record<string, InputArray>);
      return {
        ...micro,
        inputs: {
          ...micro.inputs,
          members: membersOf(counts, micro.inputs.targets!.shape[0]!),
          good: { shape: [batch.length], dtype: 'float32', data: good },
          rowWeights: { shape: [batch.length], dtype: 'float32', data: weights },
          ...(estimatesKl ? { klIds: ids!, klPositions: positions!, klTargets: targets!, klMembers: members! } : {}),
        },
      };
    },
    reference(model, inputs) {
      return { refLogps: sequenceSums(inputs.members!, scoreTargets(model, inputs).logps), ...(estimatesKl ? { refKl: klLogps(model, inputs) } : {}) };
    },
    compute(model, inputs, { batches }, forward) {
      const { rows, logps: tokenLogps, entropy } = scoreTargets(model, inputs, forward);
      const logps = sequenceSums(inputs.members!, tokenLogps);
      const ratios = tf.sub(logps, inputs.refLogps!) as tf.Tensor1D;
      const kl = estimatesKl ? tf.maximum(tf.mean(tf.sub(withoutGradient(() => klLogps(model, inputs)), inputs.refKl!)), 0) : tf.scalar(0);
      const { good } = inputs as { good: tf.Tensor1D };
      const bad = tf.sub(1, good);
      const sign = tf.sub(good, bad);
      const losses = tf.mul(inputs.rowWeights!, tf.sigmoid(tf.mul(-beta, tf.mul(sign, tf.sub(ratios, kl)))));
      const sides = (values: tf.Tensor): [tf.Scalar, tf.Scalar] => [tf.sum(tf.mul(values, good)), tf.sum(tf.mul(values, bad))];
      const [chosen, rejected] = sides(tf.onesLike(good));
      const [logpsChosen, logpsRejected] = sides(logps);
      const [rewardsChosen, rewardsRejected] = sides(tf.mul(beta, ratios));
      const [tokensChosen, tokensRejected] = sides(sequenceSums(inputs.members!, inputs.weights as tf.Tensor1D));
      const [logitsChosen, logitsRejected] = sides(sequenceSums(inputs.members!, meanLogits(model, rows, inputs.positions as tf.Tensor1D)));
      return {
        loss: tf.div(tf.mean(losses), batches) as tf.Scalar,
        sums: { kl: kl as tf.Scalar, entropy: tf.sum(tf.mul(entropy, inputs.weights!)), chosen, rejected, logpsChosen, logpsRejected, rewardsChosen, rewardsRejected, tokensChosen, tokensRejected, logitsChosen, logitsRejected },
      };
    },
    // A batch without good answers has nothing to say of them: the log averages over the batches that have.
    metrics({ kl, entropy, chosen, rejected, logpsChosen, logpsRejected, rewardsChosen, rewardsRejected, tokensChosen, tokensRejected, logitsChosen, logitsRejected }, { items }) {
      const metrics: Record<string, number> = { kl: kl!, entropy: ratio(entropy!, items) };
      const mean = (name: string, sum: number, count: number) => {
        if (count > 0) metrics[name] = sum / count;
      };
      mean('logits/chosen', logitsChosen!, tokensChosen!);
      mean('logits/rejected', logitsRejected!, tokensRejected!);
      mean('rewards/chosen', rewardsChosen!, chosen!);
      mean('logps/chosen', logpsChosen!, chosen!);
      mean('rewards/rejected', rewardsRejected!, rejected!);
      mean('logps/rejected', logpsRejected!, rejected!);
      if (chosen! > 0 && rejected! > 0) metrics['rewards/margins'] = metrics['rewards/chosen']! - metrics['rewards/rejected']!;
      return metrics;
    },
  };
};

function klLogps(model: Model, { klIds, klPositions, klTargets, klMembers }: LossTensors): tf.Tensor1D {
  return sequenceSums(klMembers!, scoreTargets(model, { ids: klIds!, positions: klPositions!, targets: klTargets! }).logps);
}

/**
 * The prompts of the batch, each with the answer of the row before it in its block of `per_device_train_batch_size` rows of the dataset;
 * the first one of a block has the last one's. In evaluation too, whatever its batch size, as in TRL.
 */
function lent(rows: Rows, batch: readonly number[], padId: number, block: number, maxLength: number): Record<string, InputArray> {
  const parts = batch.map((row): SequenceParts => {
    const first = row - (row % block);
    const lender = rows.sequence(row === first ? Math.min(first + block, rows.count) - 1 : row - 1);
    const own = rows.sequence(row);
    const ids = [...own.ids.subarray(0, own.promptLength), ...lender.ids.subarray(lender.promptLength), ...(lender.beyond ?? [])].slice(0, maxLength);
    return { ids, trained: ids.map((_, t) => (t < own.promptLength ? 0 : 1)) };
  });
  const { micro, counts } = collateSequences(parts, padId);
  return { ...micro.inputs, members: membersOf(counts, micro.inputs.targets!.shape[0]!) };
}
