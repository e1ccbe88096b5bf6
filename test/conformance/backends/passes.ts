/** All that a run can ask of a backend, small: every method with every loss type and adapter, generation, the optimiser. Each gives numbers to compare. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import { methods, paramsOf, type MethodId } from '../../../src/methods/index.ts';
import { rewardConfig, type ModelConfig } from '../../../src/model/config.ts';
import { memoryWeights } from '../../../src/model/weights/source.ts';
import { generate, logprobs } from '../../../src/nn/generate.ts';
import { headLimits } from '../../../src/nn/head.ts';
import { attachLora, type LoraSpec } from '../../../src/nn/lora.ts';
import { trainableVariables, type Model } from '../../../src/nn/model.ts';
import { attachTokenRows } from '../../../src/nn/tokenRows.ts';
import { createEvaluation } from '../../../src/train/evaluate.ts';
import { losses } from '../../../src/train/losses/index.ts';
import { createAdamW } from '../../../src/train/optimizer.ts';
import { packRows } from '../../../src/train/packing.ts';
import { followingReference, liveReference } from '../../../src/train/reference.ts';
import { createRowStore, type Rows } from '../../../src/train/rowStore.ts';
import { trainSettings } from '../../../src/train/settings.ts';
import { stepComputer } from '../../../src/train/step.ts';
import { disposeAll } from '../../../src/train/tensors.ts';
import { smallConfig, smallModel } from '../../unit/nn/smallModel.ts';
import { momentsOf } from '../../trajectory/tinyLoop.ts';

export type Numbers = Record<string, Float32Array>;

export interface Pass {
  readonly name: string;
  /** Left out where a pass takes seconds: others ask the same kernels. */
  readonly more?: boolean;
  run(): Promise<Numbers>;
}

interface StepOptions {
  params?: Record<string, unknown>;
  config?: ModelConfig;
  adapter?: Partial<LoraSpec>;
  tokenRows?: boolean;
  packed?: boolean;
  /** One micro-batch, and no evaluation. */
  short?: boolean;
  /** Of the logits that are kept. */
  keptBytes?: number;
  more?: boolean;
}

const lora: Partial<LoraSpec> = { dropout: 0.3 };
const dora: Partial<LoraSpec> = { dropout: 0.3, dora: true };
const untied = () => smallConfig({ tie_word_embeddings: false });

export const passes: readonly Pass[] = [
  ...methods.ids.flatMap((id) => [
    step(id, 'full training'),
    step(id, 'full training with an untied head', { config: untied(), more: true }),
    step(id, 'LoRA', { adapter: lora, more: id !== 'sft' }),
    step(id, 'DoRA', { adapter: dora, more: id !== 'dpo' }),
    ...lossVariants(id).map((params) => step(id, JSON.stringify(params), { params, short: true, more: !Array.isArray(params.loss_type) })),
  ]),
  step('sft', 'token rows', { tokenRows: true }),
  step('sft', 'token rows beside LoRA', { tokenRows: true, adapter: lora, more: true }),
  step('sft', 'an adapter with a copy of the head', { adapter: { modulesToSave: ['lm_head'] }, more: true }),
  step('sft', 'a head in parts', { keptBytes: 61 * 4 * 5 }),
  step('sft', 'packed rows', { packed: true }),
  step('sft', 'NEFTune', { params: { neftune_noise_alpha: 5 } }),
  { name: 'generation', run: () => generation() },
  { name: 'generation with DoRA', run: () => generation(dora) },
  { name: 'AdamW', run: optimiser },
  { name: 'a reference that follows', run: following },
];

/** Whatever the method's own parameters choose between. */
function lossVariants(id: MethodId): Record<string, unknown>[] {
  const choices = paramsOf(id).filter(({ name }) => name === 'loss_type' || name === 'f_divergence_type').flatMap(({ name, type, enum: values }): Record<string, unknown>[] =>
    // Loss types of a list are added up, so all of them make one step.
    type === 'strings' ? [{ [name]: values, label_smoothing: 0.2, ld_alpha: 0.5, use_weighting: true }] : values!.map((value) => ({ [name]: value })));
  const numbers: Partial<Record<MethodId, Record<string, unknown>[]>> = { cpo: [{ label_smoothing: 0.2 }, { loss_type: 'simpo', alpha: 0.5 }], reward: [{ center_rewards_coefficient: 0.1 }] };
  return [...choices, ...(numbers[id] ?? [])];
}

/** The step of a training with two micro-batches, and an evaluation: loss, metrics, every gradient. */
function step(id: MethodId, what: string, { params: changes, config = smallConfig({ pad_token_id: 0 }), adapter, tokenRows, packed, short, keptBytes, more }: StepOptions = {}): Pass {
  return {
    name: `${id}: ${what}`,
    more,
    async run() {
      const kept = headLimits.keptBytes;
      if (keptBytes) headLimits.keptBytes = keptBytes;
      const own = methods.get(id).head === 'score' ? rewardConfig(config, 0) : config;
      const [model, original] = [await smallModel(own, 1), await smallModel(own, 2)];
      try {
        await attach(model, adapter, tokenRows);
        const params = { ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...methods.get(id).smoke, ...changes };
        const loss = losses[id](params);
        const reference = loss.reference && liveReference(loss, original);
        const rows = packed ? packRows(someRows(id), 24, 'bfd') : someRows(id);
        const shared = { model, loss, rows, padId: 0, reference };
        const variables = trainableVariables(model);
        const all = Array.from({ length: rows.count }, (_, row) => row);
        const steps = stepComputer({ ...shared, settings: trainSettings(params, 3) }, variables);
        const { loss: value, grads, metrics } = await steps.compute(short ? [all.slice(0, 3)] : [all.slice(0, 2), all.slice(2)], 0);
        const evaluation = createEvaluation({ ...shared, batchSize: 3, attend: () => Promise.resolve() });
        // Margins are the difference of two others.
        const told = Object.entries({ ...metrics[0]!, ...(short ? {} : await evaluation.run()) }).filter(([name]) => !/runtime|per_second|margins/.test(name));
        steps.dispose();
        evaluation.dispose();
        return { ...Object.fromEntries(told.map(([name, number]) => [name, Float32Array.of(number)])), loss: Float32Array.of(value), ...(await read(Object.fromEntries(grads))) };
      } finally {
        headLimits.keptBytes = kept;
        model.dispose();
        original.dispose();
      }
    },
  };
}

