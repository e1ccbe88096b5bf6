/** The trainer process from outside: stopped, killed, paused, resumed, and refused where something is wrong. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { inspectLock, runStatus, sendRequest, tailEvents, waitingRequests } from '../../src/node/runDirectory.ts';
import { runPaths } from '../../src/run/directory.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { metricsOf, newRun, readTensors, temporaryFolder, train, trainerProgram } from '../trainerRun.ts';

const model = resolve('test/parity/models/tied');
const rows = resolve('test/parity/data/chat.jsonl');
const spec = { method: 'sft', model_name_or_path: model, dataset: rows, learning_rate: 1e-3, per_device_train_batch_size: 2, max_steps: 30, logging_steps: 1, save_steps: 7, max_length: 128 };
const withAdapter = { use_peft: true, lora_r: 4, lora_dropout: 0.1, lora_target_modules: ['q_proj', 'v_proj'], trainable_token_indices: ['<|im_end|>'] };

/** Resolves when the trainer of this run wrote such an event. */
async function until(runDir: string, wanted: (event: RunEvent) => boolean): Promise<void> {
  let seen = false;
  await tailEvents(runPaths(runDir).events, (events) => void (seen ||= events.some(wanted)), AbortSignal.timeout(120_000), { pollMs: 20, until: () => seen });
  assert.ok(seen, 'the event came');
}

/** The last metrics of every step, as a reader sees them, without what depends on the clock. */
function course(events: readonly RunEvent[]): Map<number, unknown> {
  return new Map(metricsOf(events).map(({ step, epoch, metrics: { tokens_per_second: _speed, step_time: _time, memory_bytes: _memory, ...metrics } }) => [step, { epoch, ...metrics }]));
}

async function requireSameEnd(a: string, b: string, file: string): Promise<void> {
  const [first, second] = [await readTensors(join(a, 'final', file)), await readTensors(join(b, 'final', file))];
  assert.deepEqual([...first.keys()], [...second.keys()]);
  for (const [name, values] of first) assert.deepEqual(values, second.get(name), name);
}

const dora = { use_peft: true, use_dora: true, lora_r: 4, lora_dropout: 0.1, lora_target_modules: ['q_proj', 'v_proj'], lora_modules_to_save: ['norm'] };
const partly = { freeze: ['model.layers.0', 'self_attn'], weight_decay: 0.1 };
/** All of the model is frozen but one row: what is saved is an adapter. */
const oneRow = { freeze: ['model.layers', 'model.norm'], trainable_token_indices: ['<|im_end|>'] };

for (const [kind, extra, file] of [['full training', {}, 'model.safetensors'], ['a model with frozen parts', partly, 'model.safetensors'], ['a token row in a frozen model', oneRow, 'adapter_model.safetensors'], ['DoRA with dropout and copied norms', dora, 'adapter_model.safetensors'], ['an adapter with dropout and a token row', withAdapter, 'adapter_model.safetensors']] as const) {
  test(`stopped by a signal, then killed, then resumed, it ends like an uninterrupted run: ${kind}`, async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, 'a'));
    await mkdir(join(folder, 'b'));
    const whole = await newRun(join(folder, 'a'), { ...spec, ...extra });
    const uninterrupted = await train(whole);
    assert.equal(uninterrupted.code, 0, uninterrupted.stderr);

    const broken = await newRun(join(folder, 'b'), { ...spec, ...extra });
    const stopped = await train(broken, {
      async during(pid) {
        await until(broken, (event) => event.type === 'metrics' && event.step >= 4);
        process.kill(pid, 'SIGTERM');
      },
    });
    assert.equal(stopped.code, 130, stopped.stderr);
    const end = stopped.events.at(-1)!;
    assert.ok(end.type === 'finished' && end.status === 'stopped');
    assert.ok(stopped.events.some((event) => event.type === 'checkpoint' && event.step === end.step), 'it stopped with a checkpoint');
    assert.equal(await runStatus(broken), 'stopped');

    const killed = await train(broken, {
      args: ['--resume'],
      async during(pid) {
        await until(broken, (event) => event.type === 'metrics' && event.step >= end.step + 9);
        process.kill(pid, 'SIGKILL');
      },
    });
    assert.equal(killed.signal, 'SIGKILL');
    assert.equal(await runStatus(broken), 'stale');

    const resumed = await train(broken, { args: ['--resume'] });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(course(resumed.events), course(uninterrupted.events));
    assert.equal(resumed.events.filter(({ type }) => type === 'resumed').length, 2);
    await requireSameEnd(whole, broken, file);
    const [a, b] = [uninterrupted.events.at(-1)!, resumed.events.at(-1)!];
    assert.ok(a.type === 'finished' && b.type === 'finished' && a.metrics.train_loss === b.metrics.train_loss, 'train_loss is that of the whole run');
  });
}

