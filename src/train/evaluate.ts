/** Metrics over held-out rows, as transformers' evaluation loop weighs them: `eval_loss` by rows, TRL's ratios by batches. */

import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../nn/model.ts';
import type { Metrics } from '../run/event.ts';
import type { Loss } from './losses/loss.ts';
import type { Reference } from './reference.ts';
import type { Rows } from './rowStore.ts';
import { disposeAll, toTensors } from './tensors.ts';

export interface EvaluateOptions {
  model: Model;
  loss: Loss;
  rows: Rows;
  batchSize: number;
  padId: number;
  reference?: Reference;
  /** Awaited after each batch; what it throws ends the evaluation. */
  attend: () => Promise<void>;
}

export async function evaluateRows({ model, loss, rows, batchSize, padId, reference, attend }: EvaluateOptions): Promise<Metrics> {
  let seconds = 0;
  const sums: Record<string, { sum: number; count: number }> = {};
  const add = (name: string, value: number, weight: number) => {
    const entry = (sums[name] ??= { sum: 0, count: 0 });
    entry.sum += value * weight;
    entry.count += weight;
  };
  let batches = 0;
  for (let from = 0; from < rows.count; from += batchSize) {
    const began = performance.now();
    const batch = Array.from({ length: Math.min(batchSize, rows.count - from) }, (_, i) => from + i);
    const micro = loss.collate(rows, batch, padId);
    const inputs = toTensors(micro.inputs);
    Object.assign(inputs, reference?.inputs(batch, inputs));
    let names: string[] = [];
    const stacked = tf.tidy(() => {
      const output = loss.compute(model, inputs, { items: tf.scalar(Math.max(1, micro.items)), batches: tf.scalar(1) }, {});
      names = ['loss', ...Object.keys(output.sums)];
      return tf.stack([output.loss, ...Object.values(output.sums)]);
    });
    disposeAll(Object.values(inputs));
    const data = await stacked.data();
    stacked.dispose();
    const { loss: value, ...rest } = Object.fromEntries(names.map((name, i) => [name, data[i]!]));
    add('loss', value!, batch.length);
    for (const [name, metric] of Object.entries(loss.metrics(rest, micro))) add(name, metric, 1);
    batches++;
    seconds += (performance.now() - began) / 1000;
    await attend();
  }
  const metrics: Metrics = {};
  for (const [name, { sum, count }] of Object.entries(sums)) metrics[`eval_${name}`] = sum / count;
  return { ...metrics, eval_runtime: seconds, eval_samples_per_second: rows.count / seconds, eval_steps_per_second: batches / seconds };
}
