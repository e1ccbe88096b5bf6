/** A disk that is full while a checkpoint, the result or an event is written: what was whole stays, and the run goes on from it as if nothing had been. */

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { runPaths } from '../../src/run/directory.ts';
import { metricsOf, newRun, readTensors, temporaryFolder, train, type Ended } from '../trainerRun.ts';

const spec = { method: 'sft', model_name_or_path: resolve('test/parity/models/tied'), dataset: resolve('test/parity/data/chat.jsonl'), learning_rate: 1e-3, per_device_train_batch_size: 2, max_steps: 9, logging_steps: 1, save_steps: 3 };

let folder: string;
let whole: { losses: [number, number][]; weights: Map<string, Float32Array> };
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posttrain-full-'));
  const run = await newRun(folder, spec);
  const ended = await train(run);
  assert.equal(ended.code, 0, ended.stderr);
  whole = { losses: lossesOf(ended), weights: await readTensors(join(runPaths(run).final, 'model.safetensors')) };
});

after(() => rm(folder, { recursive: true, force: true }));

/** The last of each step, as a reader sees them. */
function lossesOf({ events }: Ended): [number, number][] {
  return [...new Map(metricsOf(events).map(({ step, metrics }): [number, number] => [step, metrics.loss!]))].sort(([a], [b]) => a - b);
}

const cases: [what: string, fullAt: string, said: RegExp, kept: string[]][] = [
  ['the moments of a checkpoint', 'step-000006.*optimizer', /checkpoints\/step-000006: the disk is full\. Free some space and try again; a run can be resumed\./, ['step-000003']],
  ['the weights of the first checkpoint', 'step-000003.*model', /checkpoints\/step-000003: the disk is full/, []],
  ['the result', 'final.*model', /final: the disk is full/, ['step-000003', 'step-000006', 'step-000009']],
  ['an event', '"type":"metrics","step":5,', /events\.jsonl: the disk is full/, ['step-000003']],
];

for (const [what, fullAt, said, kept] of cases) {
  test(`full while ${what} is written`, async (t) => {
    const run = await newRun(await temporaryFolder(t), { ...spec });
    const failed = await train(run, { env: { NODE_OPTIONS: `--require ${resolve('test/fixtures/run/fullDisk.cjs')}`, FULL_AT: fullAt } });
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stderr, said);
    const { checkpoints, final } = runPaths(run);
    assert.deepEqual((await readdir(checkpoints)).sort(), kept);
    assert.ok(!existsSync(final));
    assert.deepEqual((await readdir(run)).filter((name) => name.endsWith('.tmp') || name === 'lock'), []);
    const resumed = await train(run);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(lossesOf(resumed), whole.losses);
    for (const [name, values] of await readTensors(join(final, 'model.safetensors'))) assert.deepEqual(values, whole.weights.get(name), name);
  });
}
