/** The row thread: finds what a search in this thread finds, first rows first, and an expression that never ends ends. */

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { isCancelled } from '../../../src/core/abort.ts';
import { UserError } from '../../../src/core/problem.ts';
import { parseQuery, type Query } from '../../../src/dataset/find/query.ts';
import { startRowThread, type FoundSoFar, type RowThread } from '../../../src/node/rowThread.ts';

const workerPath = resolve('dist', 'rowWorker.js');
const started: RowThread[] = [];
after(() => started.forEach((thread) => thread.dispose()));
function start(timeoutMs?: number): RowThread {
  const thread = startRowThread({ workerPath, timeoutMs });
  started.push(thread);
  return thread;
}
const query = (text: string): Query => parseQuery(text, { regex: false, matchCase: false }).value!;
const rows = (n: number) => Array.from({ length: n }, (_, i) => JSON.stringify({ prompt: i % 10 === 0 ? 'What is it? ' : `Row ${i}`, completion: i % 25 === 0 ? '' : 'An answer. '.repeat(9) }));
async function* chunks(lines: readonly string[], size = 50_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    buffer.set(part);
    yield buffer.subarray(0, part.length); // the same memory each time
  }
}
async function all(found: AsyncGenerator<FoundSoFar>) {
  const pieces: FoundSoFar[] = [];
  for await (const piece of found) pieces.push(piece);
  return pieces;
}

describe('the row thread', () => {
  test('finds rows piece by piece, with lines, problems and order', async () => {
    const thread = start();
    const lines = rows(30_000);
    const expected = (fits: (row: number) => boolean) => [...lines.keys()].filter(fits);
    const pieces = await all(thread.search(chunks(lines), { query: query('what'), format: 'prompt-completion', want: 'lines' }));
    assert.deepEqual(pieces.flatMap((piece) => [...piece.rows]), expected((row) => row % 10 === 0));
    assert.deepEqual(pieces.flatMap((piece) => piece.lines), lines.filter((_, row) => row % 10 === 0));
    assert.ok(pieces.length > 3 && pieces[0]!.bytes < 200_000 && pieces[0]!.rows.length > 0, 'the first rows come from a small first piece');
    assert.equal(pieces.at(-1)!.looked, 30_000);
    const problems = await all(thread.search(chunks(lines), { query: query('problem:empty-answer'), format: 'prompt-completion', want: 'rows' }));
    assert.deepEqual(problems.flatMap((piece) => [...piece.rows]), expected((row) => row % 25 === 0));
    const sorted = await all(thread.search(chunks(lines.slice(0, 30)), { query: query('sort:-completion.length'), format: undefined, want: 'rows' }));
    assert.deepEqual([...sorted.at(-1)!.end!.order!].slice(-2), [0, 25]);
  });

  test('replaces, and shows what it would replace', async () => {
    const thread = start();
    const replacement = { pattern: { text: 'answer', regex: false, matchCase: false }, with: 'reply', keys: [] };
    const lines = rows(30);
    const pieces = await all(thread.search(chunks(lines), { query: { terms: [{ kind: 'replaceable', not: false, pattern: replacement.pattern, keys: [] }], sort: undefined }, format: undefined, want: replacement }));
    assert.deepEqual(pieces.flatMap((piece) => piece.replaced), lines.filter((line) => line.includes('answer')).map((line) => line.replaceAll('answer', 'reply')));
    assert.deepEqual((await thread.preview(lines.slice(0, 2), replacement)).map((preview) => preview?.places ?? null), [null, 9]);
  });

  test('an expression that never ends is stopped with a reason, and the next search works', { timeout: 60_000 }, async () => {
    const thread = start(500);
    const lines = [...rows(10), JSON.stringify({ prompt: `${'a'.repeat(60)}!` })];
    await assert.rejects(all(thread.search(chunks(lines), { query: query('/^(a+)+$/'), format: undefined, want: 'rows' })), (error) => error instanceof UserError && error.code === 'expression-hangs' && error.message.includes('repeats inside repeats'));
    assert.equal((await all(thread.search(chunks(lines), { query: query('what'), format: undefined, want: 'rows' })))[0]!.rows.length, 1);
  });

  test('a cancelled search ends as one, also in the middle of an expression', { timeout: 60_000 }, async () => {
    const thread = start(20_000);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    await assert.rejects(all(thread.search(chunks([JSON.stringify({ a: `${'a'.repeat(60)}!` })]), { query: query('/^(a+)+$/'), format: undefined, want: 'rows' }, abort.signal)), isCancelled);
    thread.dispose();
  });
});
