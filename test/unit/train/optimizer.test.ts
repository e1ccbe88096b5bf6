/** AdamW and clipping against torch's numbers, fused and in tensor operations. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../../src/backend/index.ts';
import { memoryWeights } from '../../../src/model/weights/source.ts';
import { clipScale, createAdamW, decays } from '../../../src/train/optimizer.ts';
import { momentsOf } from '../../trajectory/tinyLoop.ts';

const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const gradients = [[0.5, -0.25, 1e-9], [0.1, 0.2, 0], [-1, 0.3, 2e-9]];
/** torch.optim.AdamW(lr=0.1, weight_decay=0.1) from [1, -2, 0.5] over these gradients. */
const torch = [0.8215333819389343, -1.8772547245025635, 0.4626765549182892];

describe('AdamW', () => {
  before(async () => void (await openBackend('cpu')));

  // The tensor version is for backends whose memory cannot be reached; here the cpu backend plays one of them.
  for (const [kind, fused] of [['fused', true], ['in tensor operations', false]] as const) {
    test(`${kind}: three steps are torch's`, () => {
      const variables = new Map([['w', tf.variable(tf.tensor1d([1, -2, 0.5]))]]);
      const optimizer = createAdamW(variables, options, fused);
      for (const gradient of gradients) {
        const grads = new Map([['w', tf.tensor1d(gradient)]]);
        optimizer.step(grads, 0.1, 1);
      }
      assert.equal(optimizer.steps, 3);
      variables.get('w')!.dataSync().forEach((value, i) => assert.ok(Math.abs(value - torch[i]!) < 1e-6, `${value} and ${torch[i]}`));
    });

    test(`${kind}: moments are kept and taken up again`, async () => {
      const make = () => new Map([['w', tf.variable(tf.tensor1d([1, -2, 0.5]))]]);
      const [first, second] = [make(), make()];
      const whole = createAdamW(first, options, fused);
      const grads = () => new Map([['w', tf.tensor1d(gradients[0]!)]]);
      whole.step(grads(), 0.1, 0.5);
      const state = await momentsOf(whole);
      second.get('w')!.assign(first.get('w')!);
      const resumed = createAdamW(second, options, fused);
      await resumed.load(memoryWeights(state), 1);
      for (const optimizer of [whole, resumed]) optimizer.step(grads(), 0.05, 1);
      assert.deepEqual(first.get('w')!.dataSync(), second.get('w')!.dataSync());
      await assert.rejects(resumed.load(memoryWeights(new Map([...state].map(([name]) => [name, { shape: [1], data: new Float32Array(1) }]))), 1), /belongs to other settings/);
    });

    test(`${kind}: its memory is known`, () => {
      const variables = new Map([['a', tf.variable(tf.zeros([20, 5]))], ['b', tf.variable(tf.zeros([3]))]]);
      const before = tf.memory().numBytes;
      const optimizer = createAdamW(variables, options, fused);
      assert.equal(tf.memory().numBytes - before + optimizer.hostBytes, 2 * 4 * 103);
    });

    test(`${kind}: the norm is of all gradients together`, async () => {
      const variables = new Map([['a', tf.variable(tf.zeros([2]))], ['b', tf.variable(tf.zeros([1]))]]);
      const norm = await createAdamW(variables, options, fused).norm(new Map([['a', tf.tensor1d([3, 0])], ['b', tf.tensor1d([4])]]));
      assert.ok(Math.abs(norm - 5) < 1e-6);
    });
  }
});

test('clipping as torch does it', () => {
  assert.equal(clipScale(0.5, 1), 1);
  assert.equal(clipScale(4, 1), 1 / (4 + 1e-6));
  assert.equal(clipScale(4, 0), 1, '0 is no limit');
});

test('biases and norms do not decay', () => {
  assert.deepEqual(
    ['model.layers.0.input_layernorm.weight', 'model.norm.weight', 'x.bias', 'model.layers.0.self_attn.q_norm.weight', 'model.embed_tokens.weight', 'base_model.model.model.layers.0.mlp.up_proj.lora_A.weight', 'model.normal.weight'].map(decays),
    [false, false, false, false, true, true, true],
  );
});
