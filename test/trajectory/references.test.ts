/** The reference of a run through the trainer process: kept, followed and remembered over stops, and noticed when it is another one. */

import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readEvents, sendRequest, tailEvents } from '../../src/node/runDirectory.ts';
import { openWeightsFile, writeWeightsFile } from '../../src/node/weightsFile.ts';
import { runPaths } from '../../src/run/directory.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { evaluationsOf, metricsOf, newRun, readTensors, temporaryFolder, train } from '../trainerRun.ts';

const tied = resolve('test/parity/models/tied');
const pairs = resolve('test/parity/data/pairs.jsonl');
const spec = {
  method: 'dpo', model_name_or_path: tied, dataset: pairs, eval_dataset: resolve('test/parity/data/pairs_eval.jsonl'),
  eval_strategy: 'steps', eval_steps: 4, learning_rate: 1e-3, per_device_train_batch_size: 2, max_steps: 30, logging_steps: 1, save_steps: 5,
};
const trainedAdapter = { use_peft: true, lora_r: 4, lora_alpha: 8, lora_dropout: 0.1, lora_target_modules: ['q_proj', 'v_proj'] };

async function until(runDir: string, wanted: (event: RunEvent) => boolean): Promise<void> {
  let seen = false;
  await tailEvents(runPaths(runDir).events, (events) => void (seen ||= events.some(wanted)), AbortSignal.timeout(120_000), { pollMs: 20, until: () => seen });
  assert.ok(seen, 'the event came');
}

/** What the run measured, by step, without what depends on the clock. */
function course(events: readonly RunEvent[]): Map<string, unknown> {
  const steady = (metrics: Record<string, number>) => Object.fromEntries(Object.entries(metrics).filter(([name]) => !/per_second|runtime|step_time|memory_bytes/.test(name)));
  return new Map([...metricsOf(events), ...evaluationsOf(events)].map((event) => [`${event.type} ${event.step}`, steady(event.metrics)]));
}

/** Stops the run after `step` steps. */
const stopAfter = (runDir: string, step: number) => async (pid: number) => {
  await until(runDir, (event) => event.type === 'metrics' && event.step >= step);
  process.kill(pid, 'SIGTERM');
};

/** An adapter that is not new: its B is not zero. */
async function adapterFile(folder: string): Promise<string> {
  const run = await newRun(folder, { ...spec, ...trainedAdapter, eval_strategy: 'no', max_steps: 3, save_strategy: 'no', eval_dataset: undefined, output_dir: join(folder, 'first') });
  assert.equal((await train(run)).code, 0);
  return join(run, 'final/adapter_model.safetensors');
}

const kinds: [what: string, params: (folder: string) => Promise<Record<string, unknown>>, file: string][] = [
  ['a copy of the model', () => Promise.resolve({}), 'model.safetensors'],
  ['one that follows the model', () => Promise.resolve({ sync_ref_model: true, ref_model_sync_steps: 3, ref_model_mixup_alpha: 0.5 }), 'model.safetensors'],
  ['one asked before training', () => Promise.resolve({ precompute_ref_log_probs: true }), 'model.safetensors'],
  ['the adapter that the run began with', async (folder) => ({ ...trainedAdapter, lora: { init: await adapterFile(folder) } }), 'adapter_model.safetensors'],
];
for (const [what, paramsIn, file] of kinds) {
  test(`stopped and resumed it ends like an uninterrupted run: ${what}`, async (t) => {
    const folder = await temporaryFolder(t);
    const params = await paramsIn(folder);
    const whole = await newRun(folder, { ...spec, ...params, output_dir: join(folder, 'whole') });
    const uninterrupted = await train(whole);
    assert.equal(uninterrupted.code, 0, uninterrupted.stderr);
    const first = metricsOf(uninterrupted.events)[0]!.metrics;
    assert.equal(first['rewards/chosen'], 0, 'the reference is where the model begins');

    const broken = await newRun(folder, { ...spec, ...params, output_dir: join(folder, 'broken') });
    assert.equal((await train(broken, { during: stopAfter(broken, 4) })).code, 130);
    const resumed = await train(broken);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(course(resumed.events), course(uninterrupted.events));
    const [a, b] = [await readTensors(join(whole, 'final', file)), await readTensors(join(broken, 'final', file))];
    for (const [name, values] of a) assert.deepEqual(values, b.get(name), name);
  });
}

