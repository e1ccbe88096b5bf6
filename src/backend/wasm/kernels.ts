/** Kernels that tfjs' wasm backend lacks or computes wrongly, written over its heap. */

import type * as Tf from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.ts';

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

  // OneHot writes integers whatever dtype is asked for: as floats they read as 1e-45.
  const oneHot = tf.getKernel('OneHot', 'wasm');
  tf.unregisterKernel('OneHot', 'wasm');
  tf.registerKernel({
    ...oneHot,
    kernelFunc: (params) => {
      const { dtype, depth, onValue, offValue } = params.attrs as unknown as { dtype: string; depth: number; onValue: number; offValue: number };
      if (dtype !== 'float32') return oneHot.kernelFunc(params);
      const heap = params.backend as WasmHeap;
      const indices = params.inputs.indices as Tf.TensorInfo;
      const out = heap.makeOutput([...indices.shape, depth], 'float32');
      const to = heap.typedArrayFromHeap(out).fill(offValue);
      heap.typedArrayFromHeap(indices).forEach((id, row) => {
        if (id >= 0 && id < depth) to[row * depth + id] = onValue;
      });
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
