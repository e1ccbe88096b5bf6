/** Whole files: what is counted, what is handed out, how the format is found, and that memory stays that of a batch. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancelled } from '../../../src/core/abort.ts';
import { bytesSource, textSource, type ByteSource } from '../../../src/core/byteSource.ts';
import { UserError } from '../../../src/core/problem.ts';
import { Row } from '../../../src/dataset/checks/row.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { readLines } from '../../../src/dataset/lineReader.ts';
import { validateFile, validateRow, type LineProblem, type ValidateFileOptions } from '../../../src/language/validate.ts';

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
