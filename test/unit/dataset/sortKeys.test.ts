/** Rows are put in the order that a plain sort of their keys gives. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { SortKeys } from '../../../src/dataset/find/sortKeys.ts';

type Key = number | string | undefined;

function order(keys: readonly Key[], descending = false): number[] {
  const sorted = new SortKeys();
  keys.forEach((key, i) => sorted.add(3 * i, key));
  return [...sorted.order(descending)].map((row) => row / 3);
}
/** Of texts the first 32 characters, by code point. */
function naive(keys: readonly Key[], descending: boolean): number[] {
  const rank = (key: Key) => (typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : 2);
  const compare = (a: Key, b: Key) => {
    if (rank(a) !== rank(b) || a === undefined || b === undefined) return rank(a) - rank(b);
    const [x, y] = [a, b].map((key) => (typeof key === 'string' ? Buffer.from(key.slice(0, 32)).toString('hex') : key)) as [string, string];
    return x === y ? 0 : x < y === descending ? 1 : -1;
  };
  return [...keys.keys()].sort((a, b) => compare(keys[a], keys[b]) || a - b);
}

describe('sorting rows', () => {
  test('numbers before texts before nothing, equal ones as they came', () => {
    const keys: Key[] = ['b', 2, undefined, 'a', 1, 2, 'a', undefined, -Infinity, 1e300];
    assert.deepEqual(order(keys), [8, 4, 1, 5, 9, 3, 6, 0, 2, 7]);
    assert.deepEqual(order(keys, true), [9, 1, 5, 4, 8, 0, 3, 6, 2, 7]);
    assert.deepEqual(order([]), []);
  });

  test('as a plain sort would, whatever the texts are and however many', () => {
    const rng = createRng(5);
    const texts = ['', 'a', 'ab', 'Ab', 'é', '漢字', '🙂', '\ud83d', '\uffee', 'x'.repeat(31), 'x'.repeat(40), `${'漢'.repeat(32)}a`, `${'漢'.repeat(32)}b`];
    for (let round = 0; round < 40; round++) {
      const keys = Array.from({ length: rng.below(round === 0 ? 20_000 : 60) }, (): Key => [rng.below(20), (rng.below(2000) - 1000) / 8, texts[rng.below(texts.length)], undefined][rng.below(4)]);
      for (const descending of [false, true]) assert.deepEqual(order(keys, descending), naive(keys, descending), `round ${round}`);
    }
  });
});
