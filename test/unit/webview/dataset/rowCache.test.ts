/** The list's memory: it fetches what is in view, forgets what moved, and never shows rows of another moment. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowItem } from '../../../../src/protocol/datasetView.ts';
import { createRowCache } from '../../../../webview/dataset/rowCache.ts';

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function open() {
  const state = { revision: 1, asked: [] as number[], read: [] as [number, number][], drawn: [] as number[], hold: undefined as Promise<void> | undefined };
  const cache = createRowCache({
    revision: () => state.revision,
    async read(from, count) {
      const { revision } = state;
      state.asked.push(from);
      state.read.push([from, count]);
      await state.hold;
      return { revision, rows: Array.from({ length: count }, (_, i): RowItem => ({ text: `${revision}:${from + i}`, blank: false, raw: false, sizeBytes: 1, severity: undefined, problems: 0 })) };
    },
    onRows: (from) => state.drawn.push(from),
  });
  return { state, cache };
}

test('what is in view is fetched once, in blocks', async () => {
  const { state, cache } = open();
  cache.want(90, 40);
  await settle();
  cache.want(95, 40);
  await settle();
  assert.deepEqual(state.asked, [0, 100]);
  assert.equal(cache.get(120)?.text, '1:120');
  assert.equal(cache.get(250), undefined);
});

test('a changed row is shown as it was until it is there; rows that moved are not', async () => {
  const { state, cache } = open();
  cache.want(0, 300);
  await settle();
  state.revision = 2;
  cache.changed([{ at: 5, removed: 1, inserted: 1 }]);
  assert.equal(cache.get(5)?.text, '1:5');
  await settle();
  assert.deepEqual([cache.get(5)?.text, cache.get(150)?.text], ['2:5', '1:150']);
  state.revision = 3;
  cache.changed([{ at: 120, removed: 0, inserted: 1 }]);
  assert.deepEqual([cache.get(5)?.text, cache.get(150)], ['2:5', undefined]);
  await settle();
  assert.equal(cache.get(150)?.text, '3:150');
});

test('of a block only what changed is fetched again', async () => {
  const { state, cache } = open();
  cache.want(0, 200);
  await settle();
  state.revision = 2;
  state.hold = new Promise((resolve) => setTimeout(resolve, 1));
  for (const at of [7, 5, 103]) cache.changed([{ at, removed: 1, inserted: 1 }]);
  await settle();
  assert.deepEqual(state.read.slice(2).filter(([from, count]) => count !== 1 && from !== 5), []);
  assert.deepEqual([4, 5, 6, 7, 8, 103, 104].map((row) => cache.get(row)?.text), ['1:4', '2:5', '2:6', '2:7', '1:8', '2:103', '1:104']);
  assert.deepEqual(state.drawn.slice(2).sort((a, b) => a - b), [5, 103]);
});

test('an answer from before a change is thrown away', async () => {
  const { state, cache } = open();
  let answer = () => {};
  state.hold = new Promise((resolve) => (answer = resolve));
  cache.want(0, 10);
  state.revision = 2;
  cache.changed([{ at: 0, removed: 1, inserted: 1 }]);
  state.hold = undefined;
  answer();
  await settle();
  assert.equal(cache.get(0)?.text, '2:0');
});

test('scrolling far away does not fetch what was passed', async () => {
  const { state, cache } = open();
  for (let from = 0; from < 1_000_000; from += 10_000) cache.want(from, 40);
  await settle();
  assert.ok(state.asked.length < 110 && cache.get(990_000)?.text === '1:990000', `${state.asked.length}`);
});
