/** What the first rows say is looked for in the first rows, however little they say. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from '../../../src/dataset/recordStore.ts';
import { DocumentHead } from '../../../src/host/datasetEditor/documentHead.ts';

const line = (text: string): Line => ({ text, sizeBytes: text.length, cut: false });
const row = '{"prompt": "a", "completion": "b"}';

test('empty lines are not read to the end of the file', async () => {
  let read = 0;
  const head = new DocumentHead((_from, count) => Promise.resolve(Array.from({ length: count }, () => line(read++ < 10 ? row : ''))), () => undefined);
  await head.look();
  assert.deepEqual([head.now.format?.id, head.now.full], ['prompt-completion', true]);
  assert.ok(read < 20_000);
});

test('other work has its turn between long rows', async () => {
  const long = `{"prompt": ${'['.repeat(10_000)}${']'.repeat(10_000)}, "completion": "b"}`;
  const head = new DocumentHead((_from, count) => Promise.resolve(Array.from({ length: count }, () => line(long))), () => undefined);
  let turns = 0;
  let looking = true;
  const turn = () => {
    turns++;
    if (looking) setImmediate(turn);
  };
  setImmediate(turn);
  await head.look();
  looking = false;
  assert.equal(head.now.format?.id, 'prompt-completion');
  assert.ok(turns >= 10, `${turns} turns`);
});

test('a row that is read in part tells neither a format nor a problem', async () => {
  const head = new DocumentHead((from) => Promise.resolve(from === 0 ? [{ ...line('not JSON'), cut: true }, line(row), line('')] : []), () => undefined);
  await head.look();
  assert.deepEqual([head.now.format?.id, head.now.problems, head.now.stop, head.now.lines, head.now.full], ['prompt-completion', [], false, 3, false]);
});