test('a reference asked before training is read again only for the same rows, weights and settings', async (t) => {
  const folder = await temporaryFolder(t);
  const data = join(folder, 'pairs.jsonl');
  await cp(pairs, data);
  const run = await newRun(folder, { ...spec, dataset: data, precompute_ref_log_probs: true, save_strategy: 'no' });
  const { reference, events } = runPaths(run);
  const stopBeforeSaving = async () => {
    const { code, stderr, events: all } = await train(run, { during: async (pid) => void (await until(run, ({ type }) => type === 'metrics'), process.kill(pid, 'SIGKILL')) });
    assert.equal(code, null, stderr);
    await rm(join(run, 'checkpoints'), { recursive: true, force: true });
    await rm(events);
    return all.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
  };
  assert.deepEqual(await stopBeforeSaving(), []);
  const before = await readTensors(reference);
  assert.deepEqual([...before].map(([name, { length }]) => `${name} ${length}`), ['train.refChosen 13', 'train.refRejected 13', 'eval.refChosen 5', 'eval.refRejected 5']);
  const { mtimeMs } = await stat(reference);
  assert.deepEqual(await stopBeforeSaving(), []);
  assert.equal((await stat(reference)).mtimeMs, mtimeMs, 'it was read, not computed');

  // Another row: nothing was trained yet, so the run begins with what is there now.
  const lines = (await readFile(data, 'utf8')).trimEnd().split('\n');
  await writeFile(data, `${lines.slice(1).join('\n')}\n`);
  assert.deepEqual(await stopBeforeSaving(), ['reference-stale']);
  assert.equal((await readTensors(reference)).get('train.refChosen')!.length, 12);

  await writeFile(reference, 'not this');
  assert.deepEqual(await stopBeforeSaving(), ['reference-unreadable']);
  assert.equal((await readTensors(reference)).get('train.refChosen')!.length, 12);
});

test('asking the reference before training can be stopped', async (t) => {
  const folder = await temporaryFolder(t);
  const data = join(folder, 'many.jsonl');
  await writeFile(data, `${(await readFile(pairs, 'utf8')).trimEnd()}\n`.repeat(800));
  const run = await newRun(folder, { ...spec, dataset: data, precompute_ref_log_probs: true, precompute_ref_batch_size: 1 });
  const { code, events } = await train(run, {
    async during() {
      await until(run, (event) => event.type === 'preparing' && event.what === 'reference');
      await sendRequest(run, 'stop');
    },
  });
  assert.equal(code, 130);
  const last = events.at(-1)!;
  assert.ok(last.type === 'finished' && last.status === 'stopped', JSON.stringify(last));
  const told = events.findLast((event) => event.type === 'preparing')!;
  assert.ok(told.type === 'preparing' && told.rows > 0 && told.rows < told.total && told.total === 800 * 13 + 5, JSON.stringify(told));
  assert.ok(!events.some(({ type }) => type === 'started'));
});

test('a run whose first model changed is not resumed, and says how to go on', async (t) => {
  const folder = await temporaryFolder(t);
  const model = join(folder, 'model');
  await cp(tied, model, { recursive: true });
  const run = await newRun(folder, { ...spec, model_name_or_path: model });
  assert.equal((await train(run, { during: stopAfter(run, 2) })).code, 130);
  const file = await openWeightsFile(join(model, 'model.safetensors'));
  await writeWeightsFile(join(folder, 'other.safetensors'), { ...file, read: async (name) => (await file.read(name)).map((value) => value * 1.01) });
  await file.close();
  await rename(join(folder, 'other.safetensors'), join(model, 'model.safetensors'));
  const { code, events } = await train(run);
  assert.equal(code, 1);
  const last = events.at(-1)!;
  assert.ok(last.type === 'finished' && /model\.safetensors was changed since the run of this checkpoint began.*start a new run/.test(last.message), JSON.stringify(last));
});

test('a checkpoint without the reference that follows is passed over', async (t) => {
  const folder = await temporaryFolder(t);
  const run = await newRun(folder, { ...spec, sync_ref_model: true, ref_model_sync_steps: 2 });
  assert.equal((await train(run, { during: stopAfter(run, 7) })).code, 130);
  const newest = (await readEvents(runPaths(run).events)).findLast((event) => event.type === 'checkpoint')!;
  assert.ok(newest.type === 'checkpoint');
  await rm(join(run, newest.path, 'reference.safetensors'));
  const { code, events, stderr } = await train(run);
  assert.equal(code, 0, stderr);
  assert.ok(events.some((event) => event.type === 'warning' && event.message.includes(newest.path) && /checkpoint before it/.test(event.message)));
});
