/** tfjs' backend in plain JavaScript: slow, and the reference that tests compare the others with. */

import * as tf from '@tensorflow/tfjs-core';
import type { BackendSlot } from './backend.ts';
import { systemMemoryBytes } from './systemMemory.ts';

export const cpuSlot: BackendSlot = {
  id: 'cpu',
  unusable: () => undefined,
  async open() {
    tf.enableProdMode();
    require('@tensorflow/tfjs-backend-cpu');
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
