/** Checkpoints on disk: not written when the run was taken over, passed over by name when they are damaged. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newestCheckpoint, saveCheckpoint } from '../../../src/main/trainer/checkpoints.ts';
import { memoryWeights } from '../../../src/model/weights/source.ts';
import { freshState, stateJson } from '../../../src/train/metricWindow.ts';

test('a checkpoint does not take its place when the run was taken over meanwhile', async (t) => {
  const run = await mkdtemp(join(tmpdir(), 'posttrain-checkpoint-'));
  t.after(() => rm(run, { recursive: true, force: true }));
  let lost = false;
  const content = {
    get texts() {
      lost = true; // while the folder is being filled
      return { 'config.json': '{}' };
    },
    tensors: {},
  };
  const requireOurs = () => {
    if (lost) throw new Error('not ours');
  };
  await assert.rejects(saveCheckpoint(run, 3, content, run, { limit: 1, best: null }, requireOurs), /not ours/);
  assert.deepEqual(await readdir(join(run, 'checkpoints')), []);
});

const all = ['model.safetensors', 'optimizer.safetensors', 'trainer_state.json'];
const damages: [what: string, files: readonly string[], damage: (path: string) => Promise<unknown>][] = [
  ['is gone', all, (path) => rm(path)],
  ['is empty', all, (path) => writeFile(path, '')],
  ['was cut off', all, async (path) => truncate(path, Math.floor((await readFile(path)).length / 2))],
  ['is full of zeros, as after a power cut', all, async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
  ['is a folder', all, async (path) => (await rm(path), mkdir(path))],
  ['says that it is of another step', ['trainer_state.json'], (path) => writeFile(path, stateJson({ ...freshState(), step: 5 }))],
  ['has a list for a number', ['trainer_state.json'], (path) => writeFile(path, stateJson(freshState()).replace('"numTokens":0', '"numTokens":[1]'))],
  ['has null for a window', ['trainer_state.json'], (path) => writeFile(path, JSON.stringify({ ...freshState(), version: 1, step: 8, window: null }))],
  ['has null for the metrics of its window', ['trainer_state.json'], (path) => writeFile(path, JSON.stringify({ ...freshState(), version: 1, step: 9, window: { metrics: { entropy: null } } }))],
];

for (const [what, files, damage] of damages) {
  for (const file of files) {
    test(`a checkpoint whose ${file} ${what} is told, and the one before it used`, async (t) => {
      const run = await mkdtemp(join(tmpdir(), 'posttrain-checkpoint-'));
      t.after(() => rm(run, { recursive: true, force: true }));
      for (const step of [4, 8]) {
        const tensors = Object.fromEntries(['model.safetensors', 'optimizer.safetensors'].map((name) => [name, { weights: memoryWeights(new Map([['w', { shape: [3], data: Float32Array.of(1, 2, step) }]])), metadata: {} }]));
        await saveCheckpoint(run, step, { texts: { 'trainer_state.json': stateJson({ ...freshState(), step }, { optimizerSteps: step }) }, tensors }, run, { limit: null, best: null }, () => undefined);
      }
      await damage(join(run, 'checkpoints/step-000008', file));
      const told: string[] = [];
      const found = await newestCheckpoint(run, { following: false }, (message) => void told.push(message));
      assert.equal(found?.name, 'step-000004');
      assert.equal((await found.weights.read('w'))[2], 4);
      await found.close();
      assert.equal(told.length, 1);
      assert.ok(told[0]!.includes(join(run, 'checkpoints/step-000008')) && told[0]!.endsWith('The checkpoint before it is used.'), told[0]);
      await damage(join(run, 'checkpoints/step-000004', file));
      await assert.rejects(newestCheckpoint(run, { following: false }, () => undefined), { name: 'UserError', message: /no checkpoint can be read\. Start a new run\./ });
    });
  }
}
