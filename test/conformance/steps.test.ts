/** Three steps of every method and adapter on TensorFlow: compiled, everything is what it is op by op; and no method's step, with whatever loss, is left to run op by op. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import { methods, paramsOf, type MethodId } from '../../src/methods/index.ts';
import { rewardConfig } from '../../src/model/config.ts';
import { attachLora, type LoraSpec } from '../../src/nn/lora.ts';
import { trainableVariables } from '../../src/nn/model.ts';
import { attachTokenRows } from '../../src/nn/tokenRows.ts';
import { createEvaluation, type Evaluation } from '../../src/train/evaluate.ts';
import { losses } from '../../src/train/losses/index.ts';
import { clipScale, createAdamW, type Optimizer } from '../../src/train/optimizer.ts';
import { packRows } from '../../src/train/packing.ts';
import { followingReference, type Reference } from '../../src/train/reference.ts';
import { trainSettings } from '../../src/train/settings.ts';
import { stepComputer } from '../../src/train/step.ts';
import { disposeAll } from '../../src/train/tensors.ts';
import { missingBackend } from '../backendProcess.ts';
import { someRows } from './backends/passes.ts';
import { momentsOf } from '../trajectory/tinyLoop.ts';
import { smallConfig, smallModel } from '../unit/nn/smallModel.ts';

interface Training {
  params?: Record<string, unknown>;
  adapter?: Partial<LoraSpec>;
  tokenRows?: boolean;
  packed?: boolean;
  untied?: boolean;
  accumulation?: number;
}

const dropout: Training = { adapter: { dropout: 0.3 }, params: { use_peft: true, lora_dropout: 0.3 } };
type Case = readonly [method: MethodId, what: string, training: Training];

/** These train, compiled and op by op. */
const trainings: readonly Case[] = [
  ...methods.ids.map((id): Case => [id, 'full training', { accumulation: 3 }]),
  ['sft', 'LoRA with dropout', { ...dropout, accumulation: 3 }],
  ['sft', 'DoRA', { adapter: { dora: true } }],
  ['sft', 'token rows', { tokenRows: true }],
  ['sft', 'token rows beside LoRA', { tokenRows: true, adapter: {} }],
  ['sft', 'an adapter with a copy of the head', { adapter: { modulesToSave: ['lm_head'] } }],
  ['sft', 'packed rows', { packed: true, accumulation: 2 }],
  ['sft', 'NEFTune', { params: { neftune_noise_alpha: 5 }, accumulation: 3 }],
];

/** These are recorded: nothing in them may be left to run op by op. */
const recordings: readonly Case[] = methods.ids.flatMap((id): Case[] => [
  [id, 'full training with an untied head', { untied: true }],
  [id, 'LoRA with dropout', dropout],
  [id, 'DoRA', { adapter: { dora: true } }],
  ...lossVariants(id).map((params): Case => [id, JSON.stringify(params), { params }]),
]);

/** Whatever the method's own parameters choose between. */
function lossVariants(id: MethodId): Record<string, unknown>[] {
  return paramsOf(id).filter(({ name }) => name === 'loss_type' || name === 'f_divergence_type').flatMap(({ name, type, enum: values }): Record<string, unknown>[] =>
    // Loss types of a list are added up, so all of them make one step.
    type === 'strings' ? [{ [name]: values, label_smoothing: 0.2, ld_alpha: 0.5, use_weighting: true }] : values!.map((value) => ({ [name]: value })));
}

const skip = missingBackend('tensorflow');
const told: string[] = [];
before(async () => {
  if (!skip) await openBackend('tensorflow', { threads: 2, warn: (message) => told.push(message) });
});

for (const [id, what, training] of trainings) {
  test(`${id}: ${what}`, { skip }, async () => {
    const compiled = await train(id, training);
    assert.deepEqual(told, []);
    const backend = tf.backend() as { recorder?: unknown };
    const { recorder } = backend;
    delete backend.recorder;
    try {
      const expected = await train(id, training);
      assert.deepEqual([...compiled.keys()], [...expected.keys()]);
      for (const [name, values] of expected) {
        const scale = Math.max(1e-3, ...values.map(Math.abs));
        compiled.get(name)!.forEach((value, i) => assert.ok(Object.is(value, values[i]) || Math.abs(value - values[i]!) <= 2e-4 * scale, `${name}[${i}] is ${value}, op by op ${values[i]}`));
      }
    } finally {
      backend.recorder = recorder;
    }
  });
}

