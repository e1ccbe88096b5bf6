/** What must not change the course of a training, as tests over any backend. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { collateCausal } from '../../src/train/batch.ts';
import { losses } from '../../src/train/losses/index.ts';
import type { Loss } from '../../src/train/losses/loss.ts';
import { distance, runLoop, someRows, type ModelOptions } from './tinyLoop.ts';

export interface Equivalence {
  name: string;
  run: (t: TestContext) => Promise<void>;
}

/** `exact`: whether the same computation gives the same bits on this backend. `few`: a quarter of the steps, for a slow one. */
export function equivalences({ exact, few = false }: { exact: boolean; few?: boolean }): Equivalence[] {
  const all: Equivalence[] = [];
  const test = (name: string, run: Equivalence['run']) => void all.push({ name, run });
  const near = (a: number, b: number, what: string, tolerance = 2e-6) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);

  test('one batch of 8 is the same as 8 accumulated batches of 1', async (t) => {
    const whole = await runLoop({ params: { per_device_train_batch_size: 8, max_steps: few ? 2 : 6 } });
    const parts = await runLoop({ params: { per_device_train_batch_size: 1, gradient_accumulation_steps: 8, max_steps: few ? 2 : 6 } });
    for (const [step, metrics] of whole.metrics) {
      const other = parts.metrics.get(step)!;
      // Entropy and accuracy are means of ratios of micro-batches (as TRL's), so they may differ.
      for (const key of ['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'epoch']) near(metrics[key]!, other[key]!, `step ${step} ${key}`, 1e-5);
    }
    const furthest = distance(whole.weights, parts.weights);
    t.diagnostic(`weights differ by ${furthest.toExponential(1)}`);
    assert.ok(furthest < 2e-5, `weights differ by ${furthest}`);
  });

  test('more padding changes nothing', async () => {
    const plain = await runLoop({ params: { per_device_train_batch_size: 4, max_steps: 4 } });
    const padded: Loss = {
      ...losses.sft({}),
      collate(rows, batch, padId) {
        const micro = collateCausal(rows, batch, padId);
        const { ids, positions } = micro.inputs as { ids: { shape: number[]; data: Int32Array; dtype: 'int32' }; positions: { shape: number[]; data: Int32Array; dtype: 'int32' } };
        const [count, time] = ids.shape as [number, number];
        const wide = time + 24;
        const data = new Int32Array(count * wide).fill(77);
        for (let b = 0; b < count; b++) data.set(ids.data.subarray(b * time, (b + 1) * time), b * wide);
        const moved = positions.data.map((at) => Math.floor(at / time) * wide + (at % time));
        return { ...micro, inputs: { ...micro.inputs, ids: { ...ids, shape: [count, wide], data }, positions: { ...positions, data: moved } } };
      },
    };
    const more = await runLoop({ params: { per_device_train_batch_size: 4, max_steps: 4 }, loss: padded });
    for (const [step, metrics] of plain.metrics) for (const [key, value] of Object.entries(metrics)) near(value, more.metrics.get(step)![key]!, `step ${step} ${key}`, 1e-5);
  });

  const kinds: [what: string, model: ModelOptions, params: Record<string, unknown>][] = [
    ['full training', {}, {}],
    ['an adapter with dropout', { lora: true }, { use_peft: true, lora_dropout: 0.1 }],
    ['token rows in a frozen embedding', { tokenRows: [5, 2] }, {}],
  ];
  for (const [what, model, params] of kinds) {
    test(`resumed is uninterrupted: ${what}`, async () => {
      const [steps, saved] = few ? [3, 1] : [11, 5];
      const shared = { params: { per_device_train_batch_size: 2, gradient_accumulation_steps: 2, max_steps: steps, logging_steps: 2, train_sampling_strategy: 'random', save_steps: saved, weight_decay: 0.01, ...params }, model };
      const whole = await runLoop(shared);
      const resumed = await runLoop({ ...shared, resumeFrom: whole.snapshots.get(saved)! });
      assert.deepEqual([...resumed.metrics.keys()], [...whole.metrics.keys()].filter((step) => step > saved));
      for (const [step, metrics] of resumed.metrics) {
        if (exact) assert.deepEqual(metrics, whole.metrics.get(step));
        else for (const [key, value] of Object.entries(metrics)) near(value, whole.metrics.get(step)![key]!, `step ${step} ${key}`, 1e-5);
      }
      const furthest = distance(whole.weights, resumed.weights);
      assert.ok(exact ? furthest === 0 : furthest < 2e-5, `weights differ by ${furthest}`);
    });
  }

  test('the same seed gives the same run, another seed another one', async () => {
    const params = { per_device_train_batch_size: 4, max_steps: 5, train_sampling_strategy: 'random' };
    const [first, second, other] = [await runLoop({ params, seed: 1 }), await runLoop({ params, seed: 1 }), await runLoop({ params, seed: 2 })];
    if (exact) assert.deepEqual([...first.metrics], [...second.metrics]);
    assert.ok(distance(first.weights, second.weights) <= (exact ? 0 : 1e-6));
    assert.ok(distance(first.weights, other.weights) > 1e-4);
  });

  test('only the named rows of the embedding change', async () => {
    const { model, weights } = await runLoop({ params: { per_device_train_batch_size: 4, max_steps: 3, weight_decay: 0.1 }, model: { tokenRows: [5, 2] } });
    assert.ok(!weights.has('model.embed_tokens.weight'), 'the embedding as a whole does not train');
    assert.ok(weights.has('model.layers.0.mlp.down_proj.weight'), 'the rest does');
    assert.deepEqual(weights.get(model.tokenRows!.name)!.length, 2 * 64);
  });

  test('the loss of a few rows learnt by heart goes to zero', async () => {
    const { metrics } = await runLoop({ params: { per_device_train_batch_size: 4, max_steps: 60, learning_rate: 5e-3, logging_steps: 60 }, rows: someRows(4) });
    assert.ok(metrics.get(60)!.mean_token_accuracy! > 0.6, JSON.stringify(metrics.get(60)));
  });

  test('the number of tensors is flat over 200 steps', async () => {
    const counts = new Set<number>();
    await runLoop({
      params: { per_device_train_batch_size: 2, max_steps: 200, train_sampling_strategy: 'random', lora_dropout: 0.1, use_peft: true },
      model: { lora: true },
      rows: someRows(30),
      hooks: {
        requests: () => {
          counts.add(tf.memory().numTensors);
          return Promise.resolve([]);
        },
      },
    });
    // Tables for positions are kept per length; all lengths have come up after the first epochs.
    assert.ok(counts.size <= 12, `${[...counts].join(', ')}`);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 36, `${[...counts].join(', ')}`);
  });

  test('a loss that is not finite is told with its rows, skipped, and ends the run when it stays', async () => {
    const poison = { prepare: (model: { params: ReadonlyMap<string, tf.Variable> }) => model.params.get('model.norm.weight')!.assign(tf.mul(tf.ones([64]), NaN)) };
    await assert.rejects(runLoop({ params: { per_device_train_batch_size: 2, max_steps: 20 }, ...poison }), /broke down.*lower learning_rate/s);
    const warnings: string[] = [];
    await assert.rejects(runLoop({ params: { per_device_train_batch_size: 2, max_steps: 20 }, ...poison, hooks: { warning: (_code, message) => void warnings.push(message) } }));
    assert.match(warnings[0]!, /Step 1: the loss is NaN; the step was skipped.*Rows in this batch: rows\.jsonl:1, 2\./);
  });
  return all;
}
