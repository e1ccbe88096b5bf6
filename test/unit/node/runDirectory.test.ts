/** Run directories: created once, read with care, listed fast, asked through files; their status is told from what is on disk. */

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLine, type RunEvent } from '../../../src/run/event.ts';
import type { RunRecord } from '../../../src/run/directory.ts';
import { parseRunSpec, resolveRunSpec } from '../../../src/run/spec.ts';
import { acquireLock, createRun, displayPath, doneRequest, findRuns, freeName, isRun, listRun, readRun, runStatus, sendRequest, updateRun, waitingRequests } from '../../../src/node/runDirectory.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-runs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;
const newDir = () => join(folder, `run${++runs}`, 'deep');

const spec = resolveRunSpec(parseRunSpec('method: sft\nmodel_name_or_path: m\ndataset: d\noutput_dir: o\n'), { specDir: '/s', cwd: '/c' })!;
const record: RunRecord = { version: 1, spec, spec_file: '/s/x.posttrain.yaml', versions: { posttrain: '1' }, datasets: [], weights: [], device: null, start: '2026-01-01T00:00:00.000Z' };
const time = '2026-01-01T00:00:01.000Z';
const started: RunEvent = { type: 'started', time, pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'd', reason: '', versions: {}, total_steps: 100, resumed_from: null };
const metrics = (step: number): RunEvent => ({ type: 'metrics', time, step, epoch: 0, metrics: { loss: 1 / step } });
const finished = (status: 'completed' | 'stopped' | 'failed'): RunEvent => ({ type: 'finished', time, status, step: 9, message: '', metrics: { train_loss: 0.5 } });
const append = (dir: string, ...events: RunEvent[]) => events.forEach((event) => appendFileSync(join(dir, 'events.jsonl'), `${eventLine(event)}\n`));

