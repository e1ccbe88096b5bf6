/** A recorded program does what the same code does op by op, whatever happened to its variables and tensors meanwhile, and keeps nothing. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import { createRecorder, type GraphRecorder } from '../../src/backend/tensorflow/graph/programs.ts';
import type { Binding, NodeBackend } from '../../src/backend/tensorflow/graph/native.ts';
import { createSession, type StoredTensor } from '../../src/backend/tensorflow/graph/session.ts';
import { rmsNorm, swiglu } from '../../src/nn/ops.ts';
import { createProgram } from '../../src/nn/program.ts';
import { createAdamW } from '../../src/train/optimizer.ts';
import { missingBackend } from '../backendProcess.ts';

const told: string[] = [];

const skip = missingBackend('tensorflow');

describe('programs on TensorFlow', () => {
  let recorder: GraphRecorder;
  let native: { binding: { getNumOfTensors(): number } };
  const check = (name: string, run: () => void) => test(name, { skip }, run);
  before(async () => {
    if (skip) return;
    await openBackend('tensorflow', { threads: 2, warn: (message) => told.push(message) });
    ({ recorder } = tf.backend() as unknown as { recorder: GraphRecorder });
    native = tf.backend() as unknown as typeof native;
  });
  beforeEach(() => {
    told.length = 0;
  });

  /** v ← v · by + add, and the old v. */
  const scaling = (v: tf.Variable) =>
    createProgram({
      name: 'the scaling',
      compute({ by }) {
        const old = tf.clone(v);
        v.assign(tf.add(tf.mul(v, by!), 1));
        return { old };
      },
    });
  const variable = (...values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));
  const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
  const runOnce = (program: ReturnType<typeof scaling>, by: number) => {
    const factor = tf.scalar(by);
    const { old } = program.run({ by: factor });
    const result = numbers(old!);
    tf.dispose([factor, old]);
    return result;
  };

  check('a variable keeps what a run left in it, for op-by-op code and for the next run', () => {
    const v = variable(1, 2);
    const program = scaling(v);
    assert.deepEqual(runOnce(program, 2), [1, 2]);
    assert.deepEqual(numbers(v), [3, 5]);
    assert.deepEqual(runOnce(program, 2), [3, 5]);
    assert.deepEqual(tf.tidy(() => numbers(tf.add(v, 1))), [8, 12]);
    assert.deepEqual(runOnce(program, 1), [7, 11]);
    assert.deepEqual(tf.tidy(() => numbers(tf.add(v, 1))), [9, 13]);
    assert.deepEqual(told, []);
    v.dispose();
  });

  check('a new session takes over when the one before is gone, so that a card holds the numbers once', () => {
    const { binding } = tf.backend() as unknown as NodeBackend;
    const calls: string[] = [];
    const watched = Object.fromEntries((['loadSavedModel', 'deleteSavedModel', 'runSavedModel', 'deleteTensor'] as const).map((name) => [name, (...args: never[]) => {
      calls.push(name);
      return (binding[name] as (...args: never[]) => unknown)(...args);
    }])) as unknown as Binding;
    const session = createSession(watched);
    const slot = session.newSlot([2], 1);
    const read = (stored: StoredTensor[]) => {
      const [value] = session.run({ nodes: [], slots: new Set([slot]), alive: () => true }, stored, new Map(), [`${slot.name}/value`]);
      return [...binding.tensorDataSync(value!.id)];
    };
    const data = { shape: [2], dtype: 1, values: null, id: -1, refCount: 1 };
    assert.deepEqual(read([{ slot, data, id: binding.createTensor([2], 1, Float32Array.of(1, 2)) }]), [1, 2]);
    calls.length = 0;
    assert.deepEqual(read([]), [1, 2]);
    assert.deepEqual(calls.slice(0, 4), ['loadSavedModel', 'runSavedModel', 'deleteSavedModel', 'runSavedModel']);
    assert.equal(session.full, 1);
    session.dispose();
  });

  /** What nodes wait for without using it, `^name`, in the graph that is loaded last while `run` runs. */
  const waitsOf = (run: () => void): string[] => {
    const backend = tf.backend() as unknown as NodeBackend & { recorder: GraphRecorder };
    const { binding } = backend;
    const graphs: string[] = [];
    const watched = Object.fromEntries(Object.getOwnPropertyNames(binding).map((name) => [name, binding[name as keyof Binding]])) as unknown as Binding;
    const watching: Binding = { ...watched, loadSavedModel(folder, tags) {
      graphs.push(readFileSync(join(folder, 'saved_model.pb'), 'latin1'));
      return binding.loadSavedModel(folder, tags);
    } };
    backend.binding = watching;
    backend.recorder = createRecorder(backend, (message) => told.push(message), false);
    try {
      run();
    } finally {
      backend.recorder.dispose();
      Object.assign(backend, { binding, recorder });
    }
    return graphs.at(-1)!.match(/\^p\d+\/\w+/g) ?? [];
  };

  check('what a backward pass makes of saved tensors alone is not made before its gradient comes', () => {
    const waits = waitsOf(() => {
      const program = createProgram({ name: 'the gate', compute: ({ gate, up, dy }) => ({ out: tf.add(...(tf.grads((g, u) => rmsNorm(swiglu(g as tf.Tensor2D, u as tf.Tensor2D), tf.ones([3]), 1e-5, false))([gate!, up!], dy) as [tf.Tensor, tf.Tensor])) }) });
      const inputs = { gate: tf.ones([2, 3]), up: tf.ones([2, 3]), dy: tf.ones([2, 3]) };
      tf.dispose(program.run(inputs));
      program.dispose();
      tf.dispose(inputs);
    });
    assert.equal(new Set(waits).size, 2, waits.join());
    assert.deepEqual(told, []);
  });

  check('parameters are updated four at a time, so that what each needs beside itself is not there for all', () => {
    const waits = waitsOf(() => {
      const variables = new Map(['a', 'b', 'c', 'd', 'e', 'f'].map((name): [string, tf.Variable] => [name, variable(1, 2)]));
      const optimizer = createAdamW(variables, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 });
      const grads = new Map([...variables.keys()].map((name): [string, tf.Tensor] => [name, tf.tensor1d([1, 1])]));
      optimizer.step(grads, 0.01, 0.5);
      optimizer.dispose();
      tf.dispose([...grads.values(), ...variables.values()]);
    }).filter((wait) => wait.includes('ResourceApplyAdam'));
    // The end waits for each of six, the decay and the scale of the fifth for the first, those of the sixth for the second.
    const counts = new Map<string, number>();
    for (const wait of waits) counts.set(wait, (counts.get(wait) ?? 0) + 1);
    assert.deepEqual([...counts.values()].sort(), [1, 1, 1, 1, 3, 3]);
    assert.deepEqual(told, []);
  });

  check('what op-by-op code assigns between two runs is what the next one reads', () => {
    const v = variable(1, 2);
    const program = scaling(v);
    runOnce(program, 2);
    tf.tidy(() => v.assign(tf.tensor1d([10, 20])));
    assert.deepEqual(runOnce(program, 2), [10, 20]);
    tf.tidy(() => v.assign(tf.mul(v, 2)));
    assert.deepEqual(runOnce(program, 2), [42, 82]);
    assert.deepEqual(numbers(v), [85, 165]);
    v.dispose();
  });

  check('a clone keeps the numbers of before, however the variable changes', () => {
    const v = variable(1, 2);
    const program = scaling(v);
    const first = tf.clone(v);
    runOnce(program, 2);
    const second = tf.clone(v);
    runOnce(program, 2);
    const third = tf.clone(v);
    tf.tidy(() => v.assign(tf.tensor1d([0, 0])));
    runOnce(program, 2);
    assert.deepEqual([first, second, third, v].map(numbers), [[1, 2], [3, 5], [7, 11], [1, 1]]);
    tf.dispose([second, first, v, third]);
  });

  check('variables with the same numbers in memory change each on its own', () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const [one, other] = [scaling(a), scaling(b)];
    b.assign(a);
    assert.deepEqual(runOnce(one, 2), [1, 2]);
    assert.deepEqual([numbers(a), numbers(b)], [[3, 5], [1, 2]]);
    assert.deepEqual(runOnce(other, 3), [1, 2]);
    a.assign(b);
    assert.deepEqual(runOnce(one, 1), [4, 7]);
    assert.deepEqual(runOnce(other, 1), [4, 7]);
    const swap = createProgram({
      name: 'the swap',
      compute() {
        const before = tf.clone(a);
        a.assign(b);
        b.assign(before);
        return {};
      },
    });
    tf.tidy(() => a.assign(tf.tensor1d([9, 9])));
    swap.run({});
    assert.deepEqual([numbers(a), numbers(b)], [[5, 8], [9, 9]]);
    swap.run({});
    assert.deepEqual([numbers(a), numbers(b)], [[9, 9], [5, 8]]);
    assert.deepEqual(told, []);
    tf.dispose([a, b]);
  });

  check('programs share variables, before and after one of them is disposed', () => {
    const v = variable(1, 2);
    const [one, two] = [scaling(v), scaling(v)];
    runOnce(one, 2);
    assert.deepEqual(runOnce(two, 2), [3, 5]);
    one.dispose();
    const other = variable(0);
    const later = scaling(other);
    assert.deepEqual(runOnce(later, 2), [0]);
    assert.deepEqual(runOnce(two, 1), [7, 11]);
    assert.deepEqual(runOnce(one, 1), [8, 12]);
    assert.deepEqual([numbers(v), numbers(other)], [[9, 13], [1]]);
    tf.dispose([v, other]);
  });

  check('a tensor of before is read at each run, and a new one in its place is seen', () => {
    let table = tf.tensor1d([1, 2]);
    const program = createProgram({ name: 'the look-up', compute: ({ by }) => ({ old: tf.mul(table, by!) }) });
    assert.deepEqual(runOnce(program, 2), [2, 4]);
    assert.deepEqual(numbers(table), [1, 2]);
    table.dispose();
    table = tf.tensor1d([5, 6]);
    assert.deepEqual(runOnce(program, 2), [10, 12]);
    table.dispose();
  });

  check('kept outputs are read by the next run, by another program and op by op, each program its own', () => {
    const sum = () => createProgram({
      name: 'the sum',
      keeps: (output) => output === 'total',
      consumes: (input) => input === 'total',
      compute: ({ add, total }) => ({ total: total ? tf.add(total, add!) : tf.clone(add!) }),
    });
    const [one, two] = [sum(), sum()];
    const double = createProgram({ name: 'the double', compute: ({ total }) => ({ twice: tf.mul(total!, 2) }) });
    const add = tf.tensor1d([1, 2]);
    let { total } = one.run({ add });
    const { total: other } = two.run({ add });
    for (let i = 0; i < 3; i++) {
      const before = total!;
      ({ total } = one.run({ add, total: before }));
      assert.ok(before.isDisposed);
    }
    const { twice } = double.run({ total: total! });
    assert.deepEqual([total!, other!, twice!].map(numbers), [[4, 8], [1, 2], [8, 16]]);
    assert.deepEqual(tf.tidy(() => numbers(tf.add(total!, other!))), [5, 10]);
    assert.deepEqual(told, []);
    tf.dispose([add, total!, other!, twice!]);
  });

  check('a session that is loaded anew keeps every number', () => {
    const v = variable(1, 2);
    const sum = createProgram({ name: 'the sum', keeps: () => true, compute: ({ add }) => ({ total: tf.add(v, add!) }) });
    const program = scaling(v);
    const add = tf.tensor1d([1, 1]);
    const { total } = sum.run({ add });
    runOnce(program, 2);
    const more = Array.from({ length: 3 }, (_, i) => createProgram({ name: `the number ${i}`, compute: ({ add: some }) => ({ old: tf.mul(tf.add(some!, i), v) }) }));
    assert.deepEqual(more.map((one) => {
      const { old } = one.run({ add });
      const result = numbers(old!);
      old!.dispose();
      return result;
    }), [[3, 5], [6, 10], [9, 15]]);
    assert.deepEqual([numbers(v), numbers(total!)], [[3, 5], [2, 3]]);
    tf.dispose([v, add, total!]);
  });

  check('code that cannot be recorded runs op by op, which is told once, and leaves variables and tensors as they were', () => {
    const v = variable(1, 2);
    const program = createProgram({
      name: 'the peeping',
      compute({ by }) {
        const scaled = tf.mul<tf.Tensor1D>(v, by!);
        v.assign(scaled);
        return { old: tf.add(by!, scaled.dataSync()[0]!) };
      },
    });
    const before = tf.memory();
    const shapes = { by: { shape: [], dtype: 'float32' } } as const;
    assert.equal(program.prepare(shapes), undefined);
    assert.deepEqual(numbers(v), [1, 2]);
    assert.deepEqual(tf.memory(), before);
    assert.deepEqual(runOnce(program, 2), [4]);
    assert.deepEqual(numbers(v), [2, 4]);
    const wide = tf.tensor1d([1, 1]);
    tf.dispose(program.run({ by: wide }));
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^the peeping is not compiled: the program reads a tensor\. It runs op by op, which is slower\.$/);
    tf.dispose([v, wide]);
  });

  check('a program whose graph TensorFlow refuses runs op by op, and the others stay compiled', () => {
    const v = variable(1, 2);
    const first = scaling(v);
    runOnce(first, 2);
    const backend = tf.backend() as unknown as NodeBackend;
    // Op by op, TensorFlow finds out by itself what type this is of.
    const refused = createProgram({ name: 'the refused', compute: ({ by }) => ({ old: backend.executeSingleOutput('Mul', [], [v, by!]) }) });
    const later = scaling(v);
    const shapes = { by: { shape: [], dtype: 'float32' } } as const;
    assert.ok(refused.prepare(shapes) && later.prepare(shapes));
    assert.deepEqual(runOnce(first, 2), [3, 5]);
    assert.deepEqual(runOnce(later, 1), [7, 11]);
    assert.deepEqual(told, []);
    assert.deepEqual(runOnce(refused, 2), [16, 24]);
    assert.deepEqual(runOnce(refused, 2), [16, 24]);
    assert.deepEqual(runOnce(later, 1), [8, 12]);
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^the refused is not compiled: .*It runs op by op/s);
    v.dispose();
  });

  check('many runs, and many programs, leave no handle, no tensor and no memory behind', () => {
    const counts = () => [native.binding.getNumOfTensors(), tf.memory().numTensors, tf.memory().numDataBuffers];
    const work = (steps: number) => {
      const v = variable(1, 2);
      const program = scaling(v);
      const sum = createProgram({ name: 'the sum', keeps: () => true, consumes: () => true, compute: (inputs) => ({ total: Object.values(inputs).reduce((a, b) => tf.add(a, b), tf.mul(v, 0.5)) }) });
      let total: tf.Tensor | undefined;
      for (let step = 0; step < steps; step++) {
        runOnce(program, 0.5);
        ({ total } = sum.run(total ? { total } : {}) as { total: tf.Tensor });
        if (step % 100 === 0) assert.equal(numbers(v).length, 2);
      }
      assert.ok(Math.abs(numbers(v)[0]! - 2) <= 0.5 ** steps);
      for (const one of [program, sum]) one.dispose();
      tf.dispose([total!, v]);
    };
    work(10);
    const before = counts();
    work(2000);
    assert.deepEqual(counts(), before);
    const recorded = recorder.recorded;
    for (let i = 0; i < 20; i++) work(3);
    assert.ok(recorder.recorded > recorded);
    assert.deepEqual(counts(), before);
  });

  check('numbers that TensorFlow has got leave the memory of JavaScript', () => {
    const before = process.memoryUsage().arrayBuffers;
    const size = 2 ** 20;
    const tensors = Array.from({ length: 48 }, (_, i) => tf.tensor1d(new Float32Array(size).fill(i)));
    assert.ok(process.memoryUsage().arrayBuffers - before < 24 * 4 * size);
    tensors.forEach((tensor, i) => assert.deepEqual(numbers(tf.tidy(() => tf.stack([tf.min(tensor), tf.max(tensor)]))), [i, i]));
    tf.dispose(tensors);
  });

  check('inputs that come in another order need no recording of their own', () => {
    const program = createProgram({ name: 'the difference', compute: ({ a, b }) => ({ difference: tf.sub(a!, b!) }) });
    const scalar = { shape: [], dtype: 'float32' as const };
    program.prepare({ b: scalar, a: scalar });
    const { recorded } = recorder;
    const [a, b] = [tf.scalar(3), tf.scalar(1)];
    for (const inputs of [{ a, b }, { b, a }]) {
      const { difference } = program.run(inputs);
      assert.deepEqual(numbers(difference!), [2]);
      difference!.dispose();
    }
    assert.equal(recorder.recorded, recorded);
    tf.dispose([a, b]);
  });

  check('no room in memory is said in words', () => {
    const program = createProgram({ name: 'the training step', compute: ({ by }) => ({ old: tf.tile(tf.reshape(by!, [1, 1]), [2 ** 21, 2 ** 21]) }) });
    const by = tf.scalar(2);
    assert.throws(() => program.run({ by }), (error: Error) => {
      assert.equal(error.name, 'UserError', error.message);
      assert.match(error.message, /^Out of memory: the training step needs more than there is \(no room for a tensor of shape\[2097152,2097152\]\)\. Take a smaller per_device_train_batch_size or max_length, or LoRA\.$/);
      return true;
    });
    by.dispose();
  });
});
