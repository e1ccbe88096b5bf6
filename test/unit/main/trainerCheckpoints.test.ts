/** A model folder of a run that another trainer took over while it was being written. */

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { saveCheckpoint } from '../../../src/main/trainer/checkpoints.ts';

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
