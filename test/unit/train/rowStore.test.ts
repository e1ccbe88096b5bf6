/** Prepared rows in typed arrays, packed and joined. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PreparedRow } from '../../../src/tokens/prepare.ts';
import { collateCausal, bucketCount, bucketLength } from '../../../src/train/batch.ts';
import { packRows } from '../../../src/train/packing.ts';
import { createRowStore, joinRows } from '../../../src/train/rowStore.ts';

const row = (line: number, ids: number[], trained = ids.map(() => 1)): PreparedRow => ({ line, problems: [], sides: [{ side: 'row', ids, trained, promptLength: 1, truncatedFrom: null, dropped: null }] });
const filled = (rows: PreparedRow[], vocab = 100) => {
  const store = createRowStore(vocab, 'rows');
  rows.forEach((r) => store.add(r));
  return store;
};

test('gives back what was added, however much', () => {
  const store = filled(Array.from({ length: 3000 }, (_, i) => row(i + 1, [i, i + 1, i + 2], [0, 1, 1])), 5000);
  assert.equal(store.count, 3000);
  assert.equal(store.tokens, 9000);
  assert.deepEqual([...store.sequence(2999).ids], [2999, 3000, 3001]);
  assert.deepEqual([...store.sequence(0).trained], [0, 1, 1]);
  assert.ok(store.sequence(0).ids instanceof Uint16Array);
  assert.deepEqual(store.lines(17), [18]);
  assert.ok(filled([row(1, [70000])], 70001).sequence(0).ids instanceof Int32Array);
});

test('refuses more tokens than fit, by name', () => {
  const store = createRowStore(10, 'big.jsonl', 10);
  store.add(row(1, [1, 2, 3, 4, 5, 6]));
  assert.throws(() => store.add(row(2, [1, 2, 3, 4, 5])), /big\.jsonl has more than 10 tokens.*Split the file/);
});

test('packs documents one after another, the last row shorter, each with its lines', () => {
  const packed = packRows(filled([row(1, [1, 2, 3, 4, 5]), row(3, [6, 7]), row(4, [8, 9, 10]), row(9, [11])]), 4, 'wrapped');
  assert.deepEqual(Array.from({ length: packed.count }, (_, i) => [...packed.sequence(i).ids]), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11]]);
  assert.deepEqual([0, 1, 2].map((i) => packed.lines(i)), [[1], [1, 3, 4], [4, 9]]);
  assert.equal(packRows(filled([]), 4, 'wrapped').count, 0);
});

test('joins parts and knows whose row it is', () => {
  const joined = joinRows([filled([row(1, [1])]), filled([]), filled([row(5, [2]), row(6, [3, 4])])]);
  assert.equal(joined.count, 3);
  assert.deepEqual([0, 1, 2].map((i) => [[...joined.sequence(i).ids], joined.lines(i), joined.partOf(i), joined.length(i)]), [[[1], [1], 0, 1], [[2], [5], 2, 1], [[3, 4], [6], 2, 2]]);
});

test('a batch holds only positions that predict a trained token', () => {
  const store = filled([row(1, [5, 6, 7], [0, 0, 1]), row(2, [8, 9], [1, 1])]);
  const { inputs, items, tokens, padded } = collateCausal(store, [0, 1], 0);
  assert.deepEqual([items, tokens, padded], [2, 5, 16]);
  assert.deepEqual(inputs.ids!.shape, [2, 8]);
  assert.deepEqual([...inputs.ids!.data], [5, 6, 7, 0, 0, 0, 0, 0, 8, 9, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...inputs.positions!.data].slice(0, 2), [1, 8]);
  assert.deepEqual([...inputs.targets!.data].slice(0, 2), [7, 9]);
  assert.deepEqual([...inputs.weights!.data], [1, 1, 0, 0, 0, 0, 0, 0]);
});

test('buckets are few and never smaller', () => {
  assert.deepEqual([1, 8, 9, 127].map(bucketLength), [8, 8, 16, 128]);
  const seen = new Set<number>();
  for (let n = 0; n <= 4096; n++) {
    assert.ok(bucketCount(n) >= n && bucketCount(n) <= Math.max(8, n * 1.25 + 8), `${n}: ${bucketCount(n)}`);
    seen.add(bucketCount(n));
  }
  assert.ok(seen.size < 40, `${seen.size}`);
});
