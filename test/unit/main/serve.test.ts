/** Serve mode in this process: what nobody uses is unloaded, and who cancels does not wait. */

import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { chooseBackend } from '../../../src/backend/index.ts';
import { openFitting } from '../../../src/main/trainer/openBackend.ts';
import { createServer, type OpenServing } from '../../../src/main/trainer/serve.ts';
import { connectPeer, type Port } from '../../../src/protocol/rpc.ts';
import type { TrainerClientContract, TrainerContract } from '../../../src/protocol/trainer.ts';

const dir = resolve('test/parity/models/tied');
// The server looks for it beside its own bundle, which is this test.
const worker = join(__dirname, 'tokenWorker.js');
before(() => copyFileSync(resolve('dist/tokenWorker.js'), worker));
after(() => rmSync(worker));

function portPair(): [Port, Port] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const side = (mine: number): Port => ({
    post: (message) => queueMicrotask(() => listeners[1 - mine]!.forEach((listen) => listen(structuredClone(message)))),
    listen(onMessage) {
      listeners[mine]!.push(onMessage);
      return () => void listeners[mine]!.splice(listeners[mine]!.indexOf(onMessage), 1);
    },
  });
  return [side(0), side(1)];
}

function start(t: TestContext, open: OpenServing = () => chooseBackend('cpu')) {
  const [mine, its] = portPair();
  const unloaded: string[] = [];
  const server = createServer(its, open, () => undefined);
  const peer = connectPeer<TrainerClientContract, TrainerContract>(mine, {}, { unloaded: ({ model, reason }) => void unloaded.push(`${model} ${reason}`) });
  t.after(() => {
    peer.dispose();
    server.dispose();
  });
  return { peer, unloaded };
}

const minutes = 60_000;
const generate = (model: string, max_new_tokens: number) => ({ model, prompts: ['Hi'], max_new_tokens, temperature: 1 });

test('a model that nobody asks for ten minutes is unloaded, once, and said so', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { peer, unloaded } = start(t);
  const { model } = await peer.request('load', { dir });
  t.mock.timers.tick(9 * minutes);
  await peer.request('generate', generate(model, 1));
  t.mock.timers.tick(9 * minutes);
  assert.equal((await peer.request('models', null)).length, 1, 'it was used meanwhile');
  t.mock.timers.tick(2 * minutes);
  await assert.rejects(peer.request('generate', generate(model, 1)), /Load it first/);
  assert.deepEqual(unloaded, [`${model} idle`]);
});

test('a model that is busy for longer than that stays', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { peer, unloaded } = start(t);
  const { model } = await peer.request('load', { dir });
  const long = peer.request('generate', generate(model, 12));
  await new Promise((done) => setImmediate(done)); // it has begun
  t.mock.timers.tick(11 * minutes);
  await long;
  assert.equal((await peer.request('generate', generate(model, 1))).completions.length, 1);
  assert.deepEqual(unloaded, []);
});

test('who cancels is answered at once: in the queue, and while a backend opens', async (t) => {
  let opened = (): void => undefined;
  const gate = new Promise<void>((done) => (opened = done));
  const { peer } = start(t, () => gate.then(() => chooseBackend('cpu')));
  const aborts = [new AbortController(), new AbortController()];
  const waiting = aborts.map(({ signal }) => peer.request('load', { dir }, signal));
  // The second one waits for the first, which waits for a backend that does not come.
  for (const i of [1, 0]) {
    aborts[i]!.abort();
    await assert.rejects(waiting[i]!, { name: 'Cancelled' });
  }
  opened();
  assert.equal((await peer.request('load', { dir })).hasChatTemplate, true);
});

test('a backend that broke is given up with its models, and the next request opens another', async (t) => {
  const opened: { broken: boolean }[] = [];
  const { peer, unloaded } = start(t, async () => {
    const chosen = await chooseBackend('cpu');
    const state = { broken: false };
    opened.push(state);
    return { ...chosen, backend: { ...chosen.backend, broken: () => state.broken } };
  });
  const { model } = await peer.request('load', { dir });
  const { completions } = await peer.request('generate', generate(model, 2));
  opened[0]!.broken = true;
  await peer.request('generate', generate(model, 1));
  await assert.rejects(peer.request('generate', generate(model, 1)), /Load it first/);
  assert.deepEqual(unloaded, [`${model} broken`]);
  await peer.request('load', { dir });
  assert.deepEqual((await peer.request('generate', generate(model, 2))).completions, completions);
  assert.equal(opened.length, 2);
});

test('a prompt that cannot be answered is shown, not counted', async (t) => {
  const { peer } = start(t);
  const { model } = await peer.request('load', { dir });
  const ask = (...prompts: (string | { role: string; content: string }[])[]) => peer.request('generate', { model, prompts, n: 3, max_new_tokens: 1 });
  await assert.rejects(ask('Hi', `Once upon ${'a time '.repeat(1000)}`), /The prompt "Once upon a time a time .*… has \d+ tokens, and the model's context holds \d+: shorten it\./);
  await assert.rejects(ask([{ role: 'user', content: `Who ${'are you '.repeat(1000)}` }]), /The prompt "Who are you are/);
  await assert.rejects(peer.request('generate', { model, prompts: ['Hi', ''], raw: true, max_new_tokens: 1 }), /The prompt "" has no tokens/);
});

test('a model that is too large for one backend goes to the next, while no other model is there', async (t) => {
  const tried: string[] = [];
  const openNext: typeof chooseBackend = async (_name, _options, passedOver = new Map()) => {
    tried.push([...passedOver.keys()].join());
    const chosen = await chooseBackend(passedOver.has('cpu') ? 'wasm' : 'cpu', { threads: 1 }, passedOver);
    return chosen.backend.name === 'wasm' ? chosen : { ...chosen, backend: { ...chosen.backend, memoryLimitBytes: () => 1000 } };
  };
  const { peer } = start(t, async (requireFit, before) => openFitting(before ?? (await openNext('auto')), 'auto', () => undefined, requireFit, (name, warn, passedOver) => openNext(name, { warn }, passedOver)));
  const loaded = await peer.request('load', { dir });
  assert.equal(loaded.backend, 'wasm');
  assert.equal((await peer.request('generate', generate(loaded.model, 2))).completions.length, 1);
  await peer.request('unload', { model: loaded.model });
  assert.equal((await peer.request('load', { dir })).backend, 'wasm');
  assert.deepEqual(tried, ['', 'cpu'], 'what was opened is kept');
});
