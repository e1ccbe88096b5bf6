/** Backends: opened by name, checked at start, refused with a reason; the wasm kernels against plain JavaScript. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { backends, openBackend, type Backend } from '../../../src/backend/index.ts';
import { findWasmFolder } from '../../../src/backend/wasm/files.ts';
import type { WasmHeap } from '../../../src/backend/wasm/heap.ts';
import { startModule } from '../../../src/backend/wasm/module.ts';
import { startKernels } from '../../../src/backend/wasm/threads.ts';
import { createRng } from '../../../src/core/rng.ts';
import { probeBackend } from '../../../src/main/trainer/probe.ts';

describe('backends', () => {
  test('an unknown name is answered with the nearest', async () => {
    await assert.rejects(openBackend('wams'), /no backend "wams"\. Did you mean "wasm"\?/);
  });

  test('tensorflow without its library says what to do', async () => {
    await assert.rejects(openBackend('tensorflow', { home: join(__dirname, 'nowhere') }), /tensorflow backend cannot be used: .*not set up.*backend: auto/);
  });

  test('webgpu without its set-up says what to do, and with half a set-up how to repair it', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'posttrain-webgpu-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    await assert.rejects(openBackend('webgpu', { home }), /webgpu backend cannot be used: it is not set up\. .*`posttrain setup webgpu`.*backend: auto/);
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    };
    const packages = 'webgpu/node_modules';
    await write(`${packages}/webgpu/index.js`, '');
    await assert.rejects(openBackend('webgpu', { home }), /its set-up is only half there \(.*package\.json is missing\)\. Repair it: `posttrain setup webgpu --repair`/);
    await write(`${packages}/@tensorflow/tfjs-backend-webgpu/package.json`, '{ "main": "main.js" }');
    await assert.rejects(openBackend('webgpu', { home }), /has nothing for this machine/);
    await write(`${packages}/webgpu/dist/${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}/dawn.node`, '');
    await assert.rejects(openBackend('webgpu', { home }), /the JavaScript in .*tfjs-backend-webgpu is not complete .*Repair it: `posttrain setup webgpu --repair`/);
    await write(`${packages}/@tensorflow/tfjs-backend-webgpu/main.js`, 'exports.WebGPUBackend = class {}');
    await write(`${packages}/webgpu/package.json`, '{ "version": "0.6.2" }');
    await write(`${packages}/webgpu/index.js`, 'require("./dist/nothing.node")');
    await assert.rejects(openBackend('webgpu', { home }), /its native library .*dawn\.node does not load .*Repair it: `posttrain setup webgpu --repair`/);
  });

  test('where there is no library for the machine, or no other Node, nobody is sent to set one up', async (t) => {
    const { arch } = process;
    t.after(() => (Object.defineProperty(process, 'arch', { value: arch }), Object.defineProperty(process.versions, 'electron', { value: undefined, configurable: true })));
    Object.defineProperty(process, 'arch', { value: 'riscv64' });
    const home = join(__dirname, 'nowhere');
    for (const electron of [undefined, '39']) {
      Object.defineProperty(process.versions, 'electron', { value: electron, configurable: true });
      for (const [id, library] of [['tensorflow', 'TensorFlow library'], ['webgpu', 'Dawn']] as const) {
        const { setUp, reason } = await probeBackend(id, { home });
        assert.equal(setUp, false);
        assert.match(reason, new RegExp(`^There is no ${library} for ${process.platform}-riscv64\\. Take the `));
      }
    }
  });

  test('a look says what it is and how fast, or why not and what to do', async (t) => {
    const wasm = await probeBackend('wasm', { threads: 2 });
    assert.deepEqual([wasm.usable, wasm.reason, wasm.gpu, wasm.threads], [true, '', false, 2]);
    assert.ok(wasm.probe!.matmulGflops > 0.1);
    assert.match(wasm.device, /WebAssembly, SIMD.*2 threads/);
    const tensorflow = await probeBackend('tensorflow', { home: join(__dirname, 'nowhere') });
    assert.deepEqual([tensorflow.usable, tensorflow.setUp, tensorflow.rank], [false, true, null]);
    assert.match(tensorflow.reason, /^It is not set up\. Set it up: `posttrain setup tensorflow`.* It goes into .*nowhere/);
    const slot = backends.get('tensorflow');
    t.mock.method(slot, 'unusable', () => undefined);
    t.mock.method(slot, 'open', () => Promise.reject(new Error('strange')));
    const strange = await probeBackend('tensorflow');
    assert.equal(strange.setUp, true);
    assert.match(strange.reason, /^It does not start \(strange\)\. Repair it: `posttrain setup tensorflow --repair`/);
    assert.equal((await probeBackend('cpu')).rank, null, 'auto never takes the reference');
  });
});

describe('wasm kernels', () => {
  let backend: Backend;
  before(async () => void (backend = await openBackend('wasm', { threads: 3 })));
  after(() => backend.dispose());
  const rng = createRng(1);
  const random = (count: number) => Float32Array.from({ length: count }, () => rng.next() - 0.5);

  test('matMul of every shape and transposition', () => {
    const sizes = [[1, 1, 1], [1, 40, 7], [3, 5, 4], [4, 8, 8], [7, 9, 300], [33, 17, 5], [65, 130, 257], [200, 8, 3], [2, 500, 64], [5, 3, 1]] as const;
    for (const [m, n, k] of sizes) {
      for (const [ta, tb] of [[false, false], [false, true], [true, false], [true, true]] as const) {
        for (const [aBatch, bBatch] of [[0, 0], [3, 3], [3, 1], [1, 3]] as const) {
          const a = random(Math.max(1, aBatch) * m * k);
          const b = random(Math.max(1, bBatch) * k * n);
          const shape = (batch: number, rows: number, columns: number) => (batch ? [batch, rows, columns] : [rows, columns]);
          const actual = tf.tidy(() => tf.matMul(tf.tensor(a, shape(aBatch, ta ? k : m, ta ? m : k)), tf.tensor(b, shape(bBatch, tb ? n : k, tb ? k : n)), ta, tb).dataSync());
          const batch = Math.max(1, aBatch, bBatch);
          assert.equal(actual.length, batch * m * n);
          let worst = 0;
          for (let s = 0; s < batch; s++) {
            const a0 = aBatch > 1 ? s * m * k : 0;
            const b0 = bBatch > 1 ? s * k * n : 0;
            for (let i = 0; i < m; i++) {
              for (let j = 0; j < n; j++) {
                let sum = 0;
                for (let p = 0; p < k; p++) sum += a[a0 + (ta ? p * m + i : i * k + p)]! * b[b0 + (tb ? j * k + p : p * n + j)]!;
                worst = Math.max(worst, Math.abs(sum - actual[(s * m + i) * n + j]!));
              }
            }
          }
          assert.ok(worst < 1e-5 * Math.sqrt(k), `${m}×${k}×${n} ${ta} ${tb} ${aBatch} ${bBatch}: off by ${worst}`);
        }
      }
    }
  });

  test('a right side larger than the packing buffer is taken in parts', () => {
    const [m, n, k] = [9, 300_011, 60];
    const a = random(m * k);
    const b = random(1009);
    const right = new Float32Array(n * k).map((_, i) => b[(i * 31) % 1009]!);
    const actual = tf.tidy(() => tf.matMul(tf.tensor2d(a, [m, k]), tf.tensor2d(right, [n, k]), false, true).dataSync());
    for (let at = 0; at < m * n; at += 997) {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * right[j * k + p]!;
      assert.ok(Math.abs(sum - actual[at]!) < 1e-5, `${i} ${j}`);
    }
  });

  test('sums are exact, whatever the axis', () => {
    const x = Float32Array.from({ length: 400_000 }, () => 0.1);
    const total = tf.tidy(() => tf.sum(tf.tensor1d(x)).dataSync()[0]!);
    assert.ok(Math.abs(total - 400_000 * Math.fround(0.1)) < 0.01, `${total}`);
    const y = random(2 * 3 * 5);
    const check = (axis: number[] | number, keep = false) => {
      const { shape, data } = tf.tidy(() => {
        const result = tf.sum(tf.tensor(y, [2, 3, 5]), axis, keep);
        return { shape: result.shape, data: [...result.dataSync()] };
      });
      return { shape, data };
    };
    assert.deepEqual(check(-1, true).shape, [2, 3, 1]);
    assert.deepEqual(check([1, 2]).shape, [2]);
    assert.ok(Math.abs(check([1, 2]).data[1]! - y.slice(15).reduce((a, b) => a + b)) < 1e-6);
    assert.ok(Math.abs(check(0).data[7]! - y[7]! - y[22]!) < 1e-6);
    assert.deepEqual(check([0, 2]).shape, [3]);
  });

  test('kernels that tfjs gets wrong are replaced or refused', () => {
    tf.tidy(() => {
      const ids = tf.tensor1d([2, 0, 2, -1], 'int32');
      assert.deepEqual([...tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), ids, 3).dataSync()], [3, 4, 0, 0, 6, 8]);
      assert.deepEqual([...tf.oneHot(tf.tensor1d([1, 0], 'int32'), 3, 2, 0.5, 'float32').dataSync()], [0.5, 2, 0.5, 2, 0.5, 0.5]);
      assert.throws(() => tf.gather(tf.ones([2, 3]), tf.tensor2d([0, 1], [2, 1], 'int32'), 1, 1), /batchDims=1 is wrong/);
    });
  });

  test('out of memory is an error for people wherever memory is asked for, nothing is written over, and the backend goes on', () => {
    const heap = tf.backend() as unknown as WasmHeap;
    // Reserved without being written to: a page costs nothing until then.
    const reserve = (bytes: number) => tf.engine().makeTensorFromTensorInfo(heap.makeOutput([bytes / 4], 'float32'));
    const kept: tf.Tensor[] = [];
    const outOfMemory = (asked: RegExp) => (error: Error) => error.name === 'UserError' && asked.test(error.message) && /Out of memory: .* \(its limit is 4032 MiB in all\)\. Take a smaller per_device_train_batch_size/.test(error.message);
    const numbers = random(2 ** 20);
    const first = tf.tensor1d(numbers);
    const small = tf.tensor2d(random(30), [3, 10]);
    const fill = (bytes: number) => {
      for (;;) kept.push(reserve(bytes));
    };
    assert.throws(() => reserve(5 * 2 ** 30), outOfMemory(/cannot get another 5120 MiB/));
    assert.throws(() => fill(2 ** 30), outOfMemory(/cannot get another 1024 MiB/));
    assert.equal(kept.length, 3);
    // The right side of a product that has to be packed: it is there, room for the packed copy is not.
    const right = tf.engine().makeTensorFromTensorInfo(heap.makeOutput([2 ** 21, 3], 'float32')) as tf.Tensor2D;
    const left = tf.ones([7, 3]) as tf.Tensor2D;
    for (const bytes of [2 ** 28, 2 ** 24, 2 ** 20]) assert.throws(() => fill(bytes), outOfMemory(/cannot get another/));
    assert.throws(() => tf.tensor1d(new Float32Array(2 ** 20)), outOfMemory(/cannot get another 4 MiB/), 'numbers from JavaScript');
    for (let again = 0; again < 3; again++) assert.throws(() => tf.tidy(() => tf.matMul(left, right, false, true)), outOfMemory(/cannot get another/), 'a result, or room to compute it');
    assert.throws(() => tf.tidy(() => tf.sum(tf.exp(first))), outOfMemory(/cannot get another 4 MiB/), "tfjs' own kernels");
    for (const tensor of kept) tensor.dispose();
    assert.deepEqual(first.dataSync(), numbers, 'what was there is untouched');
    const product = tf.tidy(() => tf.matMul(small, small, false, true).dataSync());
    assert.ok([...product].every(Number.isFinite));
    assert.equal(tf.tidy(() => tf.sum(tf.ones([1000])).dataSync()[0]), 1000);
    // The heap stays as large as it became: what was given back in it is used again.
    for (let i = 0; i < 90; i++) kept.push(reserve(30 * 2 ** 20));
    tf.dispose(kept.slice(-90));
    tf.dispose([first, small, left, right]);
  });

  test('a packing buffer for which there is no room is not given back twice', async () => {
    const { module, memory } = await startModule(findWasmFolder()!);
    const kernels = startKernels(module, memory, 1);
    const freed: number[] = [];
    const free = module._free;
    module._free = (pointer) => {
      freed.push(pointer);
      free(pointer);
    };
    const pointer = kernels.panels(1000);
    for (let again = 0; again < 2; again++) assert.throws(() => kernels.panels(2 ** 33), /Out of memory/);
    assert.deepEqual(freed, [pointer]);
    assert.ok(kernels.panels(1000) > 0);
    kernels.stop();
  });
});