test('what is frozen stays as it was to the bit and has no moments', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, ...partly, max_steps: 4, save_steps: 4 });
  const { code, stderr } = await train(run);
  assert.equal(code, 0, stderr);
  const [before, after, moments] = [await readTensors(join(model, 'model.safetensors')), await readTensors(join(run, 'final/model.safetensors')), await readTensors(join(run, 'checkpoints/step-000004/optimizer.safetensors'))];
  for (const [name, values] of before) {
    const frozen = name.startsWith('model.layers.0.') || name.includes('.self_attn.');
    if (frozen) assert.deepEqual(after.get(name), values, name);
    else assert.notDeepEqual(after.get(name), values, name);
    assert.equal(moments.has(`${name}.exp_avg`), !frozen, name);
  }
});

test('requests in the control folder: save, pause, resume, stop', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2000, save_strategy: 'no', logging_steps: 10 });
  const { code, events } = await train(run, {
    async during() {
      await until(run, ({ type }) => type === 'metrics');
      await sendRequest(run, 'save');
      await until(run, ({ type }) => type === 'checkpoint');
      await sendRequest(run, 'pause');
      await until(run, ({ type }) => type === 'paused');
      assert.equal(await runStatus(run), 'paused');
      await sendRequest(run, 'resume');
      await until(run, ({ type }) => type === 'resumed');
      await sendRequest(run, 'stop');
    },
  });
  assert.equal(code, 130);
  assert.deepEqual(events.map(({ type }) => type).filter((type) => type !== 'metrics'), ['started', 'checkpoint', 'paused', 'resumed', 'checkpoint', 'finished']);
  assert.deepEqual(await waitingRequests(run), []);
});

test('waiting in a pause counts no step: a failure after it names the last finished one', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2000, save_strategy: 'no' });
  const { events } = await train(run, {
    async during() {
      await until(run, ({ type }) => type === 'metrics');
      await sendRequest(run, 'pause');
      await until(run, ({ type }) => type === 'paused');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await writeFile(runPaths(run).checkpoints, 'in the way');
      await sendRequest(run, 'save');
    },
  });
  const [paused, last] = [events.find(({ type }) => type === 'paused')!, events.at(-1)!];
  assert.ok(paused.type === 'paused' && last.type === 'finished' && last.status === 'failed', JSON.stringify(last));
  assert.equal(last.step, paused.step);
  assert.equal(paused.step, metricsOf(events).at(-1)!.step);
});

test('a foreground trainer stops with a checkpoint when its starter is gone', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2000, save_strategy: 'no' });
  const child = spawn(process.execPath, [trainerProgram, run, '--foreground'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  await until(run, ({ type }) => type === 'metrics');
  child.stdin.end();
  assert.equal(await exited, 130);
  assert.equal((await readdir(runPaths(run).checkpoints)).length, 1);
});

test('a second trainer on the same directory is refused and harms nothing', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2000, save_strategy: 'no' });
  const first = await train(run, {
    async during(pid) {
      await until(run, ({ type }) => type === 'metrics');
      const second = await train(run);
      assert.equal(second.code, 1);
      assert.match(second.stderr, /another trainer works here \(process \d+ on/);
      process.kill(pid, 'SIGTERM');
    },
  });
  assert.equal(first.code, 130, first.stderr);
  assert.equal(first.events.filter(({ type }) => type === 'finished').length, 1);
  assert.equal((await inspectLock(run)).state, 'free');
});

test('a trainer whose run was taken over ends without writing a checkpoint, a result or an event', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2000, save_strategy: 'no', logging_steps: 2000 });
  const { lock, events, checkpoints, final } = runPaths(run);
  let before = '';
  const { code, stderr } = await train(run, {
    async during() {
      await until(run, ({ type }) => type === 'started');
      await sendRequest(run, 'pause');
      await until(run, ({ type }) => type === 'paused');
      before = await readFile(events, 'utf8');
      const held = await readFile(lock, 'utf8');
      await writeFile(lock, held.replace(/"token":"[^"]*"/, `"token":"${'0'.repeat(24)}"`));
      await sendRequest(run, 'stop');
    },
  });
  assert.equal(code, 1);
  assert.match(stderr, /Failed: .*is not this trainer's any more.*writes nothing/);
  assert.equal(await readFile(events, 'utf8'), before);
  assert.deepEqual(await readdir(checkpoints).catch(() => []), []);
  await assert.rejects(readdir(final), { code: 'ENOENT' });
  assert.deepEqual(await waitingRequests(run), ['stop'], 'the request is for the trainer that holds the run');
  assert.match(await readFile(lock, 'utf8'), /"token":"0{24}"/, 'the lock stays with it');
});

