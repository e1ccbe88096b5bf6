/** Every tfjs kernel that training and answering use, with its gradient, on shapes that no vector width divides, on single numbers, and on more than 65,536 of them. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import { tokenLogps } from '../../../src/nn/head.ts';
import type { Model } from '../../../src/nn/model.ts';
import { updateRows } from '../../../src/nn/kvCache.ts';
import { attention, rmsNorm, swiglu } from '../../../src/nn/ops.ts';
import type { Numbers } from './passes.ts';

type Fill = 'normal' | 'positive' | 'few' | 'truth' | 'places';

interface Input {
  shape: readonly number[];
  /** normal: of both signs; positive: from 0.1; few: one of five whole numbers; truth: 0 or 1; places: int32 from 0 to 4, with repeats. */
  fill: Fill;
}

export interface Operation {
  name: string;
  inputs: readonly Input[];
  compute(...inputs: tf.Tensor[]): tf.Tensor;
  /** Whose gradients are compared as well. */
  differentiable: readonly Input[];
  /** The same for single numbers in plain JavaScript, where it goes number by number. */
  plain?: (...numbers: number[]) => number;
}

const sizes: readonly (readonly number[])[] = [[1], [3, 5], [2, 3, 1, 7], [3, 22_001]];
/** Equal shapes, and every way in which one is spread over the other. */
const pairs: readonly (readonly (readonly number[])[])[] = [[[1], [1]], [[3, 5], [3, 5]], [[3, 5], []], [[], [5]], [[3, 5], [5]], [[3, 5], [3, 1]], [[3, 1], [1, 7]], [[2, 3, 5, 2], [1, 1, 5, 2]], [[3, 22_001], [3, 22_001]], [[3, 22_001], [22_001]], [[22_001, 3], [22_001, 1]]];

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function operation(name: string, shapes: readonly (readonly number[])[], fills: readonly Fill[], compute: Operation['compute'], differentiable: boolean | 'the first', plain?: Operation['plain']): Operation {
  const inputs = shapes.map((shape, i): Input => ({ shape, fill: fills[i]! }));
  const smooth = inputs.filter(({ fill }) => fill === 'normal' || fill === 'positive');
  return { name: `${name} ${shapes.map((shape) => `[${shape.join()}]`).join(' ')}`, inputs, compute, plain, differentiable: differentiable === true ? smooth : differentiable ? inputs.slice(0, 1) : [] };
}

function unary(name: string, compute: Unary, fill: Fill, plain: (x: number) => number, differentiable = true): Operation[] {
  return sizes.map((shape) => operation(name, [shape], [fill], compute, differentiable, plain));
}

function binary(name: string, compute: Binary, fills: [Fill, Fill], plain: (a: number, b: number) => number, differentiable: boolean | 'where shapes are equal' = true): Operation[] {
  return pairs.map((shapes) => operation(name, shapes, fills, compute, differentiable === true || (differentiable !== false && shapes[0]!.join() === shapes[1]!.join()), plain));
}

function one(name: string, shapes: readonly (readonly number[])[], compute: Operation['compute'], { fills = shapes.map((): Fill => 'normal'), differentiable = true as boolean | 'the first' } = {}): Operation {
  return operation(name, shapes, fills, compute, differentiable);
}

