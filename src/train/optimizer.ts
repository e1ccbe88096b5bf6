/** AdamW with decoupled weight decay (Loshchilov and Hutter 2019) and gradient clipping, in the arithmetic of torch and with transformers' choice of what decays. */

import * as tf from '@tensorflow/tfjs-core';
import type { ShapesByName } from '../backend/program.ts';
import { hasFused, runFused } from '../nn/fused.ts';
import { createProgram } from '../nn/program.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { UserError } from '../core/problem.ts';
import { scalarShape } from './tensors.ts';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/** Moments as the checkpoint keeps them, under torch's names; read before the next step. */
export type OptimizerState = Map<string, { shape: readonly number[]; read: () => Promise<Float32Array> }>;

export interface Optimizer {
  /** Euclidean length of all gradients together. */
  norm(grads: ReadonlyMap<string, tf.Tensor>): number | Promise<number>;
  /** For gradients of these shapes: see `Program.prepare`. */
  prepare(grads: ShapesByName): void;
  /** One update with gradients multiplied by `scale`. The gradients are used up: whoever has them disposes them and does nothing else with them. */
  step(grads: ReadonlyMap<string, tf.Tensor>, learningRate: number, scale: number): void;
  /** Updates so far: Adam's t. */
  readonly steps: number;
  /** Bytes of moments that are no tensors. */
  readonly hostBytes: number;
  state(): OptimizerState;
  load(source: WeightSource, steps: number): Promise<void>;
  dispose(): void;
}

/** torch's `clip_grad_norm_`: what to multiply gradients by. 0 means no limit, as in transformers. */
export function clipScale(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
}

/** transformers' `get_decay_parameter_names`: everything but biases and norms. */
export function decays(name: string): boolean {
  return !/bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/.test(name);
}

/** `fused` says whether to use the memory of tensors directly where it can be reached. */
export function createAdamW(variables: ReadonlyMap<string, tf.Variable>, options: AdamWOptions, fused = true): Optimizer {
  const onHost = fused ? hostView() : undefined;
  return onHost ? fusedAdamW(onHost, variables, options) : tensorAdamW(variables, options);
}

/** The memory of a tensor where JavaScript can reach it (the WebAssembly heap, the cpu backend's arrays). Valid until the next allocation. */
type HostView = (tensor: tf.Tensor) => Float32Array;

function hostView(): HostView | undefined {
  if (tf.getBackend() === 'cpu') return (tensor) => tensor.dataSync() as Float32Array;
  if (tf.getBackend() === 'wasm') {
    const heap = tf.backend() as unknown as { typedArrayFromHeap(tensor: tf.Tensor): Float32Array };
    return (tensor) => heap.typedArrayFromHeap(tensor);
  }
  return undefined;
}

const firstMoment = (name: string) => `${name}.exp_avg`;
const secondMoment = (name: string) => `${name}.exp_avg_sq`;

/**
 * One loop per parameter over its memory: a tenth of the time of the same update in tensor operations. Sums are in double precision;
 * weights and moments are stored in single, as torch does.
 */
function fusedAdamW(view: HostView, variables: ReadonlyMap<string, tf.Variable>, { beta1, beta2, epsilon, weightDecay }: AdamWOptions): Optimizer {
  const moments = new Map<string, { m: Float32Array; v: Float32Array }>();
  for (const [name, variable] of variables) moments.set(name, { m: new Float32Array(variable.size), v: new Float32Array(variable.size) });
  let steps = 0;
  return {
    prepare: () => undefined,
    hostBytes: [...variables.values()].reduce((sum, { size }) => sum + 8 * size, 0),
    norm(grads) {
      let sum = 0;
      for (const grad of grads.values()) sum += sumOfSquares(view(grad));
      return Math.sqrt(sum);
    },
    step(grads, learningRate, scale) {
      steps++;
      const stepSize = learningRate / (1 - beta1 ** steps);
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      for (const [name, grad] of grads) {
        const { m, v } = moments.get(name)!;
        update(view(variables.get(name)!), view(grad), m, v, beta1, beta2, scale, decays(name) ? 1 - learningRate * weightDecay : 1, stepSize, correction, epsilon);
      }
    },
    get steps() {
      return steps;
    },
    state() {
      const state: OptimizerState = new Map();
      for (const [name, { m, v }] of moments) {
        const { shape } = variables.get(name)!;
        state.set(firstMoment(name), { shape, read: () => Promise.resolve(m) });
        state.set(secondMoment(name), { shape, read: () => Promise.resolve(v) });
      }
      return state;
    },
    async load(source, taken) {
      for (const [name, { m, v }] of moments) {
        m.set(await readMoment(source, firstMoment(name), m.length));
        v.set(await readMoment(source, secondMoment(name), v.length));
      }
      steps = taken;
    },
    dispose: () => moments.clear(),
  };
}

