/** The output head: hidden rows and a vocabulary matrix → log-probabilities of given tokens, without ever holding the logits of a large batch. */

import * as tf from '@tensorflow/tfjs-core';
import { embeddingName, headName } from '../model/shapes.ts';
import { headWeight, type Model, type TokenScores } from './model.ts';

/** Up to this many bytes of probabilities are kept for the backward pass; beyond it they are computed again, chunk by chunk. */
const keptBytes = 64 * 2 ** 20;

/** rows [n, hidden], targets int32 [n]. Differentiable in `logps` with respect to rows, an unfrozen head, and trained token rows. */
export function tokenLogps(model: Model, rows: tf.Tensor2D, targets: tf.Tensor1D): TokenScores {
  const weight = headWeight(model);
  const trainWeight = !model.frozen.has(model.config.tieWordEmbeddings ? embeddingName : headName);
  const extra = model.config.tieWordEmbeddings ? model.tokenRows?.rows : undefined;
  const inputs: tf.Tensor[] = [rows, ...(trainWeight ? [weight] : []), ...(extra ? [extra] : [])];
  const [count] = rows.shape;
  const vocab = model.config.vocabSize;
  const chunk = Math.max(1, Math.min(count, Math.floor(keptBytes / 4 / vocab)));
  const keep = chunk >= count;
  const table = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const scores: tf.Tensor2D[] = [];
    let kept: tf.Tensor2D | undefined;
    for (let start = 0; start < count; start += chunk) {
      const part = scoreChunk(model, slice(rows, start, chunk), slice1(targets, start, chunk), keep);
      scores.push(part.table);
      kept = part.probabilities;
    }
    save(keep ? [rows, kept!] : [rows]);
    return {
      value: scores.length === 1 ? scores[0]! : tf.concat(scores, 0),
      // Only column 0 (logp) carries a gradient: d logp / d logits = onehot(target) - p.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const dLogp = tf.slice(dy as tf.Tensor2D, [0, 0], [count, 1]);
        const xs = saved[0] as tf.Tensor2D;
        const dRows: tf.Tensor2D[] = [];
        let dWeight: tf.Tensor2D | undefined;
        let dExtra: tf.Tensor2D | undefined;
        for (let start = 0; start < count; start += chunk) {
          const part = tf.tidy(() => {
            const x = slice(xs, start, chunk);
            const target = slice1(targets, start, chunk);
            const p = keep ? (saved[1] as tf.Tensor2D) : scoreChunk(model, x, target, true).probabilities!;
            const d = slice(dLogp, start, chunk);
            const dLogits = tf.sub(tf.mul(oneHot(target, vocab), d), tf.mul(p, d)) as tf.Tensor2D;
            const result: Record<string, tf.Tensor> = {};
            let dx = tf.matMul(dLogits, weight as unknown as tf.Tensor2D);
            if (trainWeight) {
              const dw = tf.matMul(dLogits, x, true, false);
              result.weight = dWeight ? tf.add(dWeight, dw) : dw;
            }
            if (extra) {
              const back = model.tokenRows!.backward(dLogits, x);
              dx = tf.add(dx, back.hidden);
              result.extra = dExtra ? tf.add(dExtra, back.rows) : back.rows;
            }
            result.rows = dx;
            return result;
          });
          dRows.push(part.rows as tf.Tensor2D);
          dWeight = part.weight as tf.Tensor2D | undefined;
          dExtra = part.extra as tf.Tensor2D | undefined;
        }
        return [dRows.length === 1 ? dRows[0]! : tf.concat(dRows, 0), ...(dWeight ? [dWeight] : []), ...(dExtra ? [dExtra] : [])];
      },
    } as never;
  })(...inputs) as tf.Tensor2D;
  const column = (index: number) => tf.reshape(tf.slice(table, [0, index], [count, 1]), [count]) as tf.Tensor1D;
  return { logps: column(0), entropy: column(1), correct: column(2) };
}

/** [n, 3]: logp of the target, entropy, whether the target is the most likely token. */
function scoreChunk(model: Model, rows: tf.Tensor2D, targets: tf.Tensor1D, withProbabilities: boolean): { table: tf.Tensor2D; probabilities: tf.Tensor2D | undefined } {
  const [table, probabilities] = tf.tidy(() => {
    const base = tf.matMul(rows, headWeight(model) as unknown as tf.Tensor2D, false, true);
    const scores = model.tokenRows ? tf.add(base, model.tokenRows.extraLogits(rows)) : base;
    const top = tf.max(scores, -1, true);
    const shifted = tf.sub(scores, top);
    const e = tf.exp(shifted);
    const z = tf.sum(e, -1, true);
    const logZ = tf.log(z);
    const p = tf.div(e, z) as tf.Tensor2D;
    const picked = tf.sum(tf.mul(shifted, oneHot(targets, model.config.vocabSize)), -1, true);
    const entropy = tf.sub(logZ, tf.sum(tf.mul(p, shifted), -1, true));
    // The target is the most likely token where its shifted logit is the largest one, which is 0.
    const correct = tf.cast(tf.equal(picked, 0), 'float32');
    return [tf.concat([tf.sub(picked, logZ), entropy, correct], 1), ...(withProbabilities ? [p] : [])];
  }) as [tf.Tensor2D, tf.Tensor2D | undefined];
  return { table, probabilities };
}

function oneHot(ids: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.oneHot(ids, depth, 1, 0, 'float32') as tf.Tensor2D;
}

function slice(x: tf.Tensor2D, start: number, length: number): tf.Tensor2D {
  const n = Math.min(length, x.shape[0] - start);
  return n === x.shape[0] ? x : tf.slice(x, [start, 0], [n, x.shape[1]]);
}

function slice1(x: tf.Tensor1D, start: number, length: number): tf.Tensor1D {
  const n = Math.min(length, x.shape[0] - start);
  return n === x.shape[0] ? x : tf.slice(x, [start], [n]);
}
