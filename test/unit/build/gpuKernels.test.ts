/** What a recording or its session may ask of TensorFlow is computed on the card there: the list is read out of the library by `npm run check:gpu-kernels`. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emittedOps } from '../../../src/build/gpuKernels/emittedOps.ts';

const kernels = JSON.parse(readFileSync('src/build/gpuKernels/kernels.json', 'utf8')) as Record<string, { float32: string; int32: string }>;

test('every op that is recorded is in the list, and no other', () => {
  assert.ok(emittedOps().includes('ResourceApplyAdam') && emittedOps().includes('VarHandleOp'));
  assert.deepEqual(Object.keys(kernels), emittedOps());
});

test('every op that is recorded has a kernel for cards', () => {
  assert.deepEqual(Object.entries(kernels).filter(([, { float32 }]) => float32 !== 'card'), []);
});
