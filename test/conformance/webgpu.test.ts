/** What can go wrong with a GPU ends in words: memory that is not there, a device that is lost, a read that would have to wait. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../src/core/problem.ts';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import type { WebgpuBackend } from '../../src/backend/webgpu/types.ts';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';

const webgpu = () => tf.backend() as unknown as WebgpuBackend;
/** The words of the error that `work` ends with. */
async function wordsOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return `${error instanceof UserError ? 'to a person' : 'as a bug'}: ${(error as Error).message}`;
  }
}

/** The most MiB that were allocated while buffers of 300 sizes came and went, as those of rows of many lengths do: 3.4 GiB in all. */
function idleBuffers(): number {
  const { bufferManager } = webgpu();
  let most = 0;
  for (let i = 1; i <= 300; i++) {
    bufferManager.releaseBuffer(bufferManager.acquireBuffer(i * 80_000, 128 | 4));
    most = Math.max(most, bufferManager.numBytesAllocated);
  }
  return most / 2 ** 20;
}

const works = {
  words: async () => [
    await wordsOf(() => tf.tidy(() => tf.exp(tf.ones([2000])).dataSync())),
    await wordsOf(() => tf.tidy(() => tf.tile(tf.ones([2 ** 14]), [2 ** 15]))),
    idleBuffers(),
  ],
  async noMemory(backend: Backend) {
    // The device tells of it as a GPU does: beside the work, which goes on with zeros.
    const listeners = webgpu().device as unknown as EventTarget;
    const error = Object.assign(Object.create({ constructor: { name: 'GPUOutOfMemoryError' } }) as object, { message: 'VK_ERROR_OUT_OF_DEVICE_MEMORY' });
    listeners.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
    const words = await wordsOf(() => tf.exp(tf.ones([10])).data());
    const broken = [backend.broken!()];
    await backend.dispose();
    const again = await openBackend('webgpu');
    return [words, ...broken, again.broken!()];
  },
  async refused() {
    webgpu().device.createBuffer({ size: 2 ** 50, usage: 128 });
    return wordsOf(() => tf.tidy(() => tf.exp(tf.ones([10]))).data());
  },
  async lost() {
    const before = await tf.tidy(() => tf.exp(tf.ones([10]))).data();
    webgpu().device.destroy();
    return `${before.length} ${await wordsOf(() => tf.tidy(() => tf.exp(tf.ones([10]))).data())}`;
  },
  async reopened() {
    const first = (await tf.tidy(() => tf.exp(tf.ones([3]))).data())[0];
    const again = await openBackend('webgpu');
    const second = (await tf.tidy(() => tf.exp(tf.ones([3]))).data())[0];
    await again.dispose();
    return [first, second, again.device];
  },
};

if (!answerAsked(works)) {
  describe('webgpu', () => {
    const skip = missingBackend('webgpu');
    const run = (work: keyof typeof works) => inProcessOf<never>(__filename, 'webgpu', work);
    test('what is too large is refused with the sizes in it, a read that would wait too, and buffers that wait for reuse do not fill the GPU', { skip }, async () => {
      const [waiting, large, most] = (await run('words')) as [string, string, number];
      assert.match(waiting, /asynchronously only/);
      assert.match(large, /to a person: Out of memory: one tensor needs 2048 MiB, and this GPU has at most 1024 MiB for one\. Take a smaller per_device_train_batch_size/);
      assert.ok(most < 300, `${most} MiB`);
    });
    test('memory that is used up ends the work', { skip }, async () => {
      const [words, broken, opened] = (await run('noMemory')) as [string, boolean, boolean];
      assert.match(words, /to a person: Out of memory: the GPU has no room beside the \d+ MiB of this run \(VK_ERROR_OUT_OF_DEVICE_MEMORY\)/);
      assert.deepEqual([broken, opened], [true, false], 'until it is opened anew');
    });
    test('a command that the GPU refuses ends the work', { skip }, async () => assert.match(await run('refused'), /as a bug: The GPU refused a command/));
    test('a lost device ends the work and says how to go on', { skip }, async () => assert.match(await run('lost'), /10 to a person: The GPU was lost.*posttrain resume/));
    test('it can be opened again', { skip }, async () => {
      const [first, second, device] = (await run('reopened')) as [number, number, string];
      assert.equal(first, second);
      assert.match(device, /^WebGPU, /);
    });
  });
}