for (const [id, what, training] of recordings) {
  test(`${id} is recorded: ${what}`, { skip }, async () => {
    await withTraining(id, training, async ({ steps, optimizer, evaluation, all }) => {
      for (const batch of [all, all.slice(1)]) {
        const gradients = steps.prepare(batch);
        assert.deepEqual(told, []);
        optimizer.prepare(gradients!);
      }
      await evaluation.prepare();
      assert.deepEqual(told, []);
    });
  });
}

/** Losses, metrics, gradients and evaluation of three steps, and the weights and moments after them. */
async function train(id: MethodId, training: Training): Promise<Map<string, readonly number[]>> {
  const result = new Map<string, readonly number[]>();
  await withTraining(id, training, async ({ steps, optimizer, evaluation, reference, variables, all }) => {
    const { accumulation = 1 } = training;
    const batches = accumulation === 1 ? [all] : all.slice(0, accumulation).map((row) => (row === accumulation - 1 ? all.slice(row) : [row]));
    for (let step = 0; step < 3; step++) {
      const { loss: value, grads, metrics } = await steps.compute(batches, step);
      result.set(`loss ${step}`, [value]);
      metrics.forEach((one, i) => Object.entries(one).forEach(([name, number]) => result.set(`${name} ${step} ${i}`, [number])));
      const norm = await optimizer.norm(grads);
      result.set(`norm ${step}`, [norm]);
      if (step === 1) for (const [name, grad] of grads) result.set(`gradient of ${name}`, [...grad.dataSync()]);
      optimizer.step(grads, 0.01, clipScale(norm, step === 0 ? 0 : norm / 2));
      disposeAll(grads.values());
      reference?.afterStep?.(step + 1);
    }
    for (const [name, number] of Object.entries(await evaluation.run())) if (!/runtime|per_second/.test(name)) result.set(name, [number]);
    for (const [name, variable] of variables) result.set(name, [...variable.dataSync()]);
    for (const [name, { data }] of await momentsOf(optimizer)) result.set(name, [...data]);
  });
  return result;
}

interface Parts {
  steps: ReturnType<typeof stepComputer>;
  optimizer: Optimizer;
  evaluation: Evaluation;
  reference?: Reference;
  variables: ReadonlyMap<string, tf.Variable>;
  all: number[];
}

async function withTraining(id: MethodId, { params: changes, adapter, tokenRows, packed, untied, accumulation = 1 }: Training, work: (parts: Parts) => Promise<void>): Promise<void> {
  const config = smallConfig({ pad_token_id: 0, tie_word_embeddings: untied !== true });
  const own = methods.get(id).head === 'score' ? rewardConfig(config, 0) : config;
  const [model, original] = [await smallModel(own, 1), await smallModel(own, 2)];
  const params = { ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...methods.get(id).smoke, gradient_accumulation_steps: accumulation, weight_decay: 0.1, ...changes };
  if (adapter) await attachLora(model, { r: 3, alpha: 6, dropout: 0, targetModules: 'all-linear', rslora: false, ...adapter }, { seed: 1 });
  if (tokenRows) await attachTokenRows(model, [5, 60, 2], { freezeRest: adapter !== undefined });
  const loss = losses[id](params);
  const reference = loss.reference && followingReference(loss, original, model, { alpha: 0.3, every: 2 });
  const rows = packed ? packRows(someRows(id), 24, 'bfd') : someRows(id);
  const settings = trainSettings(params, 3);
  const shared = { model, loss, rows, padId: 0, reference };
  const variables = trainableVariables(model);
  const steps = stepComputer({ ...shared, settings }, variables);
  const optimizer = createAdamW(variables, settings);
  const evaluation = createEvaluation({ ...shared, batchSize: 3, attend: () => Promise.resolve() });
  try {
    await work({ steps, optimizer, evaluation, reference, variables, all: Array.from({ length: rows.count }, (_, row) => row) });
  } finally {
    for (const one of [steps, optimizer, evaluation, model, original]) one.dispose();
  }
}
