/** Kernels that tfjs' wasm backend lacks or computes wrongly, written over its heap. */

import type * as Tf from '@tensorflow/tfjs-core';
import type { WasmHeap } from './matmul.ts';

export function installKernels(tf: typeof Tf): void {
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as { x: Tf.TensorInfo; segmentIds: Tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      const heap = backend as WasmHeap;
      const rest = x.shape.slice(segmentIds.shape.length);
      const width = rest.reduce((a, b) => a * b, 1);
      const out = heap.makeOutput([numSegments, ...rest], x.dtype);
      const from = heap.typedArrayFromHeap(x);
      const ids = heap.typedArrayFromHeap(segmentIds);
      const to = heap.typedArrayFromHeap(out).fill(0);
      for (let i = 0; i < ids.length; i++) {
        const segment = ids[i]!;
        // As TensorFlow: negative ids are left out.
        if (segment < 0 || segment >= numSegments) continue;
        let o = segment * width;
        for (let j = i * width, end = j + width; j < end; j++) to[o++]! += from[j]!;
      }
      return out;
    },
  });

  // GatherV2 ignores batchDims and returns rows of the first batch: refuse instead of training on them.
  const gather = tf.getKernel('GatherV2', 'wasm');
  tf.unregisterKernel('GatherV2', 'wasm');
  tf.registerKernel({
    ...gather,
    kernelFunc: (params) => {
      const batchDims = (params.attrs as { batchDims?: number } | undefined)?.batchDims;
      if (batchDims) throw new Error(`gather with batchDims=${batchDims} is wrong in the WebAssembly backend.`);
      return gather.kernelFunc(params);
    },
  });
}