const truth = (value: boolean) => (value ? 1 : 0);
const bool = (x: tf.Tensor) => tf.cast(x, 'bool');
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export const operations: readonly Operation[] = [
  one('updateRows', [[7, 4], [3, 4]], (x, rows) => updateRows(tf.mul(x, 1), tf.tensor1d([4, 0, 6], 'int32'), rows), { differentiable: false }),
  ...unary('abs', tf.abs, 'normal', Math.abs),
  ...unary('exp', tf.exp, 'normal', Math.exp),
  ...unary('expm1', tf.expm1, 'normal', Math.expm1),
  ...unary('log', tf.log, 'positive', Math.log),
  ...unary('log1p', tf.log1p, 'positive', Math.log1p),
  ...unary('neg', tf.neg, 'normal', (x) => -x),
  ...unary('relu', tf.relu, 'normal', (x) => Math.max(0, x)),
  ...unary('rsqrt', tf.rsqrt, 'positive', (x) => 1 / Math.sqrt(x)),
  ...unary('sigmoid', tf.sigmoid, 'normal', sigmoid),
  ...unary('sqrt', tf.sqrt, 'positive', Math.sqrt),
  ...unary('square', tf.square, 'normal', (x) => x * x),
  ...unary('step', (x) => tf.step(x), 'normal', (x) => truth(x > 0), false),
  ...unary('ones like', (x) => tf.onesLike(x), 'normal', () => 1, false),
  ...unary('zeros like', (x) => tf.zerosLike(x), 'normal', () => 0, false),
  ...unary('clone', (x) => tf.clone(x), 'normal', (x) => x),
  ...unary('a truth as a number', (x) => tf.cast(tf.greater(x, 0), 'float32'), 'normal', (x) => truth(x > 0), false),
  ...unary('a whole number as a number', (x) => tf.cast(x, 'float32'), 'places', (x) => x, false),
  ...binary('add', tf.add, ['normal', 'normal'], (a, b) => a + b),
  ...binary('sub', tf.sub, ['normal', 'normal'], (a, b) => a - b),
  ...binary('mul', tf.mul, ['normal', 'normal'], (a, b) => a * b),
  ...binary('div', tf.div, ['normal', 'positive'], (a, b) => a / b),
  ...binary('maximum', tf.maximum, ['normal', 'normal'], Math.max, 'where shapes are equal'),
  ...unary('maximum with a number', (x) => tf.maximum(x, 0.3), 'normal', (x) => Math.max(x, 0.3)),
  ...binary('minimum', tf.minimum, ['normal', 'normal'], Math.min, 'where shapes are equal'),
  ...unary('minimum with a number', (x) => tf.minimum(x, 0.3), 'normal', (x) => Math.min(x, 0.3)),
  ...binary('equal', tf.equal, ['few', 'few'], (a, b) => truth(a === b), false),
  ...binary('not equal', tf.notEqual, ['few', 'few'], (a, b) => truth(a !== b), false),
  ...binary('equal places', tf.equal, ['places', 'places'], (a, b) => truth(a === b), false),
  ...binary('places not equal', tf.notEqual, ['places', 'places'], (a, b) => truth(a !== b), false),
  ...binary('less', tf.less, ['few', 'few'], (a, b) => truth(a < b), false),
  ...binary('less or equal', tf.lessEqual, ['few', 'few'], (a, b) => truth(a <= b), false),
  ...binary('greater', tf.greater, ['few', 'few'], (a, b) => truth(a > b), false),
  ...binary('and', (a, b) => tf.logicalAnd(bool(a), bool(b)), ['truth', 'truth'], (a, b) => truth(a === 1 && b === 1), false),
  ...binary('or', (a, b) => tf.logicalOr(bool(a), bool(b)), ['truth', 'truth'], (a, b) => truth(a === 1 || b === 1), false),
  ...[[1], [3, 5], [3, 22_001]].map((shape) => one('where', [shape, shape, shape], (c, a, b) => tf.where(bool(c), a, b), { fills: ['truth', 'normal', 'normal'] })),

  // Sums of numbers of both signs are what their rounding errors leave of them.
  ...([['sum', tf.sum, 'positive'], ['mean', tf.mean, 'positive'], ['max', tf.max, 'normal'], ['min', tf.min, 'normal']] as const).flatMap(([name, reduce, fill]) => [
    ...sizes.map((shape) => one(`${name} of all`, [shape], (x) => reduce(x), { fills: [fill] })),
    ...[[1, 1], [3, 5], [5, 1], [7, 9_999], [1, 70_001]].map((shape) => one(`${name} of rows`, [shape], (x) => reduce(x, -1, true), { fills: [fill] })),
    ...[[1, 1], [3, 5], [5, 1], [7, 301], [22_001, 3]].map((shape) => one(`${name} down`, [shape], (x) => reduce(x, 0), { fills: [fill] })),
    one(`${name} over two axes`, [[3, 2, 5, 7]], (x) => reduce(x, [0, 2]), { fills: [fill] }),
  ]),
  ...[[1, 1], [3, 5], [2, 3, 5, 7], [2, 70_001]].map((shape) => one('softmax', [shape], (x) => tf.softmax(x))),
  ...[[1, 1], [3, 5], [2, 70_001]].map((shape) => one('log sum exp', [shape], (x) => tf.logSumExp(x, 1), { differentiable: false })),
  ...[[1, 1], [3, 5], [2, 33_001]].map((shape) => one('arg max', [shape], (x) => tf.argMax(x, 1), { differentiable: false })),
  ...[1, 7, 1000].map((count) => one(`range to ${count}`, [[1]], (x) => tf.add(x, tf.range(0, count)), { differentiable: false })),
  ...[[1], [7], [1000]].map((shape) => one('cumsum', [shape], (x) => tf.cumsum(x))),

  one('reshape', [[3, 4, 5]], (x) => tf.reshape(x, [5, 12])),
  ...[[[5, 3], [1, 0]], [[1, 70_001], [1, 0]], [[300, 221], [1, 0]], [[3, 5, 2, 7], [0, 2, 1, 3]], [[2, 3, 1, 5], [0, 2, 1, 3]], [[2, 129, 3, 87], [0, 2, 1, 3]]].map(([shape, perm]) => one(`transpose ${perm!.join()}`, [shape!], (x) => tf.transpose(x, perm))),
  ...[[[[3, 5], [3, 2]], 1], [[[1], [1]], 0], [[[3, 5], [1, 5], [2, 5]], 0], [[[2, 3, 5, 7], [2, 3, 5, 7]], 3], [[[2, 3, 5, 7], [2, 3, 1, 7]], 2], [[[3, 22_001], [3, 1]], 1]].map(([shapes, axis]) => one(`concat ${String(axis)}`, shapes as number[][], (...xs) => tf.concat(xs, axis as number))),
  ...[1, 3, 11].map((count) => one('stack', Array.from({ length: count }, () => []), (...xs) => tf.stack(xs))),
  one('slice', [[5, 3]], (x) => tf.slice(x, [0, 1], [5, 1])),
  one('slice', [[7, 5, 3]], (x) => tf.slice(x, [1, 4, 0], [5, 1, 3])),
  one('slice', [[9, 22_001]], (x) => tf.slice(x, [4, 0], [3, 22_001])),
  ...[[[6], 0], [[3, 5, 2, 6], 3], [[2, 66_003], 0]].map(([shape, axis]) => one(`split ${String(axis)}`, [shape as number[]], (x) => tf.sub(...(tf.split(x, 2, axis as number) as [tf.Tensor, tf.Tensor])))),
  one('pad', [[3, 5]], (x) => tf.pad(x, [[0, 0], [2, 1]])),
  one('pad', [[22_001, 1]], (x) => tf.pad(x, [[0, 0], [1, 2]])),
  ...[[[5, 1], [1]], [[5, 3], [7]], [[5, 22_001], [7]], [[5, 3], [30_001]]].map((shapes) => one('gather', shapes, (x, at) => tf.gather(x, at as tf.Tensor1D), { fills: ['normal', 'places'] })),
  ...[[[1, 1], [1]], [[7, 3], [7]], [[7, 999], [7]], [[22_001, 3], [22_001]]].map((shapes) => one('segment sum', shapes, (x, at) => tf.unsortedSegmentSum(x, at as tf.Tensor1D, 6), { fills: ['normal', 'places'] })),
  ...[[1], [7], [301]].flatMap((shape) => [5, 301].map((depth) => one(`one hot of ${depth}`, [shape], (at) => tf.oneHot(at as tf.Tensor1D, depth, 1, 0, 'float32'), { fills: ['places'], differentiable: false }))),

  // The three ways in which products and their gradients are used.
  ...[[1, 1, 1], [33, 17, 5], [2, 61, 301], [3, 9_001, 9]].flatMap(([m, n, k]) => [[false, false], [false, true], [true, false]].map(([a, b]) =>
    one(`matMul${a ? ' left transposed' : ''}${b ? ' right transposed' : ''}`, [a ? [k!, m!] : [m!, k!], b ? [n!, k!] : [k!, n!]], (x, y) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, a, b)))),
  ...[[3, 1, 11, 2], [2, 33, 17, 6]].flatMap(([batch, m, n, k]) => [[false, false], [false, true], [true, false]].map(([a, b]) =>
    one(`matMul of ${batch}${a ? ' left transposed' : ''}${b ? ' right transposed' : ''}`, [a ? [batch!, k!, m!] : [batch!, m!, k!], b ? [batch!, n!, k!] : [batch!, k!, n!]], (x, y) => tf.matMul(x as tf.Tensor3D, y as tf.Tensor3D, a, b)))),

  ...[[1, 1], [3, 5], [7, 24], [5, 13_001]].flatMap((shape) => [true, false].map((train) => one(`RMS norm${train ? '' : ' with a frozen weight'}`, [shape, [shape[1]!]], (x, w) => rmsNorm(x as tf.Tensor2D, w!, 1e-5, train), { differentiable: train || 'the first' }))),
  ...[[1, 1], [3, 5], [4, 6], [5, 13_004]].map((shape) => one('SwiGLU', [shape, shape], (gate, up) => swiglu(gate as tf.Tensor2D, up as tf.Tensor2D))),
  ...[{ batch: 1, time: 1, heads: 1, kvHeads: 1, headDim: 2 }, { batch: 2, time: 5, heads: 4, kvHeads: 2, headDim: 6 }, { batch: 3, time: 13, heads: 3, kvHeads: 1, headDim: 10 }, { batch: 1, time: 67, heads: 2, kvHeads: 2, headDim: 8 }].map((shape) => {
    const { batch, time, heads, kvHeads, headDim } = shape;
    return one(`attention of ${heads} heads over ${kvHeads}, ${time} places`, [[batch * time, heads * headDim], [batch * time, kvHeads * headDim], [batch * time, kvHeads * headDim]], (q, k, v) => attention(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, attentionTables(time, headDim), shape));
  }),
  ...[[2, 3, 5], [11, 24, 61], [2, 3, 33_001]].map(([n, width, vocab]) => one(`log-probabilities of ${vocab} tokens`, [[n!, width!], [vocab!, width!]], (rows, weight) => {
    const model = { config: { vocabSize: vocab!, tieWordEmbeddings: false }, params: new Map([['lm_head.weight', weight]]), frozen: new Set(), lora: undefined } as unknown as Model;
    const scores = tokenLogps(model, rows as tf.Tensor2D, tf.tensor1d(Array.from({ length: n! }, (_, i) => (i * 7) % vocab!), 'int32'));
    // The entropy and the hits carry no gradient.
    return tf.add(scores.logps, tf.mul(0, tf.add(scores.entropy, scores.correct)));
  })),
];

