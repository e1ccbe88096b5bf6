/** The outline of a dataset and its folds: what is shown, and that a large document costs no more than what is shown of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../../src/core/abort.ts';
import { createSlicer } from '../../../src/core/slice.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { foldsOf, outlineOf } from '../../../src/language/outline.ts';
import { RowDocument } from '../../../src/language/rowDocument.ts';

const open = (text: string) => new RowDocument('file:///a.jsonl', 'jsonl', 1, text);
const never = { pause: () => undefined };

test('rows have their first words and the places of their keys', async () => {
  const document = open('\uFEFF{"id": 7, "text": "Hello   there"}\n \n{"text": "\u00e9", "tags": {"a": [1]}');
  const { rows, rest } = await outlineOf(document, formats.get('text'), never);
  assert.equal(rest, undefined);
  assert.deepEqual(rows.map(({ line, words, keys }) => [line, words, keys.map(({ key, type }) => `${key} ${type}`)]), [
    [0, 'Hello there', ['id number', 'text string']],
    [2, '{"text": "\u00e9", "tags": {"a": [1]}', ['text string', 'tags object']],
  ]);
  const [{ keys }] = rows as [(typeof rows)[number]];
  assert.deepEqual([document.lineAt(0).slice(keys[1]!.start, keys[1]!.end), document.lineAt(0).slice(keys[1]!.start, keys[1]!.keyEnd)], ['"text": "Hello   there"', '"text"']);
});

test('of many rows only the first are read; a very long one has no keys', async () => {
  const row = `${JSON.stringify({ prompt: 'p'.repeat(300), completion: 'c'.repeat(700) })}\n`;
  const document = open(`{"text": "${'x'.repeat(100_000)}"}\n${row.repeat(40_000)}`);
  let looks = 0;
  const { rows, rest } = await outlineOf(document, formats.get('prompt-completion'), { pause: () => void looks++ });
  assert.deepEqual([rows[0]!.keys, rows[0]!.words.length <= 60, rows[1]!.keys.length], [[], true, 2]);
  assert.ok(rows.length > 1000 && rows.length < 2000 && looks === rows.length);
  assert.deepEqual(rest, { line: rows.length, rows: 40_001 - rows.length });
});

test('a row that nothing can be made of is still a row', async () => {
  for (const text of ['[1, 2]', '"a"', '{', '}', '{"a"', '{"a":', `${'['.repeat(5000)}`, '{"a": tru']) {
    const { rows } = await outlineOf(open(text), undefined, never);
    assert.equal(rows.length, 1, text);
    for (const { start, keyEnd, end } of rows[0]!.keys) assert.ok(start < keyEnd && keyEnd <= end && end <= text.length, text);
  }
});

test('a document that changes meanwhile is given up', async () => {
  const document = open('{"text": "a"}\n'.repeat(10));
  const looking = outlineOf(document, undefined, { pause: () => Promise.resolve() });
  document.update([{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }, text: '' }], 2);
  await assert.rejects(looking, Cancelled);
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(outlineOf(document, undefined, createSlicer(5, abort.signal)), Cancelled);
});

test('a hundred rows fold; of a very long document more at a time', () => {
  for (const text of ['', '\n', '{}', '{}\n'.repeat(100)]) assert.deepEqual(foldsOf(open(text)), []);
  assert.deepEqual(foldsOf(open('{}\n'.repeat(201))), [{ start: 0, end: 99 }, { start: 100, end: 199 }]);
  assert.deepEqual(foldsOf(open('{}\n'.repeat(101) + '{}')), [{ start: 0, end: 99 }, { start: 100, end: 101 }]);
  const folds = foldsOf(open('{}\n'.repeat(400_000)));
  assert.deepEqual([folds.length, folds[1]], [400, { start: 1000, end: 1999 }]);
});
