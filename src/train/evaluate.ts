/** Metrics over held-out rows, as transformers' evaluation loop weighs them: `eval_loss` by rows, TRL's ratios by batches. */

import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../nn/model.ts';
import { createProgram } from '../nn/program.ts';
import type { Metrics } from '../run/event.ts';
import type { Loss } from './losses/loss.ts';
import type { Reference } from './reference.ts';
import type { Rows } from './rowStore.ts';
import { disposeAll, scalarShape, shapesOf, toTensors } from './tensors.ts';

export interface EvaluateOptions {
  model: Model;
  loss: Loss;
  rows: Rows;
  batchSize: number;
  padId: number;
  reference?: Reference;
  /** Awaited after each batch; what it throws ends the evaluation, or the preparing. */
  attend: () => Promise<void>;
}

export interface Evaluation {
  /** For all batches: see `Program.prepare`. */
  prepare(): Promise<void>;
  run(): Promise<Metrics>;
  dispose(): void;
}

export function createEvaluation({ model, loss, rows, batchSize, padId, reference, attend }: EvaluateOptions): Evaluation {
  let names: string[] = [];
  const program = createProgram({
    name: 'the evaluation',
    compute({ items, ...inputs }) {
      const output = loss.compute(model, inputs, { items: items as tf.Scalar, batches: tf.scalar(1) }, {});
      names = ['loss', ...Object.keys(output.sums)];
      return { numbers: tf.stack([output.loss, ...Object.values(output.sums)]) };
    },
  });
  const batchFrom = (from: number) => Array.from({ length: Math.min(batchSize, rows.count - from) }, (_, i) => from + i);
  const prepare = async () => {
    for (let from = 0; from < rows.count; from += batchSize) {
      const batch = batchFrom(from);
      const inputs = shapesOf(loss.collate(rows, batch, padId).inputs);
      const referred = reference ? reference.prepare(batch.length, inputs) : {};
      if (!referred || !program.prepare({ ...inputs, ...referred, items: scalarShape })) return;
      await attend();
    }
  };
  const run = async () => {
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
      const batch = batchFrom(from);
      const micro = loss.collate(rows, batch, padId);
      const inputs = toTensors(micro.inputs);
      Object.assign(inputs, reference?.inputs(batch, inputs));
      const items = tf.scalar(Math.max(1, micro.items));
      const stacked = program.run({ ...inputs, items }).numbers!;
      disposeAll([...Object.values(inputs), items]);
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
  };
  return { prepare, run, dispose: () => program.dispose() };
}
