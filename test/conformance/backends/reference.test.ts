/** tfjs' plain JavaScript, which the backends are compared with, against formulas, and its gradients against differences. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openReference } from './compare.ts';
import { operations, run, valuesOf, weightsOf, type Operation } from './operations.ts';
import type { Numbers } from './passes.ts';

before(openReference);

for (const operation of operations) test(`${operation.name} is what the formula says`, async () => checkReference(operation, await run(operation)));

/** Number by number where there is a formula; gradients against differences of the values, where those are few. */
async function checkReference({ inputs, plain, compute, differentiable }: Operation, found: Numbers): Promise<void> {
  const values = inputs.map((input, i) => valuesOf(input, i + 1));
  const shapes = inputs.map(({ shape }) => shape);
  if (plain) {
    const out = shapes.reduce<number[]>((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, [...b]), []);
    const at = (shape: readonly number[], place: number[]) => shape.reduce((index, size, axis) => index * size + (size === 1 ? 0 : place[axis + out.length - shape.length]!), 0);
    for (let i = 0; i < found.value!.length; i++) {
      const place = tf.util.indexToLoc(i, out.length, tf.util.computeStrides(out).length > 0 ? tf.util.computeStrides(out) : [1]);
      const expected = plain(...values.map((numbers, k) => numbers[at(shapes[k]!, place)]!));
      assert.ok(Math.abs(found.value![i]! - expected) <= 2e-6 * Math.max(1, Math.abs(expected)), `${found.value![i]} at ${i}, the formula says ${expected}`);
    }
  }
  if (values.some(({ length }) => length > 400) || found.value!.length > 400) return;
  const weights = weightsOf(found.value!.length);
  const weighted = async (changed: readonly (Float32Array | Int32Array)[]) => {
    const value = tf.tidy(() => compute(...changed.map((numbers, k) => tf.tensor(numbers, shapes[k] as number[], inputs[k]!.fill === 'places' ? 'int32' : 'float32'))));
    const sum = ((await value.data()) as Float32Array).reduce((total, number, i) => total + number * weights[i]!, 0);
    value.dispose();
    return sum;
  };
  for (const [k, numbers] of values.entries()) {
    if (!differentiable.includes(inputs[k]!)) continue;
    const gradient = found[`gradient ${k}`]!;
    const scale = Math.max(1, ...gradient.map(Math.abs));
    for (const place of new Set([0, Math.floor(numbers.length / 2), numbers.length - 1])) {
      const step = 0.01;
      const moved = (by: number) => values.map((some, j) => (j === k ? some.map((number, i) => (i === place ? number + by : number)) : some));
      const slope = ((await weighted(moved(step))) - (await weighted(moved(-step)))) / (2 * step);
      assert.ok(Math.abs(slope - gradient[place]!) <= 0.02 * scale, `gradient ${k} at ${place} is ${gradient[place]}, differences say ${slope}`);
    }
  }
}
