/** BatchMatMul for the wasm backend on our own kernels: tfjs' own sends batches and transposed operands through a loop 20 times slower. */

import type * as Tf from '@tensorflow/tfjs-core';
import { addressOf, product, type WasmHeap } from './heap.ts';
import { operation, type Kernels } from './threads.ts';

interface Operand {
  at: number;
  rowStride: number;
  columnStride: number;
  /** Floats from one matrix of the batch to the next; 0 repeats the same. */
  batchStride: number;
}

export function installMatMul(tf: typeof Tf, kernels: Kernels): void {
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
      if (k === 0) {
        heap.typedArrayFromHeap(out).fill(0);
        return out;
      }
      const left: Operand = { at: addressOf(heap, a), rowStride: transposeA ? 1 : k, columnStride: transposeA ? m : 1, batchStride: aBatch === 1 ? 0 : m * k };
      const right: Operand = { at: addressOf(heap, b), rowStride: transposeB ? 1 : n, columnStride: transposeB ? k : 1, batchStride: bBatch === 1 ? 0 : k * n };
      const to = addressOf(heap, out);
      if (batch === 1) single(kernels, m, n, k, left, right, to);
      // One right side for all rows of an untransposed batch: it is one tall product.
      else if (bBatch === 1 && !transposeA) single(kernels, batch * m, n, k, left, right, to);
      else many(kernels, batch, m, n, k, left, right, to);
      return out;
    },
  });
}

function single(kernels: Kernels, m: number, n: number, k: number, a: Operand, b: Operand, out: number): void {
  if (m <= 6 && a.columnStride === 1 && b.rowStride === 1 && b.columnStride === k) {
    const columns = roundUp(Math.ceil(n / (kernels.threads * 4)), 8);
    kernels.run(operation.few, Math.ceil(n / columns), [columns, n, m, k, a.at, a.rowStride, b.at, out, n]);
    return;
  }
  // The packed copy of a vocabulary matrix would be as large as the matrix: a few columns at a time then.
  const block = Math.max(8, Math.floor(maxPanelBytes / (k * 32)) * 8);
  for (let start = 0; start < n; start += block) {
    packAndMultiply(kernels, m, Math.min(block, n - start), k, a, { ...b, at: b.at + start * b.columnStride * 4 }, out + start * 4, n);
  }
}

function packAndMultiply(kernels: Kernels, m: number, n: number, k: number, a: Operand, b: Operand, out: number, rowLength: number): void {
  const panels = kernels.panels(kernels.rightBytes(k, n));
  const packColumns = k * n < 20_000 ? roundUp(n, 8) : roundUp(Math.ceil(n / (kernels.threads * 2)), 8);
  kernels.run(operation.pack, Math.ceil(n / packColumns), [packColumns, n, k, b.at, b.rowStride, b.columnStride, panels]);
  const parts = kernels.threads * 4;
  const rows = Math.min(maxRows, roundUp(Math.ceil(m / Math.min(parts, Math.ceil(m / 16))), 4));
  const down = Math.ceil(m / rows);
  const columns = roundUp(Math.ceil(n / Math.max(1, Math.min(Math.ceil(parts / down), Math.floor(n / 32)))), 8);
  const across = Math.ceil(n / columns);
  kernels.run(operation.gemm, down * across, [rows, columns, m, n, k, a.at, a.rowStride, a.columnStride, panels, out, rowLength, across], kernels.leftBytes(rows, k));
}

const maxPanelBytes = 64 * 2 ** 20;

/** Rows of the left side that are packed together: 96 × 256 floats stay in the second-level cache. */
const maxRows = 96;

function many(kernels: Kernels, batch: number, m: number, n: number, k: number, a: Operand, b: Operand, out: number): void {
  const each = Math.ceil(batch / (kernels.threads * 4));
  kernels.run(
    operation.batched, Math.ceil(batch / each),
    [each, batch, m, n, k, a.at, a.rowStride, a.columnStride, a.batchStride, b.at, b.rowStride, b.columnStride, b.batchStride, out],
    kernels.rightBytes(k, n) + kernels.leftBytes(m, k),
  );
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
