/** Kernels of our own that exist while a program is recorded: what TensorFlow does in place or in turn, for the code that looks for them by name (see nn/fused.ts). */

import * as tf from '@tensorflow/tfjs-core';
import type { InPlaceRecorder } from './recording.ts';

export function withInPlaceKernels<T>(recorder: InPlaceRecorder, run: () => T): T {
  const kernels: Record<string, tf.KernelFunc> = {
    PosttrainAdamW: ({ inputs, attrs }) => recorder.adamW(inputs as never, attrs as never),
    PosttrainAfter: ({ inputs }) => recorder.after(inputs as never),
    PosttrainUpdateRows: ({ inputs }) => recorder.updateRows(inputs as never),
  };
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  try {
    return run();
  } finally {
    for (const kernelName of Object.keys(kernels)) tf.unregisterKernel(kernelName, 'tensorflow');
  }
}
