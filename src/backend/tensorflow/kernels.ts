/** Kernels of tfjs-node that are replaced, for uncompiled and recorded programs alike. */

import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './graph/native.ts';
import { dtypes } from './graph/protobuf.ts';

/** Once per process: kernels belong to the name of a backend, not to one opening of it. */
export function installKernels(): void {
  // tfjs-node's own reads all indices back to check them, at every call; TensorFlow checks them itself.
  replace('GatherV2', ({ inputs, attrs, backend }) => {
    const node = backend as NodeBackend;
    const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
    const { axis, batchDims } = attrs as { axis: number; batchDims?: number };
    const { binding } = node;
    const attributes = [
      { name: 'batch_dims', type: binding.TF_ATTR_INT, value: batchDims ?? 0 },
      { name: 'Tparams', type: binding.TF_ATTR_TYPE, value: dtypes[x.dtype as 'float32'] },
      { name: 'Tindices', type: binding.TF_ATTR_TYPE, value: dtypes[indices.dtype as 'int32'] },
      { name: 'Taxis', type: binding.TF_ATTR_TYPE, value: dtypes.int32 },
    ];
    return tf.tidy(() => node.executeSingleOutput('GatherV2', attributes, [x, indices, tf.scalar(axis, 'int32')]));
  });
}

function replace(kernelName: string, compute: (args: { inputs: object; attrs: object; backend: object }) => tf.Tensor): void {
  tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc: ({ inputs, attrs, backend }) => compute({ inputs, attrs: attrs as object, backend: backend as object }) });
}
