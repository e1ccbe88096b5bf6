/** Every architecture keeps the same promises: shapes, causality, padding on the right, and a cache that changes nothing. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import { parameterShapes } from '../../src/model/shapes.ts';
import { architectures } from '../../src/nn/arch/index.ts';
import { createDecoder } from '../../src/nn/kvCache.ts';
import { logits, type Model } from '../../src/nn/model.ts';
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

    test('the cache gives what the whole sequence does, however much of it was the prompt, for other rows and with more slots', () => {
      const ids = [5, 11, 2, 7, 30, 4];
      const others = ids.map((id) => (id + 1) % 60);
      const shifted = (x: tf.Tensor2D) => tf.sub(x, tf.max(x, 1, true)) as tf.Tensor2D;
      const logitsOf = (row: number[]) => tf.tidy(() => shifted(logits(model, architecture.hidden(model, tf.tensor2d([row], undefined, 'int32'), {}))).arraySync());
      const whole = [ids, others].map(logitsOf);
      const { numTensors } = tf.memory();
      const decoder = createDecoder(model, 'weights');
      for (const first of [1, 3, 6]) {
        // The other row begins with one token and is padded.
        const answers = decoder.begin([ids.slice(0, first), others.slice(0, 1)], 6, { batch: 2, window: 7 }, 1);
        assert.throws(() => decoder.begin([[1]], 1, { batch: 1, window: 7 }, 1), /would share one cache/);
        const said = () => tf.tidy(() => tf.log(answers.scores.weights as tf.Tensor2D).arraySync());
        near(said()[0]!, whole[0]![first - 1]!);
        near(said()[1]!, whole[1]![0]!);
        for (let t = first; t < ids.length; t++) {
          if (t === 4) answers.take([1, 0], 9);
          const [mine, other] = t < 4 ? [0, 1] : [1, 0];
          const rows = [[ids[t]!, t], [others[t - first + 1]!, t - first + 1]];
          answers.next([rows[mine]![0]!, rows[other]![0]!], [rows[mine]![1]!, rows[other]![1]!]);
          near(said()[mine]!, whole[0]![t]!);
          near(said()[other]!, whole[1]![t - first + 1]!);
        }
        answers.dispose();
      }
      decoder.dispose();
      assert.ok(tf.memory().numTensors <= numTensors + 6, 'tables alone stay');
    });
  });
}
