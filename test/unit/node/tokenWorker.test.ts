/** The token worker: the same answers as in this thread, and an end for whatever hangs, crashes or is no longer wanted. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { paramsOf } from '../../../src/methods/index.ts';
import { prepareLines } from '../../../src/methods/prepareRows.ts';
import { loadTokenizerFiles } from '../../../src/node/tokenizerFiles.ts';
import { startTokenWorker, type TokenWorker, type TokenWorkerOptions } from '../../../src/node/tokenWorker.ts';
import { createTokenizer, type TokenizerFiles } from '../../../src/tokens/tokenizer.ts';

const workerPath = resolve('dist', 'tokenWorker.js');
const folder = join('test', 'parity', 'prepare', 'chatml');
const files = loadTokenizerFiles(folder);
const params = Object.fromEntries(paramsOf('sft').map((param) => [param.name, param.default]));
const endless = '{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}';
const hangs = '{% if messages[0].content == "hang" %}' + endless + '{% endif %}{{ messages[0].content }}';
const turn = (content: string) => [{ role: 'user', content }];

const started: TokenWorker[] = [];
after(() => started.forEach((worker) => worker.dispose()));
async function start(change: Partial<TokenizerFiles> = {}, options: TokenWorkerOptions = {}): Promise<TokenWorker> {
  const worker = startTokenWorker({ ...(await files), ...change }, { workerPath, ...options });
  started.push(worker);
  return worker;
}

describe('answers', () => {
  test('are those of this thread', async () => {
    const worker = await start();
    const tokenizer = createTokenizer(await files);
    const lines = [{ prompt: 'The cat ', completion: 'likes 🎉.' }, { prompt: 'a' }, { prompt: 'The river', completion: '' }].map((row, i) => ({ line: i + 1, text: JSON.stringify(row) }));
    const settings = { format: 'prompt-completion', method: 'sft', params };
    assert.deepEqual(await worker.prepare(lines, settings), [...prepareLines(lines, tokenizer, settings)]);
    assert.deepEqual(await worker.encode('The cat<|im_end|>'), tokenizer.encode('The cat<|im_end|>'));
    assert.equal(await worker.decode(await worker.encode('The cat')), 'The cat');
    assert.deepEqual(await worker.texts([0, 2]), ['<|endoftext|>', '<|im_end|>']);
    assert.equal(await worker.render(turn('Hi'), { addGenerationPrompt: true }), '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n');
    assert.equal((await worker.info()).eosId, 2);
  });

  test('come in order, however many are asked for', async () => {
    const worker = await start();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      if (i % 3 === 0) await worker.prepare([{ line: 1, text: '{"text":"The cat"}' }], { format: 'text', method: 'sft', params });
      else await worker.encode('x'.repeat(i));
      order.push(i);
    }));
    assert.deepEqual(order, Array.from({ length: 20 }, (_, i) => i));
  });

  test('that are errors for people stay that', async () => {
    const worker = await start({ tokenizerJson: '{}', name: 'models/broken' });
    await assert.rejects(worker.encode('a'), { name: 'UserError', code: 'bad-tokenizer', message: /models\/broken\/tokenizer\.json/ });
    await assert.rejects(worker.prepare([], { format: 'text', method: 'sft', params }), { name: 'UserError' });
  });
});

describe('what hangs is ended', () => {
  test('a template without end, and the calls behind it are answered', { timeout: 30_000 }, async () => {
    const worker = await start({ chatTemplate: hangs, name: 'models/evil' }, { timeoutMs: 1000 });
    assert.equal(await worker.render(turn('fine')), 'fine');
    const before = worker.encode('before');
    const stuck = worker.render(turn('hang'));
    const behind = [worker.render(turn('behind')), worker.decode([66])];
    await assert.rejects(stuck, { name: 'UserError', code: 'tokenizer-hangs', message: /The chat template or tokenizer of models\/evil gave no answer within 1 seconds.*chat_template\.jinja/ });
    assert.ok((await before).length > 0);
    assert.deepEqual(await Promise.all(behind), ['behind', createTokenizer(await files).decode([66])]);
  });

  test('but not rows that take long together', { timeout: 60_000 }, async () => {
    const worker = await start({}, { timeoutMs: 700 });
    await worker.info();
    const lines = Array.from({ length: 6_000 }, (_, i) => ({ line: i + 1, text: JSON.stringify({ text: `The cat likes ${i} apples and dreams of the night sky.` }) }));
    assert.equal((await worker.prepare(lines, { format: 'text', method: 'sft', params })).length, lines.length);
  });

  test('a pattern in tokenizer.json without end', { timeout: 30_000 }, async () => {
    const json = JSON.parse((await files).tokenizerJson) as Record<string, unknown>;
    json.pre_tokenizer = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
    const worker = await start({ tokenizerJson: JSON.stringify(json), name: 'models/slow' }, { timeoutMs: 500 });
    await assert.rejects(worker.encode(`${'a'.repeat(60)}!`), { name: 'UserError', code: 'tokenizer-hangs', message: /The tokenizer of models\/slow/ });
    assert.ok((await worker.encode('b')).length > 0);
  });

  test('a template that eats all memory', { timeout: 60_000 }, async () => {
    const greedy = "{% set s = range(99999)|join %}{% set ns = namespace(a=[]) %}{% for i in range(99999) %}{% set ns.a = [ns.a, s.replace('1', '2')] %}{% endfor %}";
    const worker = await start({ chatTemplate: greedy, name: 'models/greedy' }, { maxMemoryMb: 64 });
    await assert.rejects(worker.render(turn('x')), { name: 'UserError', code: 'tokenizer-memory', message: /models\/greedy needed more than 64 MB/ });
    assert.ok((await worker.encode('still there')).length > 0);
  });
});

describe('cancelling', () => {
  test('rejects at once, also while the worker hangs, and the next call is answered', { timeout: 30_000 }, async () => {
    const worker = await start({ chatTemplate: hangs }, { timeoutMs: 1500 });
    await worker.info();
    const abort = new AbortController();
    const stuck = worker.render(turn('hang'), {}, abort.signal);
    const begun = Date.now();
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(stuck, { name: 'Cancelled' });
    assert.ok(Date.now() - begun < 1000);
    assert.equal(await worker.render(turn('next')), 'next');
  });

  test('stops rows that are being prepared', { timeout: 30_000 }, async () => {
    const worker = await start();
    const lines = Array.from({ length: 20_000 }, (_, i) => ({ line: i + 1, text: JSON.stringify({ text: `The cat likes ${i} apples and dreams of the night sky.` }) }));
    const abort = new AbortController();
    const long = worker.prepare(lines, { format: 'text', method: 'sft', params }, abort.signal);
    setTimeout(() => abort.abort(), 200);
    await assert.rejects(long, { name: 'Cancelled' });
    const begun = Date.now();
    await worker.encode('a');
    assert.ok(Date.now() - begun < 1500, 'the worker goes on within a slice');
  });

  test('before the call asks nothing', async () => {
    const worker = await start();
    await assert.rejects(worker.prepare([], { format: 'text', method: 'sft', params }, AbortSignal.abort()), { name: 'Cancelled' });
  });

  test('by disposing rejects what waits', async () => {
    const worker = await start({ chatTemplate: hangs });
    const stuck = worker.render(turn('hang'));
    setTimeout(() => worker.dispose(), 50);
    await assert.rejects(stuck, { name: 'Cancelled' });
    await assert.rejects(worker.encode('a'));
  });
});

test('an idle worker keeps no process alive', () => {
  const program = `
    const { Worker } = require('node:worker_threads');
    const files = JSON.parse(process.argv[1]);
    const worker = new Worker(process.argv[2], { workerData: { files } });
    worker.on('message', (m) => { if (m.type === 'result') { console.log('answered'); worker.unref(); } });
    worker.postMessage({ type: 'request', id: 1, method: 'encode', params: { text: 'a', addSpecialTokens: false } });`;
  const tiny = { tokenizerJson: readFileSync(join(folder, 'tokenizer.json'), 'utf8'), name: folder };
  const run = spawnSync(process.execPath, ['-e', program, JSON.stringify(tiny), workerPath], { timeout: 20_000, encoding: 'utf8' });
  assert.equal(run.stdout.trim(), 'answered');
  assert.equal(run.status, 0);
});
