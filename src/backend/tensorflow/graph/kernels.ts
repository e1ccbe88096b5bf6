/** Kernels of our own that exist while a program is recorded: what TensorFlow does in place, for the code that looks for them by name (see nn/fused.ts). */

import * as tf from '@tensorflow/tfjs-core';
import type { InPlaceRecorder } from './recording.ts';

const adamW = 'PosttrainAdamW';

export function withInPlaceKernels<T>(recorder: InPlaceRecorder, run: () => T): T {
  tf.registerKernel({ kernelName: adamW, backendName: 'tensorflow', kernelFunc: ({ inputs, attrs }) => recorder.adamW(inputs as never, attrs as never) });
  try {
    return run();
  } finally {
    tf.unregisterKernel(adamW, 'tensorflow');
  }
}