describe('createRun', () => {
  test('makes a directory that reads back', async () => {
    const dir = newDir();
    await createRun(dir, record);
    assert.deepEqual(await readRun(dir), record);
    assert.ok(await isRun(dir));
    assert.deepEqual(readdirSync(dir).sort(), ['control', 'run.json']);
    await updateRun(dir, { device: 'CPU' });
    assert.equal((await readRun(dir)).device, 'CPU');
  });
  test('refuses a second run there, naming resume and a free name', async () => {
    const dir = newDir();
    await createRun(dir, record);
    mkdirSync(`${dir}-2`);
    await assert.rejects(createRun(dir, record), (error: Error) => error.name === 'UserError' && error.message.includes('posttrain resume') && error.message.includes(`${dir}-3`));
    assert.equal(await freeName(`${dir}/`), `${dir}-3`);
  });
  test('of several that begin there at once only one does', async () => {
    const dir = newDir();
    const tries = await Promise.allSettled([1, 2, 3, 4].map((seed) => createRun(dir, { ...record, spec: { ...spec, seed } }).then(() => seed)));
    const made = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(made.length, 1);
    assert.equal((await readRun(dir)).spec.seed, made[0]);
    for (const result of tries) if (result.status === 'rejected') assert.equal((result.reason as { code?: string }).code, 'run-exists');
  });
  test('overwrites when asked, but never a living run, and never files that are not its own', async () => {
    const dir = newDir();
    await createRun(dir, record);
    append(dir, started);
    mkdirSync(join(dir, 'checkpoints', 'step-000001'), { recursive: true });
    writeFileSync(join(dir, 'notes.md'), 'mine');
    const lock = await acquireLock(dir);
    await assert.rejects(createRun(dir, record, { overwrite: true }), /works here now/);
    lock.release();
    await createRun(dir, record, { overwrite: true });
    assert.deepEqual(readdirSync(dir).sort(), ['control', 'notes.md', 'run.json']);
  });
  test('overwriting leaves what a person put between', async () => {
    const dir = newDir();
    await createRun(dir, record);
    for (const name of ['checkpoints/step-000001', 'checkpoints/step-000002.1-ab.tmp', 'checkpoints/best', 'final']) mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, 'control', 'stop'), '');
    writeFileSync(join(dir, 'control', 'notes'), 'mine');
    await createRun(dir, record, { overwrite: true });
    assert.deepEqual(readdirSync(dir).sort(), ['checkpoints', 'control', 'run.json']);
    assert.deepEqual([readdirSync(join(dir, 'checkpoints')), readdirSync(join(dir, 'control'))], [['best'], ['notes']]);
  });
  test('never overwrites what the new run needs: model, dataset, adapter, prompts, spec, through links as well', async () => {
    const dir = newDir();
    await createRun(dir, record);
    mkdirSync(join(dir, 'final'));
    mkdirSync(join(dir, 'checkpoints', 'step-000001'), { recursive: true });
    writeFileSync(join(dir, 'final', 'adapter_model.safetensors'), '');
    writeFileSync(join(dir, 'rollouts.jsonl'), '{}\n');
    append(dir, started);
    symlinkSync(join(dir, 'final'), join(dir, 'newest'));
    const needs: [string, Partial<RunRecord>][] = [
      ['model_name_or_path', { spec: { ...spec, model_name_or_path: join(dir, 'final') } }],
      ['model_name_or_path', { spec: { ...spec, model_name_or_path: `${join(dir, 'checkpoints', 'step-000001')}/` } }],
      ['model_name_or_path', { spec: { ...spec, model_name_or_path: join(dir, 'newest') } }],
      ['dataset.path', { spec: { ...spec, dataset: [{ path: join(dir, 'rollouts.jsonl'), weight: 1 }] } }],
      ['eval_dataset.path', { spec: { ...spec, eval_dataset: [{ path: join(dir, 'events.jsonl'), weight: 1 }] } }],
      ['lora.init', { spec: { ...spec, params: { ...spec.params, lora: { init: join(dir, 'final', 'adapter_model.safetensors') } } } }],
      ['samples.prompts', { spec: { ...spec, params: { ...spec.params, samples: { prompts: join(dir, 'final', 'prompts.jsonl') } } } }],
      ['--from', { origin: { checkpoint: join(dir, 'checkpoints', 'step-000001'), step: 1 } }],
      ['the run spec', { spec_file: join(dir, 'final', 'x.posttrain.yaml') }],
    ];
    const before = readdirSync(dir, { recursive: true });
    for (const [key, need] of needs) {
      await assert.rejects(createRun(dir, { ...record, ...need }, { overwrite: true }), (error: Error) => error.name === 'UserError' && error.message.startsWith(`${key}: `) && error.message.includes('another output_dir'), key);
      assert.deepEqual(readdirSync(dir, { recursive: true }), before, key);
    }
    // Beside what is deleted is no reason to refuse.
    await createRun(dir, { ...record, spec: { ...spec, dataset: [{ path: join(dir, 'train.jsonl'), weight: 1 }] } }, { overwrite: true });
  });
  test('never overwrites what another program calls run.json or events.jsonl', async () => {
    for (const [name, text] of [['run.json', '{"name": "mine"}'], ['run.json', 'null'], ['events.jsonl', '{"prompt": "a", "completion": "b"}\n']] as const) {
      const dir = newDir();
      mkdirSync(join(dir, 'final'), { recursive: true });
      writeFileSync(join(dir, name), text);
      await assert.rejects(createRun(dir, record, { overwrite: true }), /not written by Posttrain/);
      assert.deepEqual(readdirSync(dir).sort(), [name, 'final'].sort());
    }
    const dir = newDir();
    mkdirSync(dir, { recursive: true });
    append(dir, started);
    await createRun(dir, record, { overwrite: true });
    assert.deepEqual(readdirSync(dir).sort(), ['control', 'run.json']);
  });
  test('a file in its way', async () => {
    const dir = newDir();
    mkdirSync(join(dir, '..'), { recursive: true });
    writeFileSync(dir, '');
    await assert.rejects(createRun(dir, record), { name: 'UserError' });
  });
});

describe('readRun', () => {
  const cases: [string, string][] = [['{', 'not valid JSON'], ['null', 'not an object'], ['{"version": 2}', 'another version'], ['{"version": 1}', 'spec'], ['{"version": 1, "spec": {"method": 3}}', 'spec']];
  for (const [text, words] of cases) {
    test(`run.json is ${text}`, async () => {
      const dir = newDir();
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, 'run.json'), text);
      await assert.rejects(readRun(dir), (error: Error) => error.name === 'UserError' && error.message.includes(words) && error.message.includes('run.json'));
    });
  }
  test('no run there', async () => {
    await assert.rejects(readRun(folder), /no run directory/);
  });
});

