/** Losses and gradients of one optimiser step over its micro-batches. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../core/rng.ts';
import { drawDropout } from '../nn/lora.ts';
import type { Model } from '../nn/model.ts';
import type { InputArray, Loss, MicroBatch } from './losses/loss.ts';
import { streams } from './plan.ts';
import { scaledNoise, seededNoise, type DrawNoise } from './neftune.ts';
import type { Reference } from './reference.ts';
import type { Rows } from './rowStore.ts';
import type { TrainSettings } from './settings.ts';
import { disposeAll, toTensors } from './tensors.ts';

export interface StepOptions {
  model: Model;
  loss: Loss;
  rows: Rows;
  settings: TrainSettings;
  padId: number;
  /** What the loss measures the model against, where it has a reference. */
  reference?: Reference;
  /** NEFTune's numbers; those of the seed unless others are to be followed. */
  drawNoise?: DrawNoise;
}

export interface ComputedStep {
  loss: number;
  /** Summed over the micro-batches; the caller disposes them. */
  grads: Map<string, tf.Tensor>;
  /** Metrics of each micro-batch. */
  metrics: Record<string, number>[];
  tokens: number;
  /** The micro-batches whose own loss is not finite, by number. */
  bad: number[];
}

/** `variables` are what trains, by the name under which it is saved. */
export function stepComputer(options: StepOptions, variables: ReadonlyMap<string, tf.Variable>) {
  const { model, loss, rows, settings, padId, reference, drawNoise = seededNoise(settings.seed) } = options;
  const list = [...variables.values()];
  return async (batches: readonly number[][], step: number): Promise<ComputedStep> => {
    const micro = batches.map((batch) => ({ ...loss.collate(rows, batch, padId), batch }));
    const items = Math.max(1, micro.reduce((sum, batch) => sum + batch.items, 0));
    const result: ComputedStep = { loss: 0, grads: new Map(), metrics: [], tokens: 0, bad: [] };
    for (const [i, batch] of micro.entries()) {
      const { grads, numbers } = gradients(batch, { items, batches: micro.length }, step * settings.accumulation + i);
      for (const [name, variable] of variables) {
        const grad = grads[variable.name];
        if (!grad) continue; // nothing in this batch reached it
        const sum = result.grads.get(name);
        if (sum) {
          result.grads.set(name, tf.add(sum, grad));
          sum.dispose();
          grad.dispose();
        } else result.grads.set(name, grad);
      }
      const { loss: value, ...sums } = await numbers;
      result.loss += value!;
      if (!Number.isFinite(value)) result.bad.push(i);
      result.metrics.push(loss.metrics(sums, batch));
      result.tokens += batch.tokens;
    }
    return result;
  };

  /** `number` counts the micro-batches of the whole training: it gives each its own dropout and noise. */
  function gradients(micro: MicroBatch & { batch: readonly number[] }, step: { items: number; batches: number }, number: number) {
    const { lora } = model;
    const inputs = toTensors(micro.inputs);
    Object.assign(inputs, reference?.inputs(micro.batch, inputs));
    const scalars = { items: tf.scalar(step.items), batches: tf.scalar(step.batches) };
    const dropout = settings.dropout && lora && lora.spec.dropout > 0 ? toTensors(drawDropout(lora, micro.padded, createRng(settings.seed, streams.dropout + number))) : undefined;
    const noise = settings.neftuneAlpha > 0 ? toTensors({ noise: noiseOf(micro, number) }) : undefined;
    let sums: Record<string, tf.Scalar> = {};
    const { value, grads } = tf.variableGrads(() => {
      const output = loss.compute(model, inputs, scalars, { dropout, ...noise });
      sums = output.sums;
      for (const sum of Object.values(sums)) tf.keep(sum);
      return output.loss;
    }, list);
    const names = ['loss', ...Object.keys(sums)];
    const stacked = tf.stack([value, ...Object.values(sums)]);
    disposeAll([value, ...Object.values(sums), ...Object.values(inputs), ...Object.values(dropout ?? {}), ...Object.values(noise ?? {}), ...Object.values(scalars)]);
    const numbers = stacked.data().then((data) => {
      stacked.dispose();
      return Object.fromEntries(names.map((name, i) => [name, data[i]!]));
    });
    return { grads, numbers };
  }

  function noiseOf({ batch, padded, tokens }: MicroBatch & { batch: readonly number[] }, number: number): InputArray {
    const sequences = batch.length * rows.sides;
    const shape = [sequences, padded / sequences, model.config.hiddenSize] as const;
    const length = rows.starts ? tokens : Math.max(...batch.map((row) => rows.length(row)));
    return scaledNoise(settings.neftuneAlpha, length, drawNoise(number, shape), shape);
  }
}