function attentionTables(time: number, headDim: number) {
  const angles = Float32Array.from({ length: (time * headDim) / 2 }, (_, i) => 0.37 * i);
  const table = (f: (x: number) => number) => tf.tensor4d(angles.map(f), [1, 1, time, headDim / 2]);
  const mask = Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0));
  return { cos: table(Math.cos), sin: table(Math.sin), mask: tf.tensor2d(mask, [time, time]) };
}

/** The same numbers in every process. */
export function valuesOf({ shape, fill }: Input, seed: number): Float32Array | Int32Array {
  const rng = createRng(seed, 4);
  const length = shape.reduce((a, b) => a * b, 1);
  if (fill === 'places') return Int32Array.from({ length }, () => rng.below(5));
  const draw = { normal: () => rng.normal(), positive: () => 0.1 + 3 * rng.next(), few: () => rng.below(5) - 2, truth: () => rng.below(2) }[fill];
  return Float32Array.from({ length }, draw);
}

/** What it gives, and the gradients of Σ value · weight for fixed weights, by the place of the input. */
export async function run({ inputs, differentiable, compute }: Operation): Promise<Numbers> {
  const tensors = inputs.map((input, i) => tf.tensor(valuesOf(input, i + 1), input.shape as number[], input.fill === 'places' ? 'int32' : 'float32'));
  const value = tf.tidy(() => tf.cast(compute(...tensors), 'float32'));
  const result: Numbers = { value: Float32Array.from(await value.data()) };
  const places = [...inputs.keys()].filter((i) => differentiable.includes(inputs[i]!));
  if (places.length > 0) {
    const gradients = tf.tidy(() => tf.grads((...some: tf.Tensor[]) => {
      const value = compute(...tensors.map((tensor, i) => (places.includes(i) ? some[places.indexOf(i)]! : tensor)));
      return tf.sum(tf.mul(value, tf.tensor(weightsOf(value.size), value.shape)));
    })(places.map((i) => tensors[i]!)));
    for (const [k, gradient] of gradients.entries()) result[`gradient ${places[k]}`] = Float32Array.from(await gradient.data());
    tf.dispose(gradients);
  }
  tf.dispose([value, ...tensors]);
  return result;
}

export function weightsOf(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => 0.5 + ((i * 37) % 11) / 11);
}
