/** The statistics worker: counts a file in a thread of its own, tells how far it is, and ends when nobody waits any more. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { isCancelled } from '../../../src/core/abort.ts';
import { countDataset } from '../../../src/node/statsWorker.ts';

const workerPath = resolve('dist', 'stats.js');
const folder = mkdtempSync(join(os.tmpdir(), 'posttrain-stats-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'rows.jsonl');
writeFileSync(path, `\uFEFF${Array.from({ length: 5000 }, (_, i) => JSON.stringify({ messages: [{ role: 'user', content: `Question ${i}? ${'word '.repeat(100)}` }, { role: 'assistant', content: 'An answer.' }] })).join('\r\n')}\n\nno row\n`);
const never = new AbortController().signal;

describe('a count', () => {
  test('has every row, and tells how far it is', async () => {
    const told: number[] = [];
    const stats = await countDataset(workerPath, { path }, { onProgress: (fraction) => told.push(fraction), signal: never });
    assert.deepEqual([stats.rows, stats.blank, stats.invalid, stats.format, stats.formats], [5001, 1, 1, 'messages', { messages: 5000 }]);
    assert.equal(stats.tokens, undefined);
    assert.equal(told.at(-1), 1);
    assert.ok(told.length > 1 && told.every((fraction, i) => i === 0 || fraction >= told[i - 1]!), told.join());
  });
  test('with a model has the tokens of the method, the usual one when none is named', async () => {
    const tokens = { dir: resolve('media/models/tiny-base'), params: { max_length: 16 } };
    const { tokens: counted } = await countDataset(workerPath, { path, tokens }, { onProgress: () => undefined, signal: never });
    assert.deepEqual([counted!.method, counted!.usable, counted!.truncated, counted!.total], ['sft', 5000, 5000, 5000 * 16]);
    const { tokens: other } = await countDataset(workerPath, { path, tokens: { ...tokens, method: 'dpo' } }, { onProgress: () => undefined, signal: never });
    assert.equal(other, undefined, 'DPO takes no such rows');
  });
  test('that nobody waits for any more ends', async () => {
    const abort = new AbortController();
    const counting = countDataset(workerPath, { path, tokens: { dir: resolve('media/models/tiny-base'), params: {} } }, { onProgress: () => abort.abort(), signal: abort.signal });
    await assert.rejects(counting, isCancelled);
  });
  test('of a file or model that is not there says so', async () => {
    await assert.rejects(countDataset(workerPath, { path: join(folder, 'gone.jsonl') }, { onProgress: () => undefined, signal: never }), { name: 'UserError', message: /gone\.jsonl/ });
    await assert.rejects(countDataset(workerPath, { path, tokens: { dir: folder, params: {} } }, { onProgress: () => undefined, signal: never }), { name: 'UserError', message: /tokenizer\.json/ });
  });
});
