/** What must hold of DPO whatever its settings: swapped pairs, padding, accumulation, remembered references, seeds. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import { dpoLossTypes } from '../../src/methods/dpo.ts';
import { paramsOf } from '../../src/methods/index.ts';
import { losses } from '../../src/train/losses/index.ts';
import type { InputArray, Loss } from '../../src/train/losses/loss.ts';
import { createEvaluation } from '../../src/train/evaluate.ts';
import { followingReference, liveReference, referenceValues, rememberedReference, withoutAdapter } from '../../src/train/reference.ts';
import type { Rows } from '../../src/train/rowStore.ts';
import type { Model } from '../../src/nn/model.ts';
import { distance, runLoop, somePairs, tinyModel } from './tinyLoop.ts';

const defaults = Object.fromEntries(paramsOf('dpo').map((param) => [param.name, param.default]));
const dpo = (params: Record<string, unknown> = {}): Loss => losses.dpo({ ...defaults, ...params });
const near = (a: number, b: number, what: string, tolerance = 1e-5) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);

/** A model that has moved away from its reference. */
async function movedModel(): Promise<Model> {
  const { model } = await runLoop({ params: { per_device_train_batch_size: 4, max_steps: 3 } });
  return model;
}

describe('dpo', () => {
  let reference: Model;
  let policy: Model;
  before(async () => {
    await openBackend('wasm');
    reference = await tinyModel();
    policy = await movedModel();
  });
  const measure = (loss: Loss, rows: Rows, batchSize = 4) => createEvaluation({ model: policy, loss, rows, batchSize, padId: 0, reference: liveReference(loss, reference), attend: () => Promise.resolve() }).run();

  test('a swapped pair has the negated margin', async () => {
    const [straight, swapped] = [await measure(dpo(), somePairs(8)), await measure(dpo(), somePairs(8, { swapped: true }))];
    assert.ok(Math.abs(straight['eval_rewards/margins']!) > 1e-3, 'the model has moved');
    near(straight['eval_rewards/margins']!, -swapped['eval_rewards/margins']!, 'margins');
    for (const name of ['rewards', 'logps']) near(straight[`eval_${name}/chosen`]!, swapped[`eval_${name}/rejected`]!, name);
    // −log σ(−x) = x − log σ(x)
    near(swapped.eval_loss! - straight.eval_loss!, straight['eval_rewards/margins']!, 'loss');
    near(straight['eval_rewards/accuracies']! + swapped['eval_rewards/accuracies']!, 1, 'accuracies');
  });

  /** What each pair's loss is of x = β · margin, for the types that know nothing else of the pair. */
  const ofMargin: Record<string, (x: number) => number> = {
    sigmoid: (x) => Math.log1p(Math.exp(-x)),
    hinge: (x) => Math.max(0, 1 - x),
    robust: (x) => (0.9 * Math.log1p(Math.exp(-x)) - 0.1 * Math.log1p(Math.exp(x))) / 0.8,
    exo_pair(x) {
      const q = 1 / (1 + Math.exp(-x));
      return q * (Math.log(q) - Math.log(0.9)) + (1 - q) * (Math.log(1 - q) - Math.log(0.1));
    },
    discopop(x) {
      const share = 1 / (1 + Math.exp(-x / 0.05));
      return Math.log1p(Math.exp(-x)) * (1 - share) + Math.exp(-x) * share;
    },
  };
  for (const [type, formula] of Object.entries(ofMargin)) {
    test(`${type} is its formula of the margin, and of the negated margin for a swapped pair`, async () => {
      const loss = dpo({ loss_type: [type], label_smoothing: 0.1 });
      for (const swapped of [false, true]) {
        // One pair, so that means are of one number.
        const found = await measure(loss, somePairs(1, { swapped, seed: 4 }));
        near(found.eval_loss!, formula(found['eval_rewards/margins']!), `swapped: ${swapped}`);
      }
    });
  }

  for (const loss_type of dpoLossTypes) {
    test(`${loss_type}: padding changes nothing`, async () => {
      const loss = dpo({ loss_type: [loss_type], label_smoothing: 0.1, ld_alpha: 0.5, use_weighting: !loss_type.startsWith('aot') });
      const padded: Loss = { ...loss, collate: (rows, batch, padId) => widened(loss.collate(rows, batch, padId)) };
      const [plain, more] = [await measure(loss, somePairs(6)), await measure(padded, somePairs(6))];
      for (const [name, value] of Object.entries(plain)) if (!/runtime|per_second/.test(name)) near(value, more[name]!, name);
    });
  }

  test('one batch of 8 is the same as 8 accumulated batches of 1', async () => {
    const params = { max_steps: 4, learning_rate: 1e-3 };
    const run = (more: Record<string, unknown>) => runLoop({ params: { ...params, ...more }, rows: somePairs(16), loss: dpo({ loss_type: ['sigmoid', 'ipo'] }), reference: () => liveReference(dpo(), reference) });
    const [whole, parts] = [await run({ per_device_train_batch_size: 8 }), await run({ per_device_train_batch_size: 1, gradient_accumulation_steps: 8 })];
    for (const [step, metrics] of whole.metrics) for (const name of ['loss', 'grad_norm', 'rewards/margins', 'logps/chosen']) near(metrics[name]!, parts.metrics.get(step)![name]!, `step ${step} ${name}`, 2e-5);
    assert.ok(distance(whole.weights, parts.weights) < 2e-5);
  });

  test('a pair is not won by rounding', async () => {
    const [rows, loss] = [somePairs(8), dpo()];
    const values = await referenceValues({ loss, model: policy, rows, batchSize: 8, padId: 0, attend: () => Promise.resolve() });
    const accuracy = async (shift: number) => {
      const shifted = new Map([...values].map(([name, all]) => [name, name === 'refRejected' ? all.map((value) => value * (1 + shift)) : all]));
      return (await createEvaluation({ model: policy, loss, rows, batchSize: 8, padId: 0, reference: rememberedReference(shifted), attend: () => Promise.resolve() }).run())['eval_rewards/accuracies'];
    };
    // The rejected answers' rewards are a bit too low for the same model.
    assert.equal(await accuracy(-1e-7), 0);
    assert.equal(await accuracy(-1e-4), 1);
  });

  test('what the reference said before is what it says', async () => {
    const rows = somePairs(16);
    const loss = dpo({ ld_alpha: 0.3 });
    const done: number[] = [];
    const values = await referenceValues({ loss, model: reference, rows, batchSize: 5, padId: 0, attend: (count) => Promise.resolve(void done.push(count)) });
    assert.deepEqual(done, [5, 10, 15, 16]);
    assert.deepEqual([...values].map(([name, { length }]) => [name, length]), [['refChosen', 16], ['refRejected', 16]]);
    const run = (remembered: boolean) => runLoop({ params: { per_device_train_batch_size: 4, max_steps: 6, train_sampling_strategy: 'random' }, rows, loss, reference: () => (remembered ? rememberedReference(values) : liveReference(loss, reference)) });
    const [live, remembered] = [await run(false), await run(true)];
    for (const [step, metrics] of live.metrics) for (const [name, value] of Object.entries(metrics)) near(value, remembered.metrics.get(step)![name]!, `step ${step} ${name}`, 2e-5);
    assert.ok(distance(live.weights, remembered.weights) < 2e-5);
  });

  test('the same seed gives the same run, another one another', async () => {
    const run = (seed: number) => runLoop({ params: { per_device_train_batch_size: 4, max_steps: 4, train_sampling_strategy: 'random' }, seed, rows: somePairs(16), loss: dpo(), reference: () => liveReference(dpo(), reference) });
    const [first, second, other] = [await run(1), await run(1), await run(2)];
    assert.deepEqual([...first.metrics], [...second.metrics]);
    assert.equal(distance(first.weights, second.weights), 0);
    assert.ok(distance(first.weights, other.weights) > 1e-4);
  });

  test('dropout is off, unless disable_dropout is', async () => {
    const run = (disable_dropout: boolean, dropout: number) => runLoop({
      params: { per_device_train_batch_size: 4, max_steps: 3, use_peft: true, disable_dropout }, model: { lora: true }, rows: somePairs(8), loss: dpo(), reference: (model) => liveReference(dpo(), withoutAdapter(model)),
      prepare(model) {
        // With B zero nothing goes through the masks.
        for (const { b } of model.lora!.pairs.values()) b.assign(tf.fill(b.shape, 0.05));
        model.lora!.spec.dropout = dropout;
      },
    });
    const [off, on, none] = [await run(true, 0.1), await run(false, 0.1), await run(false, 0)];
    assert.notEqual(off.metrics.get(1)!.loss, on.metrics.get(1)!.loss);
    assert.deepEqual([...off.metrics], [...none.metrics]);
  });

  test("NEFTune's noise is on the model while it trains, not on its reference", async () => {
    const run = (neftune_noise_alpha: number | null) => runLoop({ params: { per_device_train_batch_size: 4, max_steps: 1, neftune_noise_alpha }, rows: somePairs(8), loss: dpo(), reference: () => liveReference(dpo(), reference) });
    const [without, noisy] = [(await run(null)).metrics.get(1)!, (await run(5)).metrics.get(1)!];
    assert.equal(without['rewards/chosen'], 0);
    assert.notEqual(noisy['rewards/chosen'], 0);
    near(noisy['rewards/chosen']!, 0.1 * (noisy['logps/chosen']! - without['logps/chosen']!), 'the reference has no noise', 1e-4);
  });

  test('a reference that follows moves by alpha, every so many steps', async () => {
    const follower = await tinyModel();
    const start = (await follower.params.get('model.norm.weight')!.data()).slice();
    const follow = followingReference(dpo(), follower, policy, { alpha: 0.25, every: 3 });
    follow.afterStep!(1);
    follow.afterStep!(2);
    assert.deepEqual(await follower.params.get('model.norm.weight')!.data(), start);
    follow.afterStep!(3);
    const target = await policy.params.get('model.norm.weight')!.data();
    (await follower.params.get('model.norm.weight')!.data()).forEach((value, i) => near(value, 0.75 * start[i]! + 0.25 * target[i]!, `entry ${i}`, 1e-6));
    assert.ok(target.some((value, i) => value !== start[i]));
    follower.dispose();
  });
});

/** The same micro-batch with 24 more positions a sequence, which hold another token than the one that pads. */
function widened(micro: ReturnType<Loss['collate']>): ReturnType<Loss['collate']> {
  const { ids, positions } = micro.inputs as Record<'ids' | 'positions', InputArray>;
  const [count, time] = ids.shape as [number, number];
  const wide = time + 24;
  const spread = ({ data, dtype }: InputArray, fill: number): InputArray => {
    const more = new Int32Array(count * wide).fill(fill);
    for (let s = 0; s < count; s++) more.set(data.subarray(s * time, (s + 1) * time), s * wide);
    return { shape: [count, wide], dtype, data: more };
  };
  const places = ['places', 'holeFrom', 'holeTo'].filter((name) => micro.inputs[name]).map((name) => [name, spread(micro.inputs[name]!, 0)]);
  const moved = Int32Array.from(positions.data, (at) => Math.floor(at / time) * wide + (at % time));
  return { ...micro, inputs: { ...micro.inputs, ids: spread(ids, 77), ...Object.fromEntries(places), positions: { ...positions, data: moved } } };
}
