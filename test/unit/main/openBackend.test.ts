/** `backend: auto` and memory: the next backend where a run does not fit, the first refusal where it fits nowhere, and none of that for one that was named. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeEnvironment } from '../../../src/backend/environment.ts';
import type { Backend, BackendId, ChosenBackend } from '../../../src/backend/index.ts';
import { UserError } from '../../../src/core/problem.ts';
import { openFitting } from '../../../src/main/trainer/openBackend.ts';

const disposed: string[] = [];
const fake = (name: BackendId, bytes: number, passedOver: ChosenBackend['passedOver'] = new Map()): ChosenBackend => ({
  backend: { name, memoryLimitBytes: () => bytes, dispose: () => Promise.resolve(void disposed.push(name)) } as unknown as Backend,
  passedOver,
  reason: [...passedOver].map(([id, why]) => `${id}: ${why}`).join('; '),
});
const needs = (bytes: number) => (backend: Backend) => {
  if (backend.memoryLimitBytes() < bytes) throw new UserError(`Not enough memory: this run needs about ${bytes} MB, and there are ${backend.memoryLimitBytes()} MB. Take less.`, 'out-of-memory');
};
const next = (_name: string, _warn: unknown, passedOver: ChosenBackend['passedOver'] = new Map()) => (passedOver.has('wasm') ? Promise.reject(new Error('nothing is left')) : Promise.resolve(fake('wasm', 100, passedOver)));

test('one that is large enough is kept', async () => {
  const tensorflow = fake('tensorflow', 50);
  assert.equal(await openFitting(tensorflow, 'auto', () => undefined, needs(10), next), tensorflow);
});

test('one that is too small gives way to the next, which says why', async () => {
  disposed.length = 0;
  const { backend, reason } = await openFitting(fake('tensorflow', 50, new Map([['cpu', 'it is not set up']])), 'auto', () => undefined, needs(80), next);
  assert.equal(backend.name, 'wasm');
  assert.equal(reason, 'cpu: it is not set up; tensorflow: not enough memory: this run needs about 80 MB, and there are 50 MB');
  assert.deepEqual(disposed, ['tensorflow']);
});

test('what fits nowhere is refused with the numbers of the fastest', async () => {
  await assert.rejects(openFitting(fake('tensorflow', 50), 'auto', () => undefined, needs(800), next), /needs about 800 MB, and there are 50 MB/);
});

test('one that was named is never exchanged, and closed where it is too small', async () => {
  disposed.length = 0;
  await assert.rejects(openFitting(fake('tensorflow', 50), 'tensorflow', () => undefined, needs(80), next), /Not enough memory/);
  assert.deepEqual(disposed, ['tensorflow']);
});

test('another error is no matter of memory', async () => {
  await assert.rejects(openFitting(fake('tensorflow', 50), 'auto', () => undefined, () => { throw new Error('a bug'); }, next), /a bug/);
});

test('of the environment only what decides about speed is kept', () => {
  assert.deepEqual(computeEnvironment({ MALLOC_TOP_PAD_: '1', TF_NUM_INTRAOP_THREADS: '2', OMP_NUM_THREADS: '', HF_TOKEN: 'secret', PATH: '/bin' }), { MALLOC_TOP_PAD_: '1', TF_NUM_INTRAOP_THREADS: '2' });
});
