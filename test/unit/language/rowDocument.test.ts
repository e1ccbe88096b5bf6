/** A document that is edited piece by piece says the same as one that is read anew. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { createSlicer } from '../../../src/core/slice.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { RowDocument, splitLines, type TextPosition } from '../../../src/language/rowDocument.ts';
import { validateFile, type LineProblem } from '../../../src/language/validate.ts';

const all = (document: RowDocument) => document.validate({ maxProblems: Infinity }, createSlicer(1000));
const pieces = ['{"prompt": "a", "completion": "b"}', '{"promt": "a", "completion": ""}', '{"messages": []}', '{"text": "a",}', '', ' ', '\n', '\n\n', '\r\n', '{"text": "é😀"}\n', '\uFEFF', '"', '}', '[\n', '{"chosen": "a", "rejected": "a"}\n'];

test('random edits leave what a full reading would find', async () => {
  const rng = createRng(11);
  for (let round = 0; round < 60; round++) {
    let text = Array.from({ length: rng.below(8) }, () => pieces[rng.below(pieces.length)]!).join('\n');
    const document = new RowDocument('file:///a.jsonl', 'jsonl', 1, text);
    for (let edit = 0; edit < 60; edit++) {
      const lines = splitLines(text);
      const offsetOf = ({ line, character }: TextPosition) => lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character;
      const place = (): TextPosition => {
        const line = rng.below(lines.length);
        return { line, character: rng.below(lines[line]!.length + 1) };
      };
      // The protocol's lines end at CR, too; a model with one kind of line break is what an editor has.
      text = lines.join('\n');
      const piece = pieces[rng.below(pieces.length)]!.replaceAll('\r', '');
      if (rng.below(10) === 0) {
        text = rng.below(2) ? text + piece : piece + text.slice(rng.below(text.length + 1));
        document.update([{ text }], edit);
      } else {
        let [start, end] = [place(), place()];
        if (offsetOf(start) > offsetOf(end)) [start, end] = [end, start];
        if (rng.below(2)) end = { ...start };
        text = text.slice(0, offsetOf(start)) + piece + text.slice(offsetOf(end));
        document.update([{ range: { start, end }, text: piece }], edit);
      }
      if (rng.below(3) > 0) continue;
      const fresh = new RowDocument('file:///a.jsonl', 'jsonl', 1, text);
      assert.deepEqual(await all(document), await all(fresh), JSON.stringify(text));
      assert.equal(document.lineCount, fresh.lineCount);
    }
  }
});

test('says what the terminal says', async () => {
  const text = '\uFEFF{"prompt": "a", "completion": "b"}\r\n\r\n{"promt": "a", "completion": " "}\r\n{"prompt": 1}\r\n';
  const streamed: LineProblem[] = [];
  const summary = await validateFile([text.split('\n').slice(0, -1)], { onProblem: (problem) => streamed.push(problem) });
  const { problems, total } = await all(new RowDocument('file:///a.jsonl', 'jsonl', 1, text));
  assert.deepEqual(problems, streamed);
  assert.equal(total, summary.total);
  assert.deepEqual(problems.map(({ line, problem }) => [line, problem.code]), [[1, 'bom'], [2, 'blank-line'], [3, 'misspelt-key'], [3, 'empty-answer'], [4, 'missing-key'], [4, 'wrong-type']]);
});

test('a change among the first rows may change the format, and then every row is looked at again', async () => {
  const document = new RowDocument('file:///a.jsonl', 'jsonl', 1, `{"prompt": "a"}\n${'{"prompt": "a", "completion": ""}\n'.repeat(3)}`);
  assert.equal((await all(document)).format?.id, 'prompt-completion');
  document.update([{ range: { start: { line: 1, character: 0 }, end: { line: 4, character: 0 } }, text: '{"prompt": "b", "answer": ""}\n' }], 2);
  const { format, problems } = await all(document);
  assert.equal(format?.id, 'prompt-only');
  assert.deepEqual(problems, []);
  assert.equal(document.format(formats.get('text'))?.id, 'text');
});

test('hands out at most as many problems as asked for, and counts all', async () => {
  const { problems, total, counts } = await new RowDocument('file:///a.jsonl', 'jsonl', 1, '{,}\n'.repeat(50)).validate({ maxProblems: 7 }, createSlicer(1000));
  assert.equal(problems.length, 7);
  assert.equal(total, 50);
  assert.deepEqual(counts, { error: 50, warning: 0, info: 0, hint: 0 });
});

test('an edit of a document of 40 MB is looked at in well under 10 ms', async () => {
  const row = `${JSON.stringify({ prompt: 'p'.repeat(300), completion: 'c'.repeat(700) })}\n`;
  const document = new RowDocument('file:///a.jsonl', 'jsonl', 1, row.repeat(40_000));
  assert.equal((await all(document)).total, 0);
  const times: number[] = [];
  for (let i = 0; i < 21; i++) {
    const start = { line: 1900 * i, character: 2 };
    const before = performance.now();
    document.update([{ range: { start, end: start }, text: i % 2 ? '\n' : 'x' }], i);
    assert.ok((await document.validate({ maxProblems: 500 }, createSlicer(5))).total > 0);
    times.push(performance.now() - before);
  }
  const median = times.sort((a, b) => a - b)[10]!;
  assert.ok(median < 10, `${median.toFixed(1)} ms`);
});