async function attach(model: Model, adapter?: Partial<LoraSpec>, tokenRows?: boolean): Promise<void> {
  if (adapter) {
    const { pairs } = await attachLora(model, { r: 3, alpha: 6, dropout: 0, targetModules: 'all-linear', rslora: false, ...adapter }, { seed: 1 });
    const rng = createRng(8);
    for (const { b } of pairs.values()) tf.tidy(() => b.assign(tf.tensor(Float32Array.from({ length: b.size }, () => 0.2 * rng.normal()), b.shape)));
  }
  if (tokenRows) await attachTokenRows(model, [5, 60, 2], { freezeRest: adapter !== undefined });
}

/** Rows of unequal lengths, none a multiple of four. */
export function someRows(id: MethodId): Rows {
  const rng = createRng(3);
  const store = createRowStore(61, 'rows');
  const sides = (methods.get(id).accepts as readonly string[]).includes('preference') && !methods.get(id).unpaired ? (['chosen', 'rejected'] as const) : (['row'] as const);
  for (let line = 1; line <= 4; line++) {
    const prompt = Array.from({ length: 2 + line }, () => rng.below(60));
    store.add({
      line,
      problems: [],
      sides: sides.map((side, i) => {
        const ids = [...prompt, ...Array.from({ length: 3 + 2 * line + i }, () => rng.below(60))];
        return { side, ids, trained: ids.map((_, t) => (t < prompt.length ? 0 : 1)), promptLength: prompt.length, truncatedFrom: null, dropped: null, target: line % 2 };
      }),
    });
  }
  return store;
}

async function generation(adapter?: Partial<LoraSpec>): Promise<Numbers> {
  const model = await smallModel(smallConfig(), 1);
  await attach(model, adapter);
  const prompts = [[1, 2, 3, 4, 5], [7], [9, 8, 7]];
  const result: Numbers = {};
  for (const [name, settings] of Object.entries({ greedy: {}, sampled: { temperature: 0.8, topP: 0.9, topK: 20, seed: 4 } })) {
    const completions = await generate(model, prompts, { maxNewTokens: 7, eosIds: [], ...settings });
    completions.forEach(({ ids, logps }, i) => {
      result[`${name} ids ${i}`] = Float32Array.from(ids);
      result[`${name} logps ${i}`] = Float32Array.from(logps);
    });
  }
  for (const [i, logps] of (await logprobs(model, [[3, 1, 4, 1, 5, 9, 2], [6, 5], [3, 5, 8]])).entries()) result[`logprobs ${i}`] = Float32Array.from(logps, (logp) => logp ?? 0);
  model.dispose();
  return result;
}

/** Three updates, the second half of them by an optimiser that took up the moments of the first. */
async function optimiser(): Promise<Numbers> {
  const rng = createRng(6);
  const draw = (shape: number[]) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()), shape);
  const shapes: Record<string, number[]> = { 'a.weight': [7, 11], 'long.weight': [3, 22_001], 'b.norm.weight': [1] };
  const variables = new Map(Object.entries(shapes).map(([name, shape]) => [name, tf.tidy(() => tf.variable(draw(shape)))]));
  const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 };
  let optimizer = createAdamW(variables, options);
  const norms: number[] = [];
  for (let step = 0; step < 3; step++) {
    if (step === 2) {
      const moments = memoryWeights(await momentsOf(optimizer));
      optimizer.dispose();
      optimizer = createAdamW(variables, options);
      await optimizer.load(moments, 2);
    }
    const grads = new Map(Object.entries(shapes).map(([name, shape]) => [name, draw(shape)]));
    norms.push(await optimizer.norm(grads));
    optimizer.step(grads, 0.01, step === 0 ? 1 : 0.7);
    disposeAll(grads.values());
  }
  const moments = Object.fromEntries([...(await momentsOf(optimizer))].map(([name, { data }]) => [name, data]));
  optimizer.dispose();
  return { norms: Float32Array.from(norms), ...moments, ...(await read(Object.fromEntries(variables))) };
}

async function following(): Promise<Numbers> {
  const [model, policy] = [await smallModel(smallConfig(), 1), await smallModel(smallConfig(), 2)];
  followingReference(losses.dpo(Object.fromEntries(paramsOf('dpo').map((param) => [param.name, param.default]))), model, policy, { alpha: 0.3, every: 1 }).afterStep!(1);
  const result: Numbers = {};
  for (const [name, variable] of model.params) result[name] = ((await variable.data()) as Float32Array).slice();
  model.dispose();
  policy.dispose();
  return result;
}

/** Copies of what tensors hold; they are disposed. */
async function read(tensors: Record<string, tf.Tensor>): Promise<Numbers> {
  const result: Numbers = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    result[name] = Float32Array.from(await tensor.data());
    tensor.dispose();
  }
  return result;
}
