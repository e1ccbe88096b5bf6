/** Serve mode of the built trainer: models side by side, seeds, streams, log-probabilities, cancelling, clear errors. */

import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { startServe, type ServeProcess } from '../../src/node/trainerProcess.ts';
import { connectPeer, type Peer } from '../../src/protocol/rpc.ts';
import type { TrainerClientContract, TrainerContract } from '../../src/protocol/trainer.ts';
import { trainerProgram } from '../trainerRun.ts';
import { writeFolders } from '../parity/writtenFolders.ts';

const base = resolve('test/parity/models/tied');

describe('serve mode', () => {
  let server: ServeProcess;
  let peer: Peer<TrainerClientContract, TrainerContract>;
  let folder: string;
  const pieces: { stream: string; index: number; sample: number; text: string; done: boolean }[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posttrain-serve-'));
    await writeFolders(folder);
    server = await startServe({ trainerPath: trainerProgram });
    peer = connectPeer<TrainerClientContract, TrainerContract>(server.port, {}, { token: (piece) => void pieces.push(piece) });
    await peer.ready;
  });
  after(async () => {
    peer.dispose();
    server.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test('loads a model and an adapter on it side by side, once each', async () => {
    const first = await peer.request('load', { dir: base });
    assert.equal(first.hasChatTemplate, true);
    const second = await peer.request('load', { dir: join(folder, 'adapter') });
    assert.notEqual(second.model, first.model);
    assert.deepEqual(await peer.request('load', { dir: base }), first);
    assert.equal((await peer.request('models', null)).length, 2);
    const [a, b] = await Promise.all([first, second].map(({ model }) => peer.request('logprobs', { model, rows: [{ prompt: 'Who likes apples?', completion: 'The cat.' }] })));
    assert.equal(a!.rows[0]!.logprobs.length, a!.rows[0]!.tokens.length);
    assert.ok(Math.abs(a!.rows[0]!.sum - b!.rows[0]!.sum) > 0.1, 'the adapter says something else');
    assert.ok(a!.rows[0]!.logprobs.every((value) => value < 0));
  });

  test('greedy twice is the same; a seed decides samples; n completions differ', async () => {
    const { model } = await peer.request('load', { dir: base });
    const ask = (more: object) => peer.request('generate', { model, prompts: ['Who likes apples?', 'Count.'], max_new_tokens: 12, ...more }).then(({ completions }) => completions);
    assert.deepEqual(await ask({}), await ask({}));
    const [one, two, three] = [await ask({ temperature: 1, seed: 1 }), await ask({ temperature: 1, seed: 1 }), await ask({ temperature: 1, seed: 2 })];
    assert.deepEqual(one, two);
    assert.notDeepEqual(one.map(({ ids }) => ids), three.map(({ ids }) => ids));
    const several = await ask({ temperature: 1, n: 3 });
    assert.deepEqual(several.map(({ index, sample }) => [index, sample]), [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    assert.equal(new Set(several.filter(({ index }) => index === 0).map(({ completion }) => completion)).size, 3);
    assert.match(several[0]!.prompt, /^<\|im_start\|>user\nWho likes apples\?<\|im_end\|>/);
    assert.equal((await ask({ raw: true }))[0]!.prompt, 'Who likes apples?');
  });

  test('streams the text that it answers', async () => {
    const { model } = await peer.request('load', { dir: base });
    const { completions } = await peer.request('generate', { model, prompts: ['One', 'Two'], max_new_tokens: 16, temperature: 1, stream: 's1' });
    for (const { index, completion } of completions) {
      const mine = pieces.filter((piece) => piece.stream === 's1' && piece.index === index);
      assert.equal(mine.map(({ text }) => text).join(''), completion);
      assert.equal(mine.at(-1)!.done, true);
    }
  });

  test('a cancelled request ends soon, and the next one is answered', async () => {
    const { model } = await peer.request('load', { dir: base });
    const abort = new AbortController();
    const long = peer.request('generate', { model, prompts: Array.from({ length: 8 }, () => 'Go on'), max_new_tokens: 400, temperature: 1 }, abort.signal);
    setTimeout(() => abort.abort(), 100);
    const began = performance.now();
    await assert.rejects(long, { name: 'Cancelled' });
    assert.ok(performance.now() - began < 5000);
    assert.equal((await peer.request('generate', { model, prompts: ['Hi'], max_new_tokens: 1 })).completions.length, 1);
  });

  test('what is missing is said, and the server lives on', async () => {
    await assert.rejects(peer.request('load', { dir: join(folder, 'nowhere') }), /nowhere does not exist/);
    await cp(base, join(folder, 'cut'), { recursive: true });
    await truncate(join(folder, 'cut/model.safetensors'), 5000);
    await assert.rejects(peer.request('load', { dir: join(folder, 'cut') }), /no complete safetensors file/);
    await assert.rejects(peer.request('generate', { model: 'nothing', prompts: ['x'] }), /No model "nothing" is loaded/);
    const { model } = await peer.request('load', { dir: base });
    await peer.request('unload', { model });
    await assert.rejects(peer.request('generate', { model, prompts: ['x'] }), /is loaded\. Load it first/);
  });

  test('shutdown ends the process with 0', async () => {
    await peer.request('shutdown', null);
    assert.equal((await server.exited).code, 0);
  });
});
