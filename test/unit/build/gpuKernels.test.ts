/** What a recording or its session may ask of TensorFlow is computed on the card there: the list is read out of the library by `npm run check:gpu-kernels`. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pins } from '../../../src/node/setup/pins.ts';
import { emittedOps } from '../../../src/build/gpuKernels/emittedOps.ts';

const { version, ops } = JSON.parse(readFileSync('src/build/gpuKernels/kernels.json', 'utf8')) as { version: string; ops: Record<string, { float32: string; int32: string }> };

test('every op that is recorded is in the list, and no other', () => {
  assert.ok(emittedOps().includes('ResourceApplyAdam') && emittedOps().includes('VarHandleOp'));
  assert.deepEqual(Object.keys(ops), emittedOps());
});

test('the list is of the library that is set up for cards', () => {
  assert.deepEqual(pins.tensorflowGpu['linux-x64']!.filter(({ name }) => name === 'tensorflow').map((pin) => pin.version), [version]);
});

// Whole numbers are computed on the processor where an op has no other kernel for them: they are small, and TensorFlow copies them.
test('every op that is recorded has a kernel for cards', () => {
  assert.deepEqual(Object.entries(ops).filter(([, { float32 }]) => float32 !== 'card'), []);
});
