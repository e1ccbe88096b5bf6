/** Which format a dataset file has, and what a file without a usable row is told before anything is loaded. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource } from '../../../src/core/byteSource.ts';
import { LineIndex } from '../../../src/dataset/lineIndex.ts';
import { RecordStore } from '../../../src/dataset/recordStore.ts';
import { formatOf, prepareFile } from '../../../src/main/trainer/prepareRows.ts';
import type { TokenWorker } from '../../../src/node/tokenWorker.ts';

async function format(content: string | Buffer) {
  const source = bytesSource(new Uint8Array(Buffer.from(content as string)));
  return formatOf(new RecordStore(source, await new LineIndex(source.sizeBytes).build(source)), 'd.jsonl');
}

test('a broken line does not hide the format of the others', async () => {
  assert.equal(await format('\n{"prompt": \n{"prompt": "a", "completion": "b"}\n'), 'prompt-completion');
});

test('a file without a row says what its first line is instead', async () => {
  const cases: [string | Buffer, RegExp][] = [
    ['', /d\.jsonl is empty/],
    ['\n \r\n', /only blank lines/],
    ['\nhello\nworld\n', /no row: line 2 is not JSON \(.*posttrain validate/],
    ['3\n', /line 1 is JSON, but no object/],
    ['[\n{\n"prompt": "a"\n},\n{\n"prompt": "b"\n}\n]', /line 1 begins a list/],
    ['[{"prompt": "a"}]', /line 1 begins a list/],
    [Buffer.from('\uFEFF{"prompt": "a"}\n', 'utf16le'), /UTF-16: save the file as UTF-8/],
    ['{}\n{}\n', /they have no keys.*posttrain formats/],
    ['{"x": 1}\n', /keys: x/],
  ];
  for (const [content, message] of cases) await assert.rejects(format(content), (error: Error) => error.name === 'UserError' && message.test(error.message) && !message.test(''), String(message));
});

test('while the lines of a large file are found, their number so far is told', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'posttrain-rows-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, `${JSON.stringify({ prompt: 'a', completion: 'b'.repeat(1000) })}\n`.repeat(5000));
  // Every look at the clock is a second and a half after the one before.
  let now = 0;
  t.mock.method(performance, 'now', () => (now += 1500));
  const worker = { prepare: (rows: { line: number }[]) => Promise.resolve(rows.map(({ line }) => ({ line, problems: [], sides: [{ side: 'row', ids: [1, 2], trained: [0, 1], promptLength: 1, truncatedFrom: null, dropped: null }] }))) } as unknown as TokenWorker;
  const told: [number, number][] = [];
  await prepareFile({ path, use: 'train on', method: 'sft', params: {}, vocabSize: 8, worker, warn: () => undefined, progress: (done, total) => void told.push([done, total]) });
  const finding = told.filter(([done, total]) => done === 0 && total < 5000);
  assert.ok(finding.length >= 2 && finding.every(([, total], i) => total > (finding[i - 1]?.[1] ?? 0)), JSON.stringify(told.slice(0, 9)));
  assert.ok(told.some(([done, total]) => done > 0 && total === 5000));
});

test('whoever waits for many rows is told how far they are, at most once a second', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'posttrain-rows-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, '{"prompt": "a", "completion": "b"}\n'.repeat(128 * 6));
  const worker = {
    async prepare(rows: { line: number }[]) {
      await new Promise((resolve) => setTimeout(resolve, 450));
      return rows.map(({ line }) => ({ line, problems: [], sides: [{ side: 'row', ids: [1, 2], trained: [0, 1], promptLength: 1, truncatedFrom: null, dropped: null }] }));
    },
  } as unknown as TokenWorker;
  const told: [number, number, number][] = [];
  const rows = await prepareFile({ path, use: 'train on', method: 'sft', params: {}, vocabSize: 8, worker, warn: () => undefined, progress: (done, total) => void told.push([done, total, performance.now()]) });
  assert.equal(rows.count, 768);
  assert.ok(told.length >= 1 && told.length <= 3, JSON.stringify(told));
  for (const [i, [done, total, when]] of told.entries()) {
    assert.ok(done > (told[i - 1]?.[0] ?? 0) && done < 768 && total === 768, JSON.stringify(told));
    if (i > 0) assert.ok(when - told[i - 1]![2] >= 999, JSON.stringify(told));
  }
});

test('pairs become single answers for KTO, a thousand chosen ones before their rejected ones', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'posttrain-rows-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, '{"prompt": "a", "chosen": "b", "rejected": "c"}\n'.repeat(1003));
  const side = { ids: [1, 2], trained: [0, 1], promptLength: 1, truncatedFrom: null };
  // The rejected side of line 2 and both sides of line 4 cannot be used.
  const worker = {
    prepare: (rows: { line: number }[]) =>
      Promise.resolve(rows.map(({ line }) => ({ line, problems: [], sides: [{ ...side, side: 'chosen', target: 1, dropped: line === 4 ? 'too long' : null }, { ...side, side: 'rejected', target: 0, dropped: line === 2 || line === 4 ? 'too long' : null }] }))),
  } as unknown as TokenWorker;
  const warned: string[] = [];
  const rows = await prepareFile({ path, use: 'train on', method: 'kto', params: {}, vocabSize: 8, worker, warn: (_code, message) => void warned.push(message), progress: () => undefined });
  const order = Array.from({ length: rows.count }, (_, row) => `${rows.sequence(row).target === 1 ? '+' : '-'}${rows.lines(row)[0]}`);
  assert.equal(rows.sides, 1);
  assert.deepEqual(order.slice(0, 4), ['+1', '+2', '+3', '+5']);
  assert.deepEqual(order.slice(998, 1003), ['+1000', '-1', '-3', '-5', '-6']);
  assert.deepEqual(order.slice(-6), ['+1001', '+1002', '+1003', '-1001', '-1002', '-1003']);
  assert.equal(rows.count, 2 * 1003 - 3);
  assert.match(warned[0]!, /3 of 2006 rows are left out/);
});
