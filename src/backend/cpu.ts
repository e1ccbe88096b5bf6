/** tfjs' backend in plain JavaScript: slow, and the reference that tests compare the others with. */

import * as tf from '@tensorflow/tfjs-core';
import type { BackendSlot } from './backend.ts';
import { systemMemoryBytes } from './systemMemory.ts';

export const cpuSlot: BackendSlot = {
  id: 'cpu',
  unusable: () => undefined,
  async open() {
    tf.enableProdMode();
    const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu') as { MathBackendCPU: new () => tf.KernelBackend };
    // The package does so when it is loaded, which is once.
    if (!tf.findBackendFactory('cpu')) tf.registerBackend('cpu', () => new MathBackendCPU());
    await tf.setBackend('cpu');
    return {
      name: 'cpu',
      device: 'plain JavaScript, 1 thread',
      threads: 1,
      gpu: false,
      versions: { tfjs: tf.version_core },
      tf,
      memoryBytes: () => tf.memory().numBytes,
      memoryLimitBytes: () => systemMemoryBytes(),
      dispose: () => Promise.resolve(tf.removeBackend('cpu')),
    };
  },
};
