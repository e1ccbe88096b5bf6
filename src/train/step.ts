/** Losses and gradients of one optimiser step over its micro-batches. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../core/rng.ts';
import type { ShapesByName } from '../backend/program.ts';
import { drawDropout, dropoutShapes } from '../nn/lora.ts';
import type { Model } from '../nn/model.ts';
import { createProgram } from '../nn/program.ts';
import type { InputArray, Loss, MicroBatch } from './losses/loss.ts';
import { streams } from './plan.ts';
import { scaledNoise, seededNoise, type DrawNoise } from './neftune.ts';
import type { Reference } from './reference.ts';
import type { Rows } from './rowStore.ts';
import type { TrainSettings } from './settings.ts';
import { disposeAll, scalarShape, shapesOf, toTensors } from './tensors.ts';

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
  let sums: string[] = [];
  /** Inputs: the batch, its scalars, masks and noise by their groups; and the gradients of the step so far, to which its own are added. */
  const program = createProgram({
    name: 'the training step',
    keeps: (output) => output.startsWith(groups.gradient),
    consumes: (input) => input.startsWith(groups.gradient),
    compute(inputs) {
      const batch = ofGroup(inputs, groups.batch);
      const dropout = ofGroup(inputs, groups.dropout);
      const { items, batches } = inputs as Record<string, tf.Scalar>;
      let numbers: tf.Scalar[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const output = loss.compute(model, batch, { items: items!, batches: batches! }, { dropout: Object.keys(dropout).length > 0 ? dropout : undefined, noise: inputs.noise });
        sums = Object.keys(output.sums);
        numbers = Object.values(output.sums).map((sum) => tf.keep(sum));
        return output.loss;
      }, list);
      const outputs: Record<string, tf.Tensor> = { numbers: tf.stack([value, ...numbers]) };
      disposeAll(numbers);
      for (const [name, variable] of variables) {
        const before = inputs[groups.gradient + name];
        const grad = grads[variable.name];
        // Without a gradient nothing in this batch reached it.
        const parts = [before, grad].filter((part) => part !== undefined);
        if (parts.length > 0) outputs[groups.gradient + name] = parts.length === 2 ? tf.add(parts[0]!, parts[1]!) : tf.clone(parts[0]!);
        tf.dispose(parts);
      }
      return outputs;
    },
  });

  const compute = async (batches: readonly number[][], step: number): Promise<ComputedStep> => {
    const micro = batches.map((batch) => ({ ...loss.collate(rows, batch, padId), batch }));
    const items = Math.max(1, micro.reduce((sum, batch) => sum + batch.items, 0));
    const result: ComputedStep = { loss: 0, grads: new Map(), metrics: [], tokens: 0, bad: [] };
    for (const [i, batch] of micro.entries()) {
      const { numbers, ...grads } = gradients(batch, { items, batches: micro.length }, step * settings.accumulation + i, result.grads);
      result.grads = new Map(Object.entries(ofGroup(grads, groups.gradient)));
      const [value, ...values] = await (numbers as tf.Tensor1D).data();
      numbers!.dispose();
      result.loss += value!;
      if (!Number.isFinite(value)) result.bad.push(i);
      result.metrics.push(loss.metrics(Object.fromEntries(sums.map((name, j) => [name, values[j]!])), batch));
      result.tokens += batch.tokens;
    }
    return result;
  };

  return {
    compute,
    /** For micro-batches to come: see `Program.prepare`. Gives the gradients that a step will have. */
    prepare(batch: readonly number[]): ShapesByName | undefined {
      const micro = { ...loss.collate(rows, batch, padId), batch };
      const inputs = shapesOf(micro.inputs);
      const referred = reference ? reference.prepare(batch.length, inputs) : {};
      if (!referred) return undefined;
      const { lora } = model;
      const dropout = settings.dropout && lora ? dropoutShapes(lora, micro.padded) : {};
      const noise: ShapesByName = settings.neftuneAlpha > 0 ? { noise: { shape: [micro.padded, model.config.hiddenSize], dtype: 'float32' } } : {};
      const fed = { ...inGroup({ ...inputs, ...referred }, groups.batch), ...inGroup(dropout, groups.dropout), ...noise, items: scalarShape, batches: scalarShape };
      const outputs = program.prepare(fed, settings.accumulation > 1);
      return outputs && ofGroup(outputs, groups.gradient);
    },
    dispose: () => program.dispose(),
  };

  /** `number` counts the micro-batches of the whole training: it gives each its own dropout and noise. */
  function gradients(micro: MicroBatch & { batch: readonly number[] }, step: { items: number; batches: number }, number: number, before: ReadonlyMap<string, tf.Tensor>) {
    const { lora } = model;
    const batch = toTensors(micro.inputs);
    Object.assign(batch, reference?.inputs(micro.batch, batch));
    const dropout = settings.dropout && lora ? toTensors(drawDropout(lora, micro.padded, createRng(settings.seed, streams.dropout + number))) : {};
    const noise = settings.neftuneAlpha > 0 ? toTensors({ noise: noiseOf(micro, number) }) : {};
    const scalars = { items: tf.scalar(step.items), batches: tf.scalar(step.batches) };
    const fed = { ...inGroup(batch, groups.batch), ...inGroup(dropout, groups.dropout), ...noise, ...scalars };
    const outputs = program.run({ ...fed, ...inGroup(Object.fromEntries(before), groups.gradient) });
    disposeAll(Object.values(fed));
    return outputs;
  }

  function noiseOf({ batch, padded, tokens }: MicroBatch & { batch: readonly number[] }, number: number): InputArray {
    const sequences = batch.length * rows.sides;
    const shape = [sequences, padded / sequences, model.config.hiddenSize] as const;
    const length = rows.starts ? tokens : Math.max(...batch.map((row) => rows.length(row)));
    return scaledNoise(settings.neftuneAlpha, length, drawNoise(number, shape), shape);
  }
}

const groups = { batch: 'batch/', dropout: 'dropout/', gradient: 'gradient/' };

function inGroup<T>(values: Readonly<Record<string, T>>, group: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [group + name, value]));
}

function ofGroup<T>(values: Readonly<Record<string, T>>, group: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (name.startsWith(group) ? [[name.slice(group.length), value]] : [])));
}