describe('runStatus', () => {
  test('follows the events and the lock', async () => {
    const dir = newDir();
    await createRun(dir, record);
    assert.equal(await runStatus(dir), 'created');
    append(dir, started, metrics(1));
    assert.equal(await runStatus(dir), 'stale');
    const lock = await acquireLock(dir);
    assert.equal(await runStatus(dir), 'running');
    append(dir, { type: 'paused', time, step: 1 });
    assert.equal(await runStatus(dir), 'paused');
    append(dir, { type: 'warning', time, step: 1, code: 'c', message: 'm' });
    assert.equal(await runStatus(dir), 'paused');
    append(dir, { type: 'checkpoint', time, step: 1, path: 'checkpoints/step-000001' });
    assert.deepEqual([await runStatus(dir), (await listRun(dir)).status], ['paused', 'paused']);
    append(dir, { type: 'resumed', time, from_step: 1 });
    assert.equal(await runStatus(dir), 'running');
    append(dir, finished('stopped'));
    assert.equal(await runStatus(dir), 'running'); // its process still holds the directory
    lock.release();
    assert.equal(await runStatus(dir), 'stopped');
    append(dir, started);
    assert.equal(await runStatus(dir), 'stale');
    append(dir, finished('completed'));
    assert.equal(await runStatus(dir), 'completed');
    appendFileSync(join(dir, 'events.jsonl'), '{"torn');
    assert.equal(await runStatus(dir), 'completed');
  });
});

describe('listRun and findRuns', () => {
  test('a row from the beginning and the end of a long file', async () => {
    const dir = newDir();
    await createRun(dir, record);
    append(dir, started);
    appendFileSync(join(dir, 'events.jsonl'), Array.from({ length: 5000 }, (_, i) => `${eventLine(metrics(i + 1))}\n`).join(''));
    const row = await listRun(dir);
    assert.deepEqual({ ...row, metrics: row.metrics.loss }, { dir, method: 'sft', status: 'stale', step: 5000, maxSteps: 100, started: time, ended: null, metrics: 1 / 5000, problem: null });
    append(dir, finished('failed'));
    assert.deepEqual([(await listRun(dir)).status, (await listRun(dir)).ended], ['failed', time]);
  });
  test('a run without events, and a broken one', async () => {
    const dir = newDir();
    await createRun(dir, record);
    assert.equal((await listRun(dir)).status, 'created');
    assert.equal((await listRun(dir)).problem, null);
    writeFileSync(join(dir, 'run.json'), '{');
    const broken = await listRun(dir);
    assert.equal(broken.method, '');
    assert.match(broken.problem!, /run\.json is not valid JSON/);
  });
  test('a run of another version is listed with what its events say, and why the rest is missing', async () => {
    const dir = newDir();
    await createRun(dir, record);
    append(dir, { ...started, method: 'dance' } as RunEvent, metrics(7));
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...record, spec: { ...spec, method: 'dance' } }));
    const { method, status, step, problem } = await listRun(dir);
    assert.deepEqual([method, status, step], ['dance', 'stale', 7]);
    assert.match(problem!, /run\.json is of a run with the method "dance"/);
    await assert.rejects(readRun(dir), { code: 'bad-record' });
  });
  test('finds runs below a folder, newest first, and looks into none of them', async () => {
    const root = newDir();
    for (const name of ['a', 'b/c', 'node_modules/x', '.hidden/y', 'a/checkpoints/nested']) await createRun(join(root, name), record);
    append(join(root, 'b/c'), started);
    const found = await findRuns(root);
    assert.deepEqual(found.map((dir) => displayPath(dir, root)).sort(), ['a', 'b/c']);
    assert.deepEqual(await findRuns(join(root, 'a')), [join(root, 'a')]);
    await assert.rejects(findRuns(join(root, 'nowhere')), { name: 'UserError' });
  });
});

describe('requests', () => {
  test('wait in the control folder until they are done; strangers stay', async () => {
    const dir = newDir();
    await createRun(dir, record);
    await sendRequest(dir, 'save');
    await sendRequest(dir, 'stop');
    writeFileSync(join(dir, 'control', 'dance'), '');
    assert.deepEqual(await waitingRequests(dir), ['stop', 'save']);
    await doneRequest(dir, 'stop');
    assert.deepEqual(await waitingRequests(dir), ['save']);
    await doneRequest(dir, 'save');
    assert.deepEqual(await waitingRequests(dir), []);
    assert.ok(existsSync(join(dir, 'control', 'dance')));
  });
  test('no control folder is no request', async () => {
    assert.deepEqual(await waitingRequests(join(folder, 'nowhere')), []);
  });
});
