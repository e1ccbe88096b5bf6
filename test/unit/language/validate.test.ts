/** Whole files: what is counted, what is handed out, how the format is found, and that memory stays that of a batch. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancelled } from '../../../src/core/abort.ts';
import { createRng } from '../../../src/core/rng.ts';
import { bytesSource, textSource, type ByteSource } from '../../../src/core/byteSource.ts';
import { UserError } from '../../../src/core/problem.ts';
import { Row } from '../../../src/dataset/checks/row.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { readLines } from '../../../src/dataset/lineReader.ts';
import { applyFixes } from '../../../src/language/fixes.ts';
import { validateFile, validateLine, validateRow, type LineProblem, type ValidateFileOptions } from '../../../src/language/validate.ts';

async function validate(source: ByteSource | string, options: Partial<ValidateFileOptions> = {}, signal?: AbortSignal) {
  const found: LineProblem[] = [];
  const summary = await validateFile(readLines(typeof source === 'string' ? textSource(source) : source, signal), { onProblem: (one) => found.push(one), ...options }, signal);
  return { ...summary, found: found.map(({ line, problem }) => `${line}:${problem.start}-${problem.end} ${problem.code}`) };
}
const good = '{"prompt": "a", "completion": "b"}\n';

describe('a file', () => {
  test('is counted line by line, its format found from its rows', async () => {
    const result = await validate(`${good}\n${good.repeat(2)}{"prompt": "a"}\nnot json\n`);
    assert.equal(result.format?.id, 'prompt-completion');
    assert.deepEqual([result.lines, result.rows, result.blank, result.total, result.listed], [6, 5, 1, 3, 3]);
    assert.deepEqual(result.counts, { error: 2, warning: 0, info: 1, hint: 0 });
    assert.deepEqual(result.found, ['2:0-0 blank-line', '5:0-1 missing-key', '6:0-3 malformed-json']);
  });

  test('may be said to be of a format', async () => {
    assert.deepEqual((await validate('{"prompt": "a"}\n')).found, []);
    assert.deepEqual((await validate('{"prompt": "a"}\n', { format: formats.get('prompt-completion') })).found, ['1:0-1 missing-key']);
  });

  test('has its first problem at the first character when it is wrong as a whole', async () => {
    assert.deepEqual((await validate('')).found, ['1:0-0 no-rows']);
    assert.deepEqual((await validate('\n\n')).found, ['1:0-0 no-rows', '1:0-0 blank-line', '2:0-0 blank-line']);
    assert.deepEqual((await validate('{"question": "a"}\n')).found, ['1:0-0 unknown-format']);
    assert.deepEqual((await validate(`[\n${'{"text": "a"},\n'.repeat(1000)}]\n`)).found, ['1:0-0 not-json-lines']);
  });

  test('with a byte order mark and CRLF has the columns of its lines', async () => {
    assert.deepEqual((await validate(`\uFEFF${good.trim()}\r\n{"prompt": "a"}\r\n`)).found, ['1:0-1 bom', '2:0-1 missing-key']);
  });

  test('that is not UTF-8 is told so where it is', async () => {
    const bytes = Buffer.concat([Buffer.from(good), Buffer.from('{"prompt": "caf'), Buffer.of(0xe9), Buffer.from('", "completion": "b"}\n'), Buffer.from(good)]);
    assert.deepEqual((await validate(bytesSource(bytes))).found, ['2:15-16 invalid-utf8']);
  });

  test('that is UTF-16 or no text at all is survived', async () => {
    assert.ok((await validate(bytesSource(Buffer.from(`\uFEFF${good}`, 'utf16le')))).counts.error > 0);
    assert.ok((await validate(bytesSource(Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 7919) % 256))))).counts.error > 0);
  });

  test('hands out at most as many problems as asked for, and counts all', async () => {
    const result = await validate('{,}\n'.repeat(5000), { maxProblems: 10 });
    assert.equal(result.found.length, 10);
    assert.deepEqual([result.total, result.listed, result.counts.error], [5000, 10, 5000]);
  });

  test('is the same in any cut of its bytes', async () => {
    const text = `${good}{"prompt": "é😀\u2028", "completion": ""}\r\n\n{"promt": 1}`;
    const whole = await validate(text);
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 3, 7, 64]) {
      const small: ByteSource = { sizeBytes: bytes.length, read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(offset + size, offset + length))), close: () => Promise.resolve() };
      assert.deepEqual(await validate(small), whole);
    }
    assert.equal(whole.lines, 4);
  });
});

test('stops when aborted', async () => {
  const abort = new AbortController();
  const endless: ByteSource = { sizeBytes: Number.MAX_SAFE_INTEGER, read: (_, length) => new Promise((resolve) => setImmediate(resolve, Buffer.from(good.repeat(Math.ceil(length / good.length)).slice(0, length)))), close: () => Promise.resolve() };
  setTimeout(() => abort.abort(), 50);
  await assert.rejects(validate(endless, {}, abort.signal), Cancelled);
});

test('a line that never ends is refused, not collected', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'a');
  const endless: ByteSource = { sizeBytes: Number.MAX_SAFE_INTEGER, read: () => Promise.resolve(chunk), close: () => Promise.resolve() };
  await assert.rejects(async () => { for await (const _ of readLines(endless, undefined, 8 * chunk.length)); }, (error) => error instanceof UserError && error.code === 'row-too-long' && /^Line 1 /.test(error.message));
});

test('a clean row is read by JSON.parse alone: places are looked for only where something is wrong', () => {
  for (const format of formats.entries) {
    for (const example of format.examples) {
      const row = new Row(JSON.stringify(example), format);
      assert.deepEqual(validateRow(row), []);
      assert.equal((row as unknown as { cachedTree: unknown }).cachedTree, undefined);
    }
  }
});

test('any row of any format, damaged in any way, gets problems inside of itself and mends to a text', () => {
  const rng = createRng(3);
  const pieces = ['"', '\\', '{}', '[]', ',', ':', 'null', '1', '""', '"role"', '"user"', '"messages"', '"prompt"', '\uFEFF', '\udc80', '\\ud800', ' ', '\t', '[{"role":"x"}]'];
  const rows = formats.entries.flatMap((format) => [...format.examples, ...format.counterExamples].map((row) => JSON.stringify(row)));
  for (let round = 0; round < 30_000; round++) {
    let text = rows[rng.below(rows.length)]!;
    for (let edits = rng.below(4); edits > 0; edits--) {
      const at = rng.below(text.length + 1);
      text = text.slice(0, at) + pieces[rng.below(pieces.length)]! + text.slice(at + rng.below(12));
    }
    const format = rng.below(7) === 0 ? undefined : formats.entries[rng.below(formats.entries.length)];
    const problems = validateLine(text, format);
    for (const { start, end, message } of problems) assert.ok(start >= 0 && start <= end && end <= text.length && message.length > 10, `${JSON.stringify(text)} ${start}-${end} ${message}`);
    let valid = true;
    try {
      JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch {
      valid = text.trim() === '';
    }
    if (!valid) assert.ok(problems.some(({ severity }) => severity === 'error'), JSON.stringify(text));
    applyFixes(text, problems);
  }
});

test('no row makes the checks slow', () => {
  const n = 20_000;
  const turns = (role: string, content: string) => JSON.stringify({ messages: Array.from({ length: n }, () => ({ role, content })) });
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`prompt${i}`, 1])));
  const rows: [string, string][] = [
    ['messages', turns('assistant', '')], ['messages', turns('', 'x')], ['messages', turns('human', ' ')], ['prompt-completion', many],
    ['preference', JSON.stringify({ prompt: '', chosen: ' '.repeat(n), rejected: ' '.repeat(n + 1) })],
    ['preference', JSON.stringify({ prompt: '', chosen: 'a '.repeat(n), rejected: 'a  '.repeat(n) })],
    ['text', JSON.stringify({ text: '\\"'.repeat(n) })], ['text', `{"text": "${'\\ud800'.repeat(n)}"}`], ['text', `{${'"text": "", '.repeat(n)}"text": ""}`],
    ...['\u200B', '\u202E', 'a\u200D', 'Ã©', '\fa', '<|a', '<|a|>', 'sk-proj-', '-----BEGIN PRIVATE KEY-----', 'AKIAQ7W3ERTY5UIOP2AS '].map((text): [string, string] => ['messages', turns('user', '').replace('""', JSON.stringify(text.repeat(n * 5)))]),
    ['messages', `{"messages": ${'['.repeat(n)}${']'.repeat(n)}}`], ['text', `{'text': ${"'".repeat(n)}`], ['prompt-only', '{"prompt": ["'.repeat(n)],
  ];
  for (const [id, row] of rows) {
    const before = performance.now();
    const problems = validateLine(row, formats.find(id));
    applyFixes(row, problems);
    assert.ok(performance.now() - before < 8000, `${row.slice(0, 60)} took ${(performance.now() - before).toFixed(0)} ms`);
  }
});
