/** Every architecture keeps the same promises: shapes, causality, padding on the right, and a cache that changes nothing. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import { parameterShapes } from '../../src/model/shapes.ts';
import { architectures } from '../../src/nn/arch/index.ts';
import { createKvCache } from '../../src/nn/kvCache.ts';
import type { Model } from '../../src/nn/model.ts';
import { smallConfig, smallModel } from '../unit/nn/smallModel.ts';

for (const architecture of architectures.entries) {
  describe(`architecture ${architecture.id}`, () => {
    let backend: Backend;
    let model: Model;
    before(async () => {
      backend = await openBackend('wasm', { threads: 2 });
      model = await smallModel(smallConfig({ model_type: architecture.id }));
    });
    after(async () => {
      model.dispose();
      await backend.dispose();
    });
    const rows = (ids: number[][]) => tf.tidy(() => architecture.hidden(model, tf.tensor2d(ids, undefined, 'int32'), {}).arraySync());
    const near = (a: number[], b: number[]) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]!) < 1e-4 * (1 + Math.abs(x)), `${x} ${b[i]}`));

    test('has a row per position, and loads the parameters that its config names', () => {
      const hidden = rows([[1, 2, 3], [4, 5, 6]]);
      assert.equal(hidden.length, 6);
      assert.equal(hidden[0]!.length, model.config.hiddenSize);
      assert.deepEqual([...model.params.keys()], [...parameterShapes(model.config).keys()]);
    });

    test('later tokens and other rows change nothing before them', () => {
      const [short, long] = [rows([[1, 2, 3, 4]]), rows([[1, 2, 3, 4, 9, 9, 9], [8, 7, 6, 5, 4, 3, 2]])];
      short.forEach((row, i) => near(row, long[i]!));
      assert.ok(long[4]!.some((x, j) => Math.abs(x - long[5]![j]!) > 1e-3), 'the same token at two positions differs');
    });

    test('the cache gives what the whole sequence does, in one go or token by token, with padding on the left', () => {
      const ids = [5, 11, 2, 7, 30, 4];
      const whole = rows([ids]);
      for (const first of [1, 3, 6]) {
        for (const padding of [0, 2]) {
          const cache = createKvCache(model, [padding, 0]);
          const pad = new Array<number>(padding).fill(0);
          const other = [...pad, ...ids].map((id) => (id + 1) % 60);
          const step = (from: number, to: number) => tf.tidy(() => architecture.extend(model, tf.tensor2d([[...pad, ...ids].slice(from, to), other.slice(from, to)], undefined, 'int32'), cache).arraySync()[0]!);
          near(step(0, first + padding), whole[first - 1]!);
          for (let t = first; t < ids.length; t++) near(step(t + padding, t + padding + 1), whole[t]!);
          assert.equal(cache.length, ids.length + padding);
          cache.dispose();
        }
      }
    });
  });
}