/** Kept apart and simple, so that the engine compiles it once into a tight loop. */
function update(w: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array, beta1: number, beta2: number, scale: number, keep: number, stepSize: number, correction: number, epsilon: number): void {
  for (let i = 0; i < w.length; i++) {
    const gradient = g[i]! * scale;
    const mean = beta1 * m[i]! + (1 - beta1) * gradient;
    const square = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
    m[i] = mean;
    v[i] = square;
    w[i] = w[i]! * keep - (stepSize * mean) / (Math.sqrt(square) * correction + epsilon);
  }
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The same in tensor operations, for backends whose memory JavaScript cannot reach. */
function tensorAdamW(variables: ReadonlyMap<string, tf.Variable>, { beta1, beta2, epsilon, weightDecay }: AdamWOptions): Optimizer {
  const moments = new Map<string, { m: tf.Variable; v: tf.Variable }>();
  for (const [name, variable] of variables) {
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
    moments.set(name, { m: zeros(), v: zeros() });
  }
  let steps = 0;
  const squares = createProgram({
    name: 'the gradient norm',
    compute: (grads) => ({ sum: tf.sum(tf.stack(Object.values(grads).map(squareSum))) }),
  });
  const update = createProgram({
    name: 'the update',
    consumes: (input) => variables.has(input),
    compute(inputs) {
      const { rate, epsilon: small, decay, scale } = inputs as Record<'rate' | 'epsilon' | 'decay' | 'scale', tf.Scalar | undefined>;
      for (const [name, variable] of variables) {
        const grad = inputs[name];
        if (!grad) continue;
        const { m, v } = moments.get(name)!;
        tf.tidy(() => {
          const parts: AdamWInputs = { param: variable, m, v, grad, rate: rate!, epsilon: small!, ...(decay && decays(name) ? { decay } : {}), ...(scale ? { scale } : {}) };
          const [newValue, newM, newV] = hasFused('PosttrainAdamW') ? runFused('PosttrainAdamW', { ...parts }, { beta1, beta2 }) : adamW(parts, beta1, beta2);
          m.assign(newM!);
          v.assign(newV!);
          variable.assign(newValue!);
        });
        grad.dispose();
      }
      return {};
    },
  });
  return {
    hostBytes: 0,
    prepare(grads) {
      squares.prepare(grads);
      const always = { rate: scalarShape, epsilon: scalarShape, ...(weightDecay > 0 ? { decay: scalarShape } : {}) };
      update.prepare({ ...grads, ...always });
      update.prepare({ ...grads, ...always, scale: scalarShape });
    },
    async norm(grads) {
      const { sum } = squares.run(Object.fromEntries(grads));
      const total = (await sum!.data())[0]!;
      sum!.dispose();
      return Math.sqrt(total);
    },
    step(grads, learningRate, scale) {
      steps++;
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      const scalars = {
        rate: tf.scalar(learningRate / (1 - beta1 ** steps) / correction),
        epsilon: tf.scalar(epsilon / correction),
        ...(weightDecay > 0 ? { decay: tf.scalar(learningRate * weightDecay) } : {}),
        ...(scale === 1 ? {} : { scale: tf.scalar(scale) }),
      };
      update.run({ ...Object.fromEntries(grads), ...scalars });
      tf.dispose(scalars);
    },
    get steps() {
      return steps;
    },
    state() {
      const state: OptimizerState = new Map();
      for (const [name, { m, v }] of moments) {
        state.set(firstMoment(name), { shape: m.shape, read: () => m.data() as Promise<Float32Array> });
        state.set(secondMoment(name), { shape: v.shape, read: () => v.data() as Promise<Float32Array> });
      }
      return state;
    },
    async load(source, taken) {
      for (const [name, { m, v }] of moments) {
        for (const [moment, key] of [[m, firstMoment(name)], [v, secondMoment(name)]] as const) {
          const data = await readMoment(source, key, moment.size);
          tf.tidy(() => moment.assign(tf.tensor(data, moment.shape)));
        }
      }
      steps = taken;
    },
    dispose() {
      squares.dispose();
      update.dispose();
      for (const { m, v } of moments.values()) {
        m.dispose();
        v.dispose();
      }
      moments.clear();
    },
  };
}

/** Of all elements. */
function squareSum(x: tf.Tensor): tf.Tensor {
  return hasFused('PosttrainSquareSum') ? runFused('PosttrainSquareSum', { x })[0]! : tf.sum(tf.square(x));
}

/** `rate` and `epsilon` have Adam's bias corrections in them, `decay` is learning rate times weight decay; without it nothing decays. `scale` is that of the gradient. */
interface AdamWInputs {
  param: tf.Tensor;
  m: tf.Tensor;
  v: tf.Tensor;
  grad: tf.Tensor;
  rate: tf.Tensor;
  epsilon: tf.Tensor;
  decay?: tf.Tensor;
  scale?: tf.Tensor;
}

/** → the new values of param, m and v. */
function adamW({ param, m, v, grad: whole, rate, epsilon, decay, scale }: AdamWInputs, beta1: number, beta2: number): tf.Tensor[] {
  const grad = scale ? tf.mul(whole, scale) : whole;
  const mean = tf.add(tf.mul(m, beta1), tf.mul(grad, 1 - beta1));
  const square = tf.add(tf.mul(v, beta2), tf.mul(tf.square(grad), 1 - beta2));
  const change = tf.div(tf.mul(mean, rate), tf.add(tf.sqrt(square), epsilon));
  return [tf.sub(decay ? tf.sub(param, tf.mul(param, decay)) : param, change), mean, square];
}

async function readMoment(source: WeightSource, name: string, size: number): Promise<Float32Array> {
  const data = await source.read(name);
  if (data.length !== size) throw new UserError(`Tensor "${name}" in ${source.place} has ${data.length} numbers, the model's parameter has ${size}. The checkpoint belongs to other settings.`, 'checkpoint-mismatch');
  return data;
}
