/** The output head: hidden rows and a vocabulary matrix → log-probabilities of given tokens, without ever holding the logits of a large batch. */

import * as tf from '@tensorflow/tfjs-core';
import { hasFused, runFused } from './fused.ts';
import { headTrains, headWeight, logits, type Model, type ScoreOptions, type TokenScores } from './model.ts';
import { after } from './ops.ts';

/**
 * Up to this many bytes of logits are kept for the backward pass; beyond it they are computed again, chunk by chunk. Default 64 MiB, or what
 * a backend whose memory is the machine's own says as `keptLogitsBytes`. Tests make it small.
 */
export const headLimits: { keptBytes?: number } = {};

/** rows [n, hidden], targets int32 [n]. Differentiable in `logps` with respect to rows, an unfrozen head, and trained token rows. */
export function tokenLogps(model: Model, rows: tf.Tensor2D, targets: tf.Tensor1D, options: ScoreOptions = {}): TokenScores {
  const weight = headWeight(model) as unknown as tf.Tensor2D;
  const trainWeight = headTrains(model);
  const tokenRows = model.config.tieWordEmbeddings ? model.tokenRows : undefined;
  const inputs: tf.Tensor[] = [rows, ...(trainWeight ? [weight] : []), ...(tokenRows ? [tokenRows.rows] : [])];
  const [count] = rows.shape;
  const vocab = model.config.vocabSize;
  const { keptLogitsBytes = 64 * 2 ** 20 } = tf.backend() as { keptLogitsBytes?: number };
  const chunk = Math.max(1, Math.min(count, Math.floor((headLimits.keptBytes ?? keptLogitsBytes) / 4 / vocab)));
  const whole = chunk >= count;
  const starts = Array.from({ length: Math.ceil(count / chunk) }, (_, i) => i * chunk);
  const table = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const parts: tf.Tensor[][] = [];
    for (const start of starts) {
      parts.push(tf.tidy((): tf.Tensor[] => {
        const before = parts.at(-1)?.[0];
        const part = slice(rows, start, chunk);
        const values = logits(model, before ? after(part, [before]) : part);
        const { table, lse, kept } = scores(values, slice1(targets, start, chunk));
        const columns = options.aligned ? tf.concat([table, alignment(table, lse, values)], 1) : table;
        // What is as large as the logits is kept only where that is little.
        return whole ? [columns, lse, kept] : [columns, lse];
      }));
    }
    const joined = parts.length === 1 ? parts[0]![0]! : tf.concat(parts.map((part) => part[0]!), 0);
    // Targets as well: who made them inside the function that is differentiated has lost them by the backward pass.
    save([rows, targets, joined, ...parts.map((part) => part[1]!), ...(whole ? [parts[0]![2]!] : [])]);
    return {
      value: joined,
      // Only column 0 (log p) carries a gradient: d log p / d logits = onehot(target) - softmax.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const xs = saved[0] as tf.Tensor2D;
        const ys = saved[1] as tf.Tensor1D;
        let before = [saved[2]!];
        const dTable = options.aligned ? tf.slice(dy as tf.Tensor2D, [0, 0], [count, 3]) : (dy as tf.Tensor2D);
        const dRows: tf.Tensor2D[] = [];
        let sums: { weight?: tf.Tensor2D; tokenRows?: tf.Tensor2D } = {};
        starts.forEach((start, i) => {
          const part = tf.tidy(() => {
            const x = slice(xs, start, chunk);
            const kept = whole ? after(saved.at(-1) as tf.Tensor2D, before) : logits(model, after(x, before));
            const dLogits = scoresBackward(kept, whole, slice1(ys, start, chunk), saved[3 + i] as tf.Tensor1D, slice(dTable, start, chunk));
            const result: Record<string, tf.Tensor> = { rows: tf.matMul(dLogits, weight) };
            if (trainWeight) result.weight = plus(sums.weight, tf.matMul(dLogits, x, true, false));
            if (tokenRows) {
              const back = tokenRows.backward(dLogits, x);
              result.rows = tf.add(result.rows!, back.hidden);
              result.tokenRows = plus(sums.tokenRows, back.rows);
            }
            return result;
          });
          tf.dispose(sums);
          dRows.push(part.rows as tf.Tensor2D);
          before = Object.values(part);
          sums = { weight: part.weight as tf.Tensor2D, tokenRows: part.tokenRows as tf.Tensor2D };
        });
        return [dRows.length === 1 ? dRows[0]! : tf.concat(dRows, 0), ...(trainWeight ? [sums.weight!] : []), ...(tokenRows ? [sums.tokenRows!] : [])];
      },
    } as never;
  })(...inputs) as tf.Tensor2D;
  const column = (index: number) => tf.reshape(tf.slice(table, [0, index], [count, 1]), [count]) as tf.Tensor1D;
  return { logps: column(0), entropy: column(1), correct: column(2), ...(options.aligned ? { aligned: column(3) } : {}) };
}

