/** What a reference model says of the rows that are trained on: the numbers that a preference loss measures the policy against. */

import * as tf from '@tensorflow/tfjs-core';
import type { ShapesByName } from '../backend/program.ts';
import type { Model } from '../nn/model.ts';
import { createProgram, type Program } from '../nn/program.ts';
import type { Loss, LossTensors } from './losses/loss.ts';
import type { Rows } from './rowStore.ts';
import { disposeAll, toTensors } from './tensors.ts';

export interface Reference {
  /** For the rows of a micro-batch, one number a row under each name that the loss asks for. The caller disposes them. */
  inputs(batch: readonly number[], inputs: LossTensors): Record<string, tf.Tensor>;
  /** Shapes of what `inputs` will give for so many rows and inputs of these shapes; undefined where nothing is recorded. */
  prepare(rows: number, inputs: ShapesByName): ShapesByName | undefined;
  /** After each optimiser step, counted from 1. */
  afterStep?(step: number): void;
}

/** Computes with `model` on every batch. For LoRA that is the policy with its adapter off: see `withoutAdapter`. */
export function liveReference(loss: Loss, model: Model): Reference {
  const program = referenceProgram(loss, model);
  return { inputs: (_batch, inputs) => program.run(inputs), prepare: (_rows, inputs) => program.prepare(inputs) };
}

function referenceProgram(loss: Loss, model: Model): Program {
  return createProgram({ name: 'the reference', compute: (inputs) => loss.reference!(model, inputs) });
}

/**
 * TR-DPO (Gorbatovski et al. 2024, arXiv 2404.09656): every `every` steps the reference moves towards the policy,
 * π_ref ← α · π + (1 − α) · π_ref, weight by weight.
 */
export function followingReference(loss: Loss, model: Model, policy: Model, { alpha, every }: { alpha: number; every: number }): Reference {
  const follow = createProgram({
    name: 'the move of the reference',
    compute() {
      for (const [name, variable] of model.params) tf.tidy(() => variable.assign(tf.add(tf.mul(variable, 1 - alpha), tf.mul(policy.params.get(name)!, alpha))));
      return {};
    },
  });
  return {
    ...liveReference(loss, model),
    afterStep(step) {
      if (step % every === 0) follow.run({});
    },
  };
}

/** The reference's numbers of all rows, one a row under each name. */
export type ReferenceValues = ReadonlyMap<string, Float32Array>;

/** Looks up what was computed before. */
export function rememberedReference(values: ReferenceValues): Reference {
  return {
    inputs: (batch) => Object.fromEntries([...values].map(([name, all]) => [name, tf.tensor1d(Float32Array.from(batch, (row) => all[row]!))])),
    prepare: (rows) => Object.fromEntries([...values.keys()].map((name) => [name, { shape: [rows], dtype: 'float32' }])),
  };
}

export interface ReferencePass {
  loss: Loss;
  model: Model;
  rows: Rows;
  batchSize: number;
  padId: number;
  /** Awaited after each batch with the number of rows done; what it throws ends the pass. */
  attend: (done: number) => Promise<void>;
}

/** Every row once, in order. */
export async function referenceValues({ loss, model, rows, batchSize, padId, attend }: ReferencePass): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  const program = referenceProgram(loss, model);
  for (let from = 0; from < rows.count; from += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, rows.count - from) }, (_, i) => from + i);
    const inputs = toTensors(loss.collate(rows, batch, padId).inputs);
    const found = program.run(inputs);
    disposeAll(Object.values(inputs));
    for (const [name, tensor] of Object.entries(found)) {
      let all = values.get(name);
      if (!all) values.set(name, (all = new Float32Array(rows.count)));
      all.set((await tensor.data()) as Float32Array, from);
      tensor.dispose();
    }
    await attend(from + batch.length);
  }
  program.dispose();
  return values;
}

/** The model as it was before its adapter: the same weights, nothing is copied. What is attached to it is its own. */
export function withoutAdapter(model: Model): Model {
  return {
    ...model,
    lora: undefined,
    tokenRows: undefined,
    frozen: new Set(model.frozen),
    dispose() {
      this.lora?.dispose();
      this.tokenRows?.dispose();
    },
  };
}
