/** Kernels that tfjs' wasm backend lacks or computes wrongly, written over its heap. */

import type * as Tf from '@tensorflow/tfjs-core';
import { product, type WasmHeap } from './heap.ts';

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

  // GatherV2 ignores batchDims and returns rows of the first batch: refuse instead of training on them. Whole rows are copied here,
  // a tenth of the time of tfjs' own element by element.
  const gather = tf.getKernel('GatherV2', 'wasm');
  tf.unregisterKernel('GatherV2', 'wasm');
  tf.registerKernel({
    ...gather,
    kernelFunc: (params) => {
      const { axis, batchDims } = params.attrs as unknown as { axis: number; batchDims?: number };
      const { x, indices } = params.inputs as { x: Tf.TensorInfo; indices: Tf.TensorInfo };
      if (batchDims) throw new Error(`gather with batchDims=${batchDims} is wrong in the WebAssembly backend.`);
      if (axis !== 0 || x.dtype === 'string' || indices.dtype !== 'int32') return gather.kernelFunc(params);
      const heap = params.backend as WasmHeap;
      const width = product(x.shape.slice(1));
      const out = heap.makeOutput([...indices.shape, ...x.shape.slice(1)], x.dtype);
      const from = heap.typedArrayFromHeap(x);
      const ids = heap.typedArrayFromHeap(indices);
      const to = heap.typedArrayFromHeap(out);
      for (let i = 0; i < ids.length; i++) {
        const row = ids[i]!;
        if (row < 0 || row >= x.shape[0]!) throw new Error(`gather: index ${row} is not in 0 to ${x.shape[0]! - 1}.`);
        to.set(from.subarray(row * width, (row + 1) * width), i * width);
      }
      return out;
    },
  });
}
