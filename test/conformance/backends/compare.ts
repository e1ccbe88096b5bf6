/** Every kernel and gradient in use, and every method's whole step, on a backend against tfjs' plain JavaScript. */

import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../../src/backend/index.ts';
import type { GraphRecorder } from '../../../src/backend/tensorflow/graph/programs.ts';
import { operations, run } from './operations.ts';
import { passes, type Numbers } from './passes.ts';

export interface Answer {
  results: Map<string, Numbers>;
  /** Names of the kernels that ran. */
  kernels: Set<string>;
  seconds: number;
}

export const works = {
  operations: () => answer(operations.map((operation) => ({ name: operation.name, run: () => run(operation) }))),
  passes: () => answer(passes),
  fewPasses: () => answer(passes.filter(({ more }) => !more)),
};

async function answer(parts: readonly { name: string; run(): Promise<Numbers> }[]): Promise<Answer> {
  // What is made once and kept is made by the first.
  await parts[0]!.run();
  const kernels = watchKernels();
  const results = new Map<string, Numbers>();
  const began = performance.now();
  for (const part of parts) {
    const before = held();
    const numbers = await part.run().catch((error: unknown) => {
      throw new Error(part.name, { cause: error });
    });
    results.set(part.name, numbers);
    assert.deepEqual(held(), before, `${part.name} leaves tensors behind`);
  }
  return { results, kernels, seconds: (performance.now() - began) / 1000 };
}

/** Tensors, and where programs are recorded the variables of their session. Recordings share their large constants as long as the backend is open. */
function held(): { tensors: number; slots: number } {
  const { recorder } = tf.backend() as { recorder?: GraphRecorder };
  return { tensors: tf.memory().numTensors - (recorder?.constants ?? 0), slots: recorder?.slots ?? 0 };
}

function watchKernels(): Set<string> {
  const names = new Set<string>();
  const backend = tf.getBackend();
  for (const kernel of tf.getKernelsForBackend(backend)) {
    tf.unregisterKernel(kernel.kernelName, backend);
    tf.registerKernel({
      ...kernel,
      kernelFunc(params) {
        names.add(kernel.kernelName);
        return kernel.kernelFunc(params);
      },
    });
  }
  return names;
}

/** tfjs adds number by number in single precision: of 70,000 numbers that leaves an error larger than those to be found. */
function sumExactly(): void {
  const stock = tf.getKernel('Sum', 'cpu');
  tf.unregisterKernel('Sum', 'cpu');
  tf.registerKernel({
    ...stock,
    kernelFunc(params) {
      const result = stock.kernelFunc(params) as tf.TensorInfo;
      const x = params.inputs.x as tf.TensorInfo;
      if (x.dtype !== 'float32') return result;
      const backend = params.backend as { data: { get(id: object): { values: Float32Array } } };
      const [values, sums] = [x, result].map(({ dataId }) => backend.data.get(dataId).values) as [Float32Array, Float32Array];
      const axes = tf.util.parseAxisParam(params.attrs!.axis as number | number[], x.shape);
      const exact = new Float64Array(sums.length);
      // How far one goes in the result when going on along each axis.
      let step = 1;
      const steps = x.shape.map((size, axis) => ({ size, axis })).reverse().map(({ size, axis }) => {
        if (axes.includes(axis)) return { size, step: 0 };
        step *= size;
        return { size, step: step / size };
      });
      values.forEach((value, i) => {
        let [rest, at] = [i, 0];
        for (const { size, step } of steps) {
          at += (rest % size) * step;
          rest = Math.floor(rest / size);
        }
        exact[at]! += value;
      });
      sums.set(exact);
      return result;
    },
  });
}

/** The largest difference against the size of the reference. */
export function furthest(actual: Numbers, expected: Numbers): { part: string; error: number } {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), 'the same tensors');
  let worst = { part: '', error: 0 };
  for (const [part, values] of Object.entries(expected)) {
    const other = actual[part]!;
    assert.equal(other.length, values.length, part);
    let [difference, scale] = [0, 1e-6];
    values.forEach((value, i) => {
      scale = Math.max(scale, Math.abs(value));
      const off = Math.abs(value - other[i]!);
      // Not a number here and a number there is as far as can be.
      difference = Math.max(difference, Number.isNaN(off) && !(Number.isNaN(value) && Number.isNaN(other[i])) ? Infinity : off || 0);
    });
    if (difference / scale > worst.error) worst = { part, error: difference / scale };
  }
  return worst;
}

/** Opens the reference in this process. */
export async function openReference(): Promise<void> {
  await openBackend('cpu');
  sumExactly();
}