test('only the newest checkpoints are kept; a damaged one is passed over, told by name', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 20, save_steps: 4, save_total_limit: 2 });
  const { code } = await train(run, {
    async during(pid) {
      await until(run, (event) => event.type === 'checkpoint' && event.step === 12);
      process.kill(pid, 'SIGKILL');
    },
  });
  assert.equal(code, null);
  const names = (await readdir(runPaths(run).checkpoints)).filter((name) => !name.endsWith('.tmp')).sort();
  const newest = names.at(-1)!;
  assert.ok(names.length <= 2, names.join());
  await truncate(join(runPaths(run).checkpoints, newest, 'model.safetensors'), 1000);
  await mkdir(join(runPaths(run).checkpoints, 'step-000099.1-ab.tmp'));
  const resumed = await train(run);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.ok(resumed.events.some((event) => event.type === 'warning' && event.message.includes(newest) && /checkpoint before it/.test(event.message)));
  assert.ok(!(await readdir(runPaths(run).checkpoints)).some((name) => name.endsWith('.tmp')), 'what a killed writer left is gone');
});

const refusals: [what: string, prepare: (paths: { folder: string; model: string; rows: string }) => Promise<unknown>, message: RegExp, params?: Record<string, unknown>][] = [
  ['a dataset that vanished', ({ rows }) => rm(rows), /rows\.jsonl: no such file/],
  ['a model folder that vanished', ({ model }) => rename(model, `${model}-away`), /The model folder .*model does not exist/],
  ['a model without tokenizer', ({ model }) => rm(join(model, 'tokenizer.json')), /has no tokenizer\.json/],
  ['weights that were cut off', ({ model }) => truncate(join(model, 'model.safetensors'), 200_000), /model\.safetensors is no complete safetensors file: .*(cut off|ends after)/],
  ['a config that does not fit the weights', ({ model }) => edit(join(model, 'config.json'), (text) => text.replace('"intermediate_size": 172', '"intermediate_size": 180')), /has shape \[172, 64\]; the config says \[180, 64\]/],
  ['an empty dataset', ({ rows }) => writeFile(rows, ''), /rows\.jsonl is empty/],
  ['a dataset in no known format', ({ rows }) => writeFile(rows, '{"question": "a", "reply": "b"}\n'), /no known dataset format fits .*question, reply/],
  ['a dataset without a usable row', ({ rows }) => writeFile(rows, '{"prompt": "Tell me something long about the cat and the river.", "completion": "ok"}\n'.repeat(3)), /no row to train on\. lines 1, 2, 3: /, { max_length: 4 }],
  ['rows for another method', ({ rows }) => writeFile(rows, '{"prompt": "a", "chosen": "b", "rejected": "c"}\n'.repeat(3)), /is of the format "preference", which method "sft" cannot use/],
  ['a template that hangs', ({ model }) => writeFile(join(model, 'chat_template.jinja'), '{% for a in range(99999999) %}{% for b in range(99999999) %}{% endfor %}{% endfor %}'), /chat template|gave no answer|needed more than/],
];

for (const [what, prepare, message, params] of refusals) {
  test(`one clear line for ${what}`, async (t) => {
    const folder = await temporaryFolder(t);
    const paths = { folder, model: join(folder, 'model'), rows: join(folder, 'rows.jsonl') };
    await cp(model, paths.model, { recursive: true });
    await cp(rows, paths.rows);
    const run = await newRun(folder, { ...spec, model_name_or_path: paths.model, dataset: paths.rows, max_steps: 2, ...params });
    await prepare(paths);
    const { code, events, stderr } = await train(run);
    assert.equal(code, 1, stderr);
    const last = events.at(-1)!;
    assert.ok(last.type === 'finished' && last.status === 'failed');
    assert.match(last.message, message);
    assert.doesNotMatch(last.message, /\n|Unexpected error/);
    assert.match(stderr, /^Failed: /m);
    assert.equal((await inspectLock(run)).state, 'free');
  });
}