interface Scores {
  /** [n, 3]: log p of the target, entropy, whether the target is the most likely token. */
  table: tf.Tensor2D;
  /** [n] log Σ exp. */
  lse: tf.Tensor1D;
  /** [n, vocab], what the backward pass starts from: the logits, or their softmax where a kernel made it anyway. */
  kept: tf.Tensor2D;
}

function scores(values: tf.Tensor2D, targets: tf.Tensor1D): Scores {
  if (hasFused('PosttrainTokenScores')) {
    const [table, lse, probabilities] = runFused('PosttrainTokenScores', { logits: values, targets }) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D | undefined];
    return { table, lse, kept: probabilities ?? values };
  }
  const top = tf.max(values, -1, true);
  const shifted = tf.sub(values, top);
  const e = tf.exp(shifted);
  const z = tf.sum(e, -1, true);
  const logZ = tf.log(z);
  const picked = tf.sum(tf.mul(shifted, oneHot(targets, values.shape[1])), -1, true);
  const entropy = tf.sub(logZ, tf.div(tf.sum(tf.mul(e, shifted), -1, true), z));
  // The target is the most likely token where its shifted logit is the largest one, which is 0.
  const correct = tf.cast(tf.equal(picked, 0), 'float32');
  return { table: tf.concat([tf.sub(picked, logZ), entropy, correct], 1) as tf.Tensor2D, lse: tf.reshape(tf.add(logZ, top), [-1]) as tf.Tensor1D, kept: values };
}

/** [n, 1]: log p − log Σ p², where log Σ p² = log Σ e^(2z) − 2 log Σ e^z. */
function alignment(table: tf.Tensor2D, lse: tf.Tensor1D, values: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sub(tf.logSumExp(tf.mul(values, 2), 1), tf.mul(lse, 2));
  return tf.sub(tf.slice(table, [0, 0], [table.shape[0], 1]), tf.reshape(squares, [-1, 1]));
}

/** `kept` is what `scores` said where `whole`, else the logits. */
function scoresBackward(kept: tf.Tensor2D, whole: boolean, targets: tf.Tensor1D, lse: tf.Tensor1D, dTable: tf.Tensor2D): tf.Tensor2D {
  if (hasFused('PosttrainTokenScoresGrad')) return runFused('PosttrainTokenScoresGrad', { kept, targets, lse, dy: dTable }, { whole: whole ? 1 : 0 })[0] as tf.Tensor2D;
  const d = tf.slice(dTable, [0, 0], [dTable.shape[0], 1]);
  const p = tf.exp(tf.sub(kept, tf.reshape(lse, [-1, 1])));
  return tf.mul(tf.sub(oneHot(targets, kept.shape[1]), p), d);
}

function oneHot(ids: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.oneHot(ids, depth, 1, 0, 'float32') as tf.Tensor2D;
}

function plus(sum: tf.Tensor2D | undefined, more: tf.Tensor2D): tf.Tensor2D {
  return sum ? tf.add(sum, more) : more;
}

function slice(x: tf.Tensor2D, start: number, length: number): tf.Tensor2D {
  const n = Math.min(length, x.shape[0] - start);
  return n === x.shape[0] ? x : tf.slice(x, [start, 0], [n, x.shape[1]]);
}

function slice1(x: tf.Tensor1D, start: number, length: number): tf.Tensor1D {
  const n = Math.min(length, x.shape[0] - start);
  return n === x.shape[0] ? x : tf.slice(x, [start], [n]);
}
