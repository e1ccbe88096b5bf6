/** BatchMatMul for the wasm backend in which every slice goes through XNNPACK: tfjs' own sends batches and transposed operands through a loop 20 times slower. */

import type * as Tf from '@tensorflow/tfjs-core';
import type { WasmModule } from './module.ts';

/** What kernels use of tfjs' BackendWasm. */
export interface WasmHeap {
  wasm: WasmModule;
  dataIdMap: { get(id: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: string): Tf.TensorInfo;
  typedArrayFromHeap(tensor: Tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

export function installMatMul(tf: typeof Tf, module: WasmModule): void {
  const run = module.cwrap('BatchMatMul', null, ['number', 'array', 'number', 'number', 'array', 'number', 'number', 'number', 'number']) as unknown as (
    a: number, aShape: Uint8Array, aRank: number, b: number, bShape: Uint8Array, bRank: number, transposeA: number, transposeB: number, out: number) => void;
  // Tensor ids for aliases into the heap, far from those that the backend counts up from 1.
  let nextId = 0x40000000;
  const left = scratchBuffer(module);
  const right = scratchBuffer(module);
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: Tf.TensorInfo; b: Tf.TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
      const heap = backend as WasmHeap;
      const [ar, br] = [a.shape.length, b.shape.length];
      const [m, k] = transposeA ? [a.shape[ar - 1]!, a.shape[ar - 2]!] : [a.shape[ar - 2]!, a.shape[ar - 1]!];
      const n = transposeB ? b.shape[br - 2]! : b.shape[br - 1]!;
      const aBatch = product(a.shape.slice(0, -2));
      const bBatch = product(b.shape.slice(0, -2));
      if (aBatch !== bBatch && aBatch !== 1 && bBatch !== 1) throw new Error(`matMul: batches ${aBatch} and ${bBatch} do not fit.`);
      const batch = Math.max(aBatch, bBatch);
      const out = heap.makeOutput([...(aBatch >= bBatch ? a : b).shape.slice(0, -2), m, n], 'float32');
      if (batch * m * n === 0) return out;
      const scratchA = transposeA ? left(m * k) : 0;
      const scratchB = transposeB ? right(k * n) : 0;
      const [pa, pb, po] = [a, b, out].map((t) => heap.dataIdMap.get(t.dataId).memoryOffset) as [number, number, number];
      const [aShape, bShape] = [shapeBytes(m, k), shapeBytes(k, n)];
      for (let i = 0; i < batch; i++) {
        let ia = pa + (aBatch === 1 ? 0 : i) * m * k * 4;
        let ib = pb + (bBatch === 1 ? 0 : i) * k * n * 4;
        if (transposeA) {
          if (i === 0 || aBatch > 1) transpose(module, ia, scratchA, k, m);
          ia = scratchA;
        }
        if (transposeB) {
          if (i === 0 || bBatch > 1) transpose(module, ib, scratchB, n, k);
          ib = scratchB;
        }
        const [idA, idB, idO] = [nextId++, nextId++, nextId++];
        if (nextId > 0x7fff0000) nextId = 0x40000000;
        module.tfjs.registerTensor(idA, m * k, ia);
        module.tfjs.registerTensor(idB, k * n, ib);
        module.tfjs.registerTensor(idO, m * n, po + i * m * n * 4);
        run(idA, aShape, 3, idB, bShape, 3, 0, 0, idO);
        // Disposing b also frees the weights that XNNPACK packed for it.
        for (const id of [idA, idB, idO]) module.tfjs.disposeData(id);
      }
      return out;
    },
  });
}

function shapeBytes(rows: number, columns: number): Uint8Array {
  return new Uint8Array(new Int32Array([1, rows, columns]).buffer);
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A buffer in the heap that grows and is never given back: matrix sizes repeat every step. */
function scratchBuffer(module: WasmModule): (floats: number) => number {
  let pointer = 0;
  let size = 0;
  return (floats) => {
    if (size < floats) {
      if (pointer) module._free(pointer);
      pointer = module._malloc(floats * 4) >>> 0;
      size = floats;
    }
    return pointer;
  };
}

/** [rows, columns] at `from` → [columns, rows] at `to`, in blocks that fit the cache. */
function transpose(module: WasmModule, from: number, to: number, rows: number, columns: number): void {
  const source = new Float32Array(module.HEAPU8.buffer, from, rows * columns);
  const target = new Float32Array(module.HEAPU8.buffer, to, rows * columns);
  const block = 32;
  for (let r0 = 0; r0 < rows; r0 += block) {
    const r1 = Math.min(rows, r0 + block);
    for (let c0 = 0; c0 < columns; c0 += block) {
      const c1 = Math.min(columns, c0 + block);
      for (let c = c0; c < c1; c++) for (let r = r0; r < r1; r++) target[c * rows + r] = source[r * columns + c]!;
    }
  }
}
