/** Packed rows: which land together, and that rows kept apart train exactly as they do unpacked, on every backend. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { backends, openBackend, type Backend } from '../../../src/backend/index.ts';
import { createRng } from '../../../src/core/rng.ts';
import { withoutFused } from '../../../src/nn/fused.ts';
import { trainableVariables } from '../../../src/nn/model.ts';
import { sft } from '../../../src/train/losses/sft.ts';
import { createAdamW } from '../../../src/train/optimizer.ts';
import { packRows } from '../../../src/train/packing.ts';
import { createRowStore, joinRows, type Rows, type RowStore } from '../../../src/train/rowStore.ts';
import { trainSettings } from '../../../src/train/settings.ts';
import { stepComputer } from '../../../src/train/step.ts';
import { disposeAll } from '../../../src/train/tensors.ts';
import { relativeError, smallConfig, smallModel } from '../nn/smallModel.ts';

function storeOf(lengths: readonly number[], vocab = 61): RowStore {
  const rng = createRng(4);
  const store = createRowStore(vocab, 'rows');
  lengths.forEach((length, i) => {
    const ids = Array.from({ length }, () => rng.below(vocab));
    // Every other row has a prompt that is not trained.
    store.add({ line: i + 1, problems: [], sides: [{ side: 'row', ids, trained: ids.map((_, t) => (i % 2 === 0 || t >= length / 2 ? 1 : 0)), promptLength: 0, truncatedFrom: null, dropped: null }] });
  });
  return store;
}

const all = (rows: Rows) => Array.from({ length: rows.count }, (_, row) => row);

describe('best fit decreasing', () => {
  test('puts each row where the least room is left, the longest first', () => {
    const packed = packRows(storeOf([3, 6, 2, 8, 1, 5]), 8, 'bfd');
    assert.deepEqual(all(packed).map((row) => packed.lines(row)), [[4], [2, 3], [6, 1]].concat([[5]]));
    assert.deepEqual(all(packed).map((row) => packed.starts!(row)), [[0], [0, 6], [0, 5], [0]]);
    assert.equal(packed.tokens, 25);
  });
  test('cuts what is longer, or goes on with it', () => {
    const store = storeOf([11, 4]);
    const [cut, split] = [packRows(store, 5, 'bfd'), packRows(store, 5, 'bfd_split')];
    assert.deepEqual(all(cut).map((row) => cut.length(row)), [5, 4]);
    assert.deepEqual(all(split).map((row) => [split.length(row), split.lines(row)]), [[5, [1]], [5, [1]], [5, [2, 1]]]);
    assert.deepEqual([...split.sequence(2).ids], [...store.sequence(1).ids, store.sequence(0).ids[10]]);
    assert.deepEqual([...split.sequence(2).trained], [0, 0, 1, 1, 0], 'the first token of a sequence is no target');
  });
  test('goes on over datasets', () => {
    const joined = joinRows([packRows(storeOf([3, 3]), 8, 'bfd'), packRows(storeOf([4, 2, 2]), 8, 'bfd')]);
    assert.deepEqual(all(joined).map((row) => joined.starts!(row)), [[0, 3], [0, 4, 6]]);
  });
});

for (const name of ['cpu', 'wasm', 'wasm without fused kernels', ...(backends.get('tensorflow').unusable({}) ? [] : ['tensorflow'])]) {
  describe(`packed rows on ${name}`, () => {
    let backend: Backend;
    before(async () => void (backend = await openBackend(name.split(' ')[0]!, { threads: 2 })));
    after(() => backend.dispose());
    const run = <T>(compute: () => T) => (name.includes('without') ? withoutFused(compute) : compute());

    test('have the loss, gradients and weights of the same rows unpacked', async () => {
      // More than a block of queries, borders inside panels and blocks, rows of one token, two packed rows of different length.
      const store = storeOf([41, 9, 1, 33, 8, 17, 5, 30, 2, 26]);
      const packed = packRows(store, 96, 'bfd');
      assert.ok(packed.count < store.count / 2 && all(packed).some((row) => packed.starts!(row).length > 2));
      const settings = trainSettings({ learning_rate: 1e-2 }, 1);
      const trained = await Promise.all([store, packed].map(async (rows) => {
        const model = await smallModel(smallConfig({ max_position_embeddings: 128 }));
        const variables = trainableVariables(model);
        const optimizer = createAdamW(variables, settings);
        const { compute } = stepComputer({ model, rows, loss: sft({}), padId: 0, settings }, variables);
        const losses: number[] = [];
        let first: Map<string, Float32Array> | undefined;
        for (let step = 0; step < 2; step++) {
          const { loss, grads, tokens } = await run(() => compute([all(rows)], step));
          assert.equal(tokens, store.tokens);
          losses.push(loss);
          first ??= new Map([...grads].map(([key, grad]) => [key, (grad.dataSync() as Float32Array).slice()]));
          optimizer.step(grads, settings.learningRate, 1);
          disposeAll(grads.values());
        }
        const weights = new Map([...variables].map(([key, variable]) => [key, (variable.dataSync() as Float32Array).slice()]));
        optimizer.dispose();
        model.dispose();
        return { losses, first: first!, weights };
      }));
      const [apart, together] = trained as [(typeof trained)[0], (typeof trained)[0]];
      assert.ok(relativeError(apart.losses, together.losses) < 1e-5, `${apart.losses} and ${together.losses}`);
      for (const [key, grad] of apart.first) assert.ok(relativeError(grad, together.first.get(key)!) < 2e-5, `gradient of ${key}: ${relativeError(grad, together.first.get(key)!)}`);
      for (const [key, weight] of apart.weights) assert.ok(relativeError(weight, together.weights.get(key)!) < 1e-3, `${key}: ${relativeError(weight, together.weights.get(key)!)}`);
    });
  });
}
