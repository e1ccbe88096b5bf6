/** What kernels use of tfjs' BackendWasm. */

import type { TensorInfo } from '@tensorflow/tfjs-core';

export interface WasmHeap {
  dataIdMap: { get(id: object): { memoryOffset: number } };
  incRef(id: object): void;
  makeOutput(shape: number[], dtype: string): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** Where a tensor's numbers begin in the module's memory. */
export function addressOf(heap: WasmHeap, tensor: TensorInfo): number {
  return heap.dataIdMap.get(tensor.dataId).memoryOffset;
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