test('a sample prompt that cannot be answered is told with its place and skipped', async (t) => {
  const folder = await temporaryFolder(t);
  const prompts = join(folder, 'prompts.jsonl');
  await writeFile(prompts, ['{"prompt": "Hello"}', JSON.stringify({ prompt: 'the cat and the river '.repeat(200) }), '{"prompt": 3}', '', '{"prompt": ""}', '{"prompt": "Bye"}'].join('\n'));
  const run = await newRun(folder, { ...spec, max_steps: 2, samples: { prompts, every_steps: 1, max_new_tokens: 2 } });
  const { code, events, stderr } = await train(run);
  assert.equal(code, 0, stderr);
  assert.deepEqual(events.flatMap((event) => (event.type === 'sample' ? [`${event.step} ${event.index} ${event.prompt}`] : [])), [0, 1, 2].flatMap((step) => [`${step} 0 Hello`, `${step} 1 Bye`]));
  const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  assert.equal(told.length, 3, told.join('\n'));
  for (const [i, [line, why]] of ([[2, /has \d+ tokens, and the model's context holds 512/], [3, /not a row of the format "prompt-only"/], [5, /has no tokens/]] as const).entries()) {
    assert.ok(told[i]!.startsWith(`${prompts}:${line}: this sample prompt is skipped`), told[i]);
    assert.match(told[i]!, why);
  }

  await writeFile(prompts, '{"prompt": ""}\n');
  await mkdir(join(folder, 'none'));
  const none = await train(await newRun(join(folder, 'none'), { ...spec, max_steps: 2, samples: { prompts, every_steps: 1 } }));
  assert.equal(none.code, 0, none.stderr);
  assert.ok(none.events.some((event) => event.type === 'warning' && /no prompt that can be answered/.test(event.message)));
});

test('a run whose data changed is not resumed, and says how to go on', async (t) => {
  const folder = await temporaryFolder(t);
  const data = join(folder, 'rows.jsonl');
  await cp(rows, data);
  const run = await newRun(folder, { ...spec, dataset: data, max_steps: 2000 });
  await train(run, {
    async during(pid) {
      await until(run, ({ type }) => type === 'checkpoint');
      process.kill(pid, 'SIGTERM');
    },
  });
  await appendFile(data, '{"prompt": "a", "completion": "b"}\n');
  const { code, events } = await train(run);
  assert.equal(code, 1);
  const last = events.at(-1)!;
  assert.ok(last.type === 'finished' && last.status === 'failed', JSON.stringify(last));
  const way = /rows\.jsonl was changed since this run began, so it cannot be resumed.*Restore the file, or go on .* in a new run: posttrain (train .* --from .*)$/.exec(last.message);
  assert.ok(way, last.message);
  // And that way works.
  const steps = Number(/step-(\d+)$/.exec(way[1]!)![1]) + 2;
  const branch = spawnSync(process.execPath, [resolve('dist/cli.js'), ...way[1]!.split(' '), `max_steps=${steps}`], { cwd: folder, encoding: 'utf8' });
  assert.match(branch.stdout, new RegExp(`sft on wasm .*, ${steps} steps, from step ${steps - 2}\\n`), branch.stderr);
  assert.match(branch.stdout, new RegExp(`Completed ${steps} steps`));
});

test('a complete run is not run again', async (t) => {
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 2 });
  assert.equal((await train(run)).code, 0);
  const before = await readFile(runPaths(run).events, 'utf8');
  const again = await train(run);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is complete \(step 2\)/);
  assert.equal(await readFile(runPaths(run).events, 'utf8'), before, 'its last event still says that it is complete');
});

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8');
  assert.notEqual(change(text), text, 'the edit changes something');
  await writeFile(path, change(text));
}

test('what the model was made with and is not used here is said: its number of positions, attention_dropout', async (t) => {
  const folder = await temporaryFolder(t);
  const other = join(folder, 'model');
  await cp(model, other, { recursive: true });
  const config = JSON.parse(await readFile(join(other, 'config.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(other, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: 8, attention_dropout: 0.1 }));
  const { code, stderr, events } = await train(await newRun(folder, { ...spec, model_name_or_path: other, max_steps: 1 }));
  assert.equal(code, 0, stderr);
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event] : []));
  assert.match(warnings.find(({ code: name }) => name === 'beyond-positions')!.message, /made for 8 /);
  assert.match(warnings.find(({ code: name }) => name === 'attention-dropout')!.message, /attention_dropout: 0\.1/);
});
