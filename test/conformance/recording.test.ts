/** What TensorFlow gives for a recorded program is what it gives op by op: numbers, shapes and types of every op that can be recorded. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import type { NodeBackend } from '../../src/backend/tensorflow/graph/native.ts';
import { recordableOps } from '../../src/backend/tensorflow/graph/outputs.ts';
import { createProgram } from '../../src/nn/program.ts';
import { missingBackend } from '../backendProcess.ts';
import { opCalls } from './recording/ops.ts';

const skip = missingBackend('tensorflow');
const told: string[] = [];

describe('every op', () => {
  before(async () => {
    if (!skip) await openBackend('tensorflow', { threads: 2, warn: (message) => told.push(message) });
  });

  test('has cases', { skip }, () => {
    const called = new Set(opCalls(tf.backend() as unknown as NodeBackend).map(({ op }) => op));
    assert.deepEqual([...called].sort(), recordableOps().sort());
  });

  test('gives recorded what it gives at once', { skip }, async (t) => {
    for (const { name, inputs, compute } of opCalls(tf.backend() as unknown as NodeBackend)) {
      await t.test(name, () => {
        const named = (tensors: readonly tf.Tensor[]) => Object.fromEntries(tensors.map((tensor, i) => [`output ${i}`, tensor]));
        const program = createProgram({ name, compute: (given) => named(compute(Object.values(given))) });
        const expected = tf.tidy(() => named(compute(Object.values(inputs))) as tf.NamedTensorMap);
        const planned = program.prepare(Object.fromEntries(Object.entries(inputs).map(([key, { shape, dtype }]) => [key, { shape, dtype }])));
        assert.deepEqual(told, []);
        const found = program.run(inputs);
        assert.deepEqual(told, []);
        for (const [key, tensor] of Object.entries(expected)) {
          assert.deepEqual([found[key]!.shape, found[key]!.dtype], [tensor.shape, tensor.dtype], key);
          assert.deepEqual([planned![key]!.shape, planned![key]!.dtype], [tensor.shape, tensor.dtype], `${key} as planned`);
          assertNear(found[key]!.dataSync(), tensor.dataSync(), key);
        }
        program.dispose();
        tf.dispose([inputs, expected, found]);
      });
    }
  });
});

function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(found[i]! - expected[i]!);
    assert.ok(Object.is(found[i], expected[i]) || off <= 1e-6 * Math.max(1, Math.abs(expected[i]!)), `${what}: ${found[i]} at ${i}, op by op ${expected[i]}`);
  }
}
