/** Pairs whose prompt is computed once have the loss and gradients of pairs in two rows. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { backends, openBackend, type Backend } from '../../../src/backend/index.ts';
import { withoutFused } from '../../../src/nn/fused.ts';
import { trainableVariables } from '../../../src/nn/model.ts';
import { collatePairs } from '../../../src/train/batch.ts';
import { dpo } from '../../../src/train/losses/dpo.ts';
import { liveReference } from '../../../src/train/reference.ts';
import { createRowStore, type RowStore } from '../../../src/train/rowStore.ts';
import { trainSettings } from '../../../src/train/settings.ts';
import { stepComputer } from '../../../src/train/step.ts';
import { disposeAll } from '../../../src/train/tensors.ts';
import { relativeError, smallConfig, smallModel } from '../nn/smallModel.ts';

/** A row for each [prompt, chosen, rejected], in tokens. */
function pairsOf(lengths: readonly (readonly [number, number, number])[], alike = true): RowStore {
  const rng = createRng(3);
  const store = createRowStore(61, 'test pairs');
  const tokens = (count: number) => Array.from({ length: count }, () => 1 + rng.below(60));
  lengths.forEach(([prompt, ...answers], i) => {
    const begin = tokens(prompt);
    const sides = answers.map((length, side) => {
      const ids = [...(side === 1 && !alike ? tokens(prompt) : begin), ...tokens(length)];
      return { side: side === 0 ? ('chosen' as const) : ('rejected' as const), ids, trained: ids.map((_, t) => (t < prompt ? 0 : 1)), promptLength: prompt, truncatedFrom: null, dropped: null };
    });
    store.add({ line: i + 1, problems: [], sides });
  });
  return store;
}
const all = (store: RowStore) => Array.from({ length: store.count }, (_, row) => row);

describe('a pair in one row', () => {
  test('has its prompt once, then one answer, then the other at the places behind the prompt', () => {
    const store = pairsOf([[9, 3, 2], [8, 2, 4]]);
    const { inputs, tokens, padded } = collatePairs(store, [0, 1], 0, true);
    assert.deepEqual(inputs.ids!.shape, [2, 16]);
    assert.equal(padded, 32);
    assert.equal(tokens, 45, 'tokens are counted as TRL counts them');
    const [chosen, rejected] = [store.sequence(0, 0), store.sequence(0, 1)];
    const first = (name: string, count: number) => [...inputs[name]!.data.subarray(0, count)];
    assert.deepEqual(first('ids', 14), [...chosen.ids, ...rejected.ids.subarray(9)]);
    assert.deepEqual(first('places', 14), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 9, 10]);
    assert.deepEqual(first('holeFrom', 15), [...new Array<number>(12).fill(0), 9, 9, 0]);
    assert.deepEqual(first('holeTo', 15), [...new Array<number>(12).fill(0), 12, 12, 0]);
    // The last token of the prompt predicts the first of both answers.
    assert.deepEqual(first('positions', 11), [8, 9, 10, 23, 24, 8, 12, 23, 26, 27, 28]);
  });
  test('is not made where prompts differ, are empty, or two rows are less work', () => {
    for (const store of [pairsOf([[9, 3, 2], [8, 2, 4]], false), pairsOf([[0, 3, 2]]), pairsOf([[5, 3, 2], [4, 2, 4]])]) {
      assert.equal(collatePairs(store, all(store), 0, true).inputs.places, undefined);
    }
  });
});

for (const name of ['cpu', 'wasm', 'wasm without fused kernels', ...(backends.get('tensorflow').unusable({}) ? [] : ['tensorflow'])]) {
  test(`pairs that share a row on ${name} have the loss, metrics and gradients of pairs in two`, async () => {
    const backend: Backend = await openBackend(name.split(' ')[0]!, { threads: 2 });
    const run = <T>(compute: () => T) => (name.includes('without') ? withoutFused(compute) : compute());
    // More than a block of queries, holes at borders of panels and blocks, answers of one token.
    const store = pairsOf([[41, 9, 14], [33, 1, 8], [32, 17, 5], [8, 30, 20], [1, 26, 2]]);
    const model = await smallModel(smallConfig({ max_position_embeddings: 128 }));
    const other = await smallModel(smallConfig({ max_position_embeddings: 128 }), 9);
    const settings = trainSettings({}, 1);
    const results = [];
    for (const share of [false, true]) {
      const loss = dpo({ loss_type: ['sigmoid'], beta: 0.5, label_smoothing: 0, discopop_tau: 0.05, f_divergence_type: 'reverse_kl', f_alpha_divergence_coef: 1, ld_alpha: null, disable_dropout: share });
      assert.equal('places' in loss.collate(store, all(store), 0).inputs, share);
      const { compute, dispose } = stepComputer({ model, rows: store, loss, padId: 0, settings, reference: liveReference(loss, other) }, trainableVariables(model));
      const { loss: value, grads, metrics, tokens } = await run(() => compute([all(store)], 0));
      results.push({ value, tokens, metrics: metrics[0]!, grads: new Map(await Promise.all([...grads].map(async ([key, grad]): Promise<[string, Float32Array]> => [key, (await grad.data()).slice() as Float32Array]))) });
      disposeAll(grads.values());
      dispose();
    }
    const [apart, together] = results as [(typeof results)[0], (typeof results)[0]];
    assert.equal(apart.tokens, together.tokens);
    assert.ok(Math.abs(apart.value - together.value) < 1e-5 * apart.value, `${apart.value} and ${together.value}`);
    for (const [key, metric] of Object.entries(apart.metrics)) assert.ok(Math.abs(metric - together.metrics[key]!) < 1e-4 * (1 + Math.abs(metric)), `${key}: ${metric} and ${together.metrics[key]}`);
    for (const [key, grad] of apart.grads) assert.ok(relativeError(grad, together.grads.get(key)!) < 5e-5, `gradient of ${key}: ${relativeError(grad, together.grads.get(key)!)}`);
    model.dispose();
    other.dispose();
    await backend.dispose();
  });
}
