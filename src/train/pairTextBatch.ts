/** Pairs for the methods without a reference model (ORPO, CPO): the same forward pass serves the comparison and the likelihood of the chosen side. */

import * as tf from '@tensorflow/tfjs-core';
import { meanLogitsOf, type ForwardOptions, type Model } from '../nn/model.ts';
import { bucketCount, bucketLength, scoreTargets, sequenceSums } from './batch.ts';
import type { LossTensors, MicroBatch } from './losses/loss.ts';
import type { Rows } from './rowStore.ts';

export interface PairTextOptions {
  /** The likelihood of the chosen side counts its prompt too, as ORPO's does. */
  promptInNll: boolean;
  /** A sequence's last token, which predicts nothing, counts in the mean logits, as CPO's does. */
  lastInLogits: boolean;
}

/**
 * The chosen side of every row, then the rejected side of every row. `ids` [2 rows, time]; `positions` and `targets` [n], an entry per
 * token of an answer and, with `promptInNll`, of a chosen prompt; `members` [2 rows, n] tells an answer's entries and `answers` [2 rows]
 * counts them; `nll` [n] is 1 over their count for the entries of the likelihood; `means` [2, 2 rows · time] averages over a side's real tokens.
 */
export function collatePairTexts(rows: Rows, batch: readonly number[], padId: number, { promptInNll, lastInLogits }: PairTextOptions): MicroBatch {
  const parts = [0, 1].flatMap((side) => batch.map((row) => rows.sequence(row, side)));
  const pairs = batch.length;
  const time = bucketLength(Math.max(...parts.map(({ ids }) => ids.length)));
  const ids = new Int32Array(parts.length * time).fill(padId);
  const means = new Float32Array(2 * parts.length * time);
  const entries: { sequence: number; position: number; target: number; answer: boolean }[] = [];
  const answers = new Float32Array(parts.length);
  parts.forEach((part, s) => {
    ids.set(part.ids, s * time);
    const side = s < pairs ? 0 : 1;
    const seen = part.ids.length - (lastInLogits ? 0 : 1);
    means.fill(1, side * parts.length * time + s * time, side * parts.length * time + s * time + seen);
    for (let t = 1; t < part.ids.length; t++) {
      const answer = part.trained[t] === 1;
      if (answer) answers[s]!++;
      if (answer || (side === 0 && promptInNll)) entries.push({ sequence: s, position: s * time + t - 1, target: part.ids[t]!, answer });
    }
  });
  const n = bucketCount(entries.length);
  const positions = new Int32Array(n);
  const targets = new Int32Array(n);
  const members = new Float32Array(parts.length * n);
  const nll = new Float32Array(n);
  const counted = entries.filter(({ sequence, answer }) => sequence < pairs && (answer || promptInNll)).length;
  entries.forEach(({ sequence, position, target, answer }, i) => {
    positions[i] = position;
    targets[i] = target;
    if (answer) members[sequence * n + i] = 1;
    if (sequence < pairs) nll[i] = 1 / counted;
  });
  for (const side of [0, 1]) {
    const row = means.subarray(side * parts.length * time, (side + 1) * parts.length * time);
    const count = row.reduce((sum, one) => sum + one, 0);
    for (let i = 0; i < row.length; i++) row[i]! /= Math.max(1, count);
  }
  return {
    inputs: {
      ids: { shape: [parts.length, time], dtype: 'int32', data: ids },
      positions: { shape: [n], dtype: 'int32', data: positions },
      targets: { shape: [n], dtype: 'int32', data: targets },
      members: { shape: [parts.length, n], dtype: 'float32', data: members },
      answers: { shape: [parts.length], dtype: 'float32', data: answers },
      nll: { shape: [n], dtype: 'float32', data: nll },
      means: { shape: [2, parts.length * time], dtype: 'float32', data: means },
    },
    items: entries.length,
    tokens: parts.reduce((sum, part) => sum + part.ids.length, 0),
    padded: ids.length,
  };
}

export interface PairTextScores {
  /** [rows] log-probability of each answer: the sum over its tokens, or their mean. */
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
  /** Negative log-likelihood of the chosen sides, a mean over all their counted tokens. */
  nll: tf.Scalar;
  /** [2] mean logit of the chosen and of the rejected sides. */
  logits: tf.Tensor1D;
}

export function scorePairTexts(model: Model, inputs: LossTensors, mean: boolean, forward: ForwardOptions): PairTextScores {
  const { rows, logps } = scoreTargets(model, inputs, forward);
  const sums = sequenceSums(inputs.members!, logps);
  const [chosen, rejected] = tf.split(mean ? tf.div(sums, inputs.answers!) : sums, 2) as [tf.Tensor1D, tf.Tensor1D];
  return {
    chosen,
    rejected,
    nll: tf.neg(tf.sum(tf.mul(logps, inputs.nll!))) as tf.Scalar,
    logits: meanLogitsOf(model, tf.matMul(inputs.means as tf.Tensor2D, rows)),
  };
}

/** What both methods log of a micro-batch. Rewards are detached from the gradient by being sums. */
export function pairTextSums({ chosen, rejected, nll, logits }: PairTextScores, rewards: { chosen: tf.Tensor; rejected: tf.Tensor }): Record<string, tf.Scalar> {
  const [logitsChosen, logitsRejected] = tf.split(logits, 2).map((half) => tf.sum(half) as tf.Scalar) as [tf.Scalar, tf.Scalar];
  return {
    'rewards/chosen': tf.mean(rewards.chosen),
    'rewards/rejected': tf.mean(rewards.rejected),
    'rewards/accuracies': tf.mean(tf.cast(tf.greater(rewards.chosen, rewards.rejected), 'float32')),
    'rewards/margins': tf.mean(tf.sub(rewards.chosen, rewards.rejected)),
    'logps/chosen': tf.mean(chosen),
    'logps/rejected': tf.mean(rejected),
    'logits/chosen': logitsChosen,
    'logits/rejected': logitsRejected,
    nll_loss: nll,
  };
}
