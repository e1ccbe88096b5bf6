/** A start-up check of the ops that training stands on, against plain JavaScript: a backend that computes wrongly must not train. */

import type * as Tf from '@tensorflow/tfjs-core';

/** Throws an Error that names the op that failed. Takes a few milliseconds. */
export async function selfTest(tf: typeof Tf): Promise<void> {
  const results: [what: string, tensor: Tf.Tensor, expected: Float32Array][] = [];
  const compare = (...result: (typeof results)[number]) => results.push([result[0], tf.keep(result[1]), result[2]]);
  const [m, k, n] = [37, 65, 43];
  const a = numbers(m * k, 1);
  const b = numbers(k * n, 2);
  tf.tidy(() => {
    const expected = multiply(a, b, m, k, n);
    const bT = transpose(b, k, n);
    const aT = transpose(a, m, k);
    compare('matMul', tf.matMul(tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])), expected);
    compare('matMul with a transposed right side', tf.matMul(tf.tensor2d(a, [m, k]), tf.tensor2d(bT, [n, k]), false, true), expected);
    compare('matMul with a transposed left side', tf.matMul(tf.tensor2d(aT, [k, m]), tf.tensor2d(b, [k, n]), true, false), expected);

    const ids = [3, 0, 3, 36];
    const rows = Float32Array.from(ids.flatMap((id) => [...a.subarray(id * k, (id + 1) * k)]));
    compare('gather', tf.gather(tf.tensor2d(a, [m, k]), tf.tensor1d(ids, 'int32')), rows);
    const summed = new Float32Array(m * k);
    ids.forEach((id) => a.subarray(id * k, (id + 1) * k).forEach((value, j) => (summed[id * k + j]! += value)));
    compare('unsortedSegmentSum', tf.unsortedSegmentSum(tf.tensor2d(rows, [4, k]), tf.tensor1d(ids, 'int32'), m), summed);

    // d/da sum(sigmoid(ab)) = sigmoid'(ab) bᵀ
    const slopes = expected.map((x) => (1 / (1 + Math.exp(-x))) * (1 - 1 / (1 + Math.exp(-x))));
    const gradient = tf.grad((x: Tf.Tensor) => tf.sum(tf.sigmoid(tf.matMul(x as Tf.Tensor2D, tf.tensor2d(b, [k, n])))))(tf.tensor2d(a, [m, k]));
    compare('gradient of sigmoid and matMul', gradient, multiply(slopes, bT, m, n, k));
    // Above 65536 elements, where backends start to use threads.
    const long = numbers(200_000, 3);
    compare('multiplication of long vectors', tf.mul(tf.tensor1d(long), tf.tensor1d(long)), long.map((x) => x * x));
  });
  try {
    for (const [what, tensor, expected] of results) requireNear(what, (await tensor.data()) as Float32Array, expected);
  } finally {
    tf.dispose(results.map(([, tensor]) => tensor));
  }
}

function requireNear(what: string, actual: Float32Array, expected: Float32Array): void {
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i]! - expected[i]!) <= 1e-4 * (1 + Math.abs(expected[i]!)))) {
      throw new Error(`${what} is wrong: element ${i} is ${actual[i]}, not ${expected[i]}`);
    }
  }
}

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233));
}

function multiply(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) out[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
  return out;
}

function transpose(a: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(a.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c]!;
  return out;
}
