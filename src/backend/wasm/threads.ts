/** Our own kernels on the backend's memory, and the worker threads that share them. */

import { Worker } from 'node:worker_threads';
import { plainBinary, relaxedBinary } from './kernelsBinary.ts';
import type { WasmModule } from './module.ts';

/** Numbers of the operations in kernels/operations.as, where their arguments are listed. */
export const operation = {
  pack: 0, gemm: 1, batched: 2, few: 3, attention: 4, attentionGrad: 5, rmsNorm: 6, rmsNormGrad: 7, swiglu: 8, swigluGrad: 9, tokenScores: 10, tokenScoresGrad: 11, sums: 12,
} as const;

export interface Kernels {
  readonly threads: number;
  /** With fused multiply-add. */
  readonly relaxed: boolean;
  /** Runs an operation in `chunks` parts on all threads. `args` start at slot 3; floats go through `bits`. */
  run(operation: number, chunks: number, args: readonly number[], scratchBytes?: number): void;
  /** A buffer for the packed right side of a product, valid until the next call. */
  panels(bytes: number): number;
  attentionScratch(time: number, headDim: number): number;
  rightBytes(k: number, n: number): number;
  leftBytes(m: number, k: number): number;
  stop(): void;
}

/** Far longer than any part of any operation: only a thread that died leaves its part undone. A sleeping machine does not count. */
const patienceMs = 120_000;
const controlBytes = 256;
const argumentSlot = 16;

interface Exports {
  run(control: number, chunks: number, patienceMs: number): number;
  stop(control: number): void;
  attentionScratch(time: number, headDim: number): number;
  rightBytes(k: number, n: number): number;
  leftBytes(m: number, k: number): number;
}

/** The bits of a float, as an argument. */
export function bits(value: number): number {
  floatView[0] = value;
  return intView[0]!;
}
const floatView = new Float32Array(1);
const intView = new Int32Array(floatView.buffer);

export function startKernels(heap: WasmModule, memory: WebAssembly.Memory, threads: number): Kernels {
  const { binary, relaxed } = chooseBinary();
  const module = new WebAssembly.Module(binary);
  const imports = { env: { memory, log: Math.log } };
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  // Aligned for 64-bit atomics; never given back.
  const control = ((heap._malloc(controlBytes + 16) >>> 0) + 15) & ~15;
  const slots = new Int32Array(memory.buffer as ArrayBuffer, control, controlBytes / 4).fill(0);
  const workers: Worker[] = [];
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(workerCode, { eval: true, workerData: { module, memory, control, thread }, execArgv: [], stdout: false, stderr: false });
    // Idle threads must not keep the process alive; one that dies leaves its chunks to the others.
    worker.unref();
    worker.on('error', () => undefined);
    workers.push(worker);
  }
  const grow = (current: { pointer: number; bytes: number }, bytes: number) => {
    if (bytes > current.bytes) {
      if (current.pointer) heap._free(current.pointer);
      // Where the next line throws, there is nothing to give back.
      current.pointer = current.bytes = 0;
      current.pointer = heap._malloc(bytes) >>> 0;
      current.bytes = bytes;
    }
    return current.pointer;
  };
  const scratch = { pointer: 0, bytes: 0 };
  const right = { pointer: 0, bytes: 0 };
  return {
    threads,
    relaxed,
    run(op, chunks, args, scratchBytes = 0) {
      if (chunks <= 0) return;
      const each = (scratchBytes + 63) & ~63;
      slots[argumentSlot + 1] = each > 0 ? grow(scratch, each * threads) : 0;
      slots[argumentSlot] = op;
      slots[argumentSlot + 2] = each;
      for (let i = 0; i < args.length; i++) slots[argumentSlot + 3 + i] = args[i]!;
      if (exports.run(control, chunks, patienceMs) === 0) throw new Error(`a worker thread has not answered for ${patienceMs / 1000} s`);
    },
    panels: (bytes) => grow(right, bytes),
    attentionScratch: (time, headDim) => exports.attentionScratch(time, headDim),
    rightBytes: (k, n) => exports.rightBytes(k, n) >>> 0,
    leftBytes: (m, k) => exports.leftBytes(m, k) >>> 0,
    stop() {
      exports.stop(control);
      for (const worker of workers) void worker.terminate();
    },
  };
}

const workerCode = `
const { workerData: { module, memory, control, thread } } = require('node:worker_threads');
new WebAssembly.Instance(module, { env: { memory, log: Math.log } }).exports.serve(control, thread);
`;

/** Relaxed SIMD came with Node 21; before it the engine refuses the module. */
function chooseBinary(): { binary: Uint8Array; relaxed: boolean } {
  const relaxed = Buffer.from(relaxedBinary, 'base64');
  if (WebAssembly.validate(relaxed)) return { binary: relaxed, relaxed: true };
  return { binary: Buffer.from(plainBinary, 'base64'), relaxed: false };
}
