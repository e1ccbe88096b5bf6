/** The fused kernels that nn/ops.ts looks for by name: each replaces a chain of tfjs ops and their temporaries. */

import type * as Tf from '@tensorflow/tfjs-core';
import { addressOf, product, type WasmHeap } from './heap.ts';
import { bits, operation, type Kernels } from './threads.ts';

type Inputs = Record<string, Tf.TensorInfo>;

export function installFused(tf: typeof Tf, kernels: Kernels): void {
  const register = (kernelName: string, compute: (inputs: Inputs, attrs: Record<string, number>, heap: WasmHeap) => Tf.TensorInfo | Tf.TensorInfo[]) => {
    if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: ({ inputs, attrs, backend }) => compute(inputs as Inputs, attrs as Record<string, number>, backend as WasmHeap) });
  };
  /** Rows per chunk: four chunks a thread, but none so small that handing it over costs more than computing it. */
  const perChunk = (rows: number, floatsPerRow: number) => Math.max(1, Math.ceil(rows / (kernels.threads * 4)), Math.ceil(4096 / floatsPerRow));
  const rowsRun = (op: number, rows: number, floatsPerRow: number, args: number[]) => {
    const each = perChunk(rows, floatsPerRow);
    kernels.run(op, Math.ceil(rows / each), [each, rows, ...args]);
  };

  register('PosttrainRmsNorm', ({ x, w }, { eps }, heap) => {
    const [n, d] = x!.shape as [number, number];
    const y = heap.makeOutput([n, d], 'float32');
    const r = heap.makeOutput([n], 'float32');
    rowsRun(operation.rmsNorm, n, d, [addressOf(heap, x!), addressOf(heap, w!), addressOf(heap, y), addressOf(heap, r), d, bits(eps!)]);
    return [y, r];
  });

  register('PosttrainRmsNormGrad', ({ dy, x, w, r }, { withWeight }, heap) => {
    const [n, d] = x!.shape as [number, number];
    const dx = heap.makeOutput([n, d], 'float32');
    // One row of partial sums a chunk, added up below in order, and chunks of a size that has nothing to do with the threads: the same
    // result however many there are and however they raced.
    const each = Math.max(16, Math.ceil(n / 32));
    const chunks = Math.ceil(n / each);
    const partial = withWeight ? kernels.panels(chunks * d * 4) : 0;
    kernels.run(operation.rmsNormGrad, chunks, [each, n, addressOf(heap, dy!), addressOf(heap, x!), addressOf(heap, w!), addressOf(heap, r!), addressOf(heap, dx), partial, d]);
    if (!withWeight) return [dx];
    const dw = heap.makeOutput([d], 'float32');
    const to = heap.typedArrayFromHeap(dw).fill(0);
    const from = new Float32Array(to.buffer as ArrayBuffer, partial, chunks * d);
    for (let c = 0; c < chunks; c++) for (let j = 0; j < d; j++) to[j]! += from[c * d + j]!;
    return [dx, dw];
  });

  register('PosttrainSwiglu', ({ gate, up }, _attrs, heap) => {
    const y = heap.makeOutput(gate!.shape, 'float32');
    const size = product(gate!.shape);
    elements(kernels, operation.swiglu, size, [addressOf(heap, gate!), addressOf(heap, up!), addressOf(heap, y)]);
    return y;
  });

  register('PosttrainSwigluGrad', ({ dy, gate, up }, _attrs, heap) => {
    const dGate = heap.makeOutput(gate!.shape, 'float32');
    const dUp = heap.makeOutput(gate!.shape, 'float32');
    elements(kernels, operation.swigluGrad, product(gate!.shape), [addressOf(heap, dy!), addressOf(heap, gate!), addressOf(heap, up!), addressOf(heap, dGate), addressOf(heap, dUp)]);
    return [dGate, dUp];
  });

  // In place: who asks has no further use for what was there.
  register('PosttrainUpdateRows', ({ x, indices, rows }, _attrs, heap) => {
    const width = x!.shape[1]!;
    const to = heap.typedArrayFromHeap(x!);
    const from = heap.typedArrayFromHeap(rows!);
    heap.typedArrayFromHeap(indices!).forEach((row, i) => to.set(from.subarray(i * width, (i + 1) * width), row * width));
    heap.incRef(x!.dataId);
    return { dataId: x!.dataId, shape: x!.shape, dtype: x!.dtype };
  });

  const attentionArgs = (heap: WasmHeap, inputs: Inputs, out: Tf.TensorInfo, lse: Tf.TensorInfo, attrs: Record<string, number>) => [
    ...['q', 'k', 'v', 'cos', 'sin'].map((name) => addressOf(heap, inputs[name]!)), addressOf(heap, out), addressOf(heap, lse),
    attrs.time!, attrs.heads!, attrs.kvHeads!, attrs.headDim!, bits(1 / Math.sqrt(attrs.headDim!)),
    inputs.first ? addressOf(heap, inputs.first) : 0, inputs.cos!.shape[0]! > 1 ? product(inputs.cos!.shape.slice(1)) : 0,
    ...['holeFrom', 'holeTo'].map((name) => (inputs[name] ? addressOf(heap, inputs[name]) : 0)),
  ];

  register('PosttrainAttention', (inputs, attrs, heap) => {
    const { batch, time, heads, kvHeads, headDim } = attrs;
    const out = heap.makeOutput([batch! * time!, heads! * headDim!], 'float32');
    const lse = heap.makeOutput([batch!, heads!, time!], 'float32');
    kernels.run(operation.attention, batch! * kvHeads!, attentionArgs(heap, inputs, out, lse, attrs), kernels.attentionScratch(time!, headDim!));
    return [out, lse];
  });

  register('PosttrainAttentionGrad', (inputs, attrs, heap) => {
    const { batch, time, kvHeads, headDim } = attrs;
    const gradients = [inputs.q!, inputs.k!, inputs.v!].map((input) => heap.makeOutput(input.shape, 'float32'));
    kernels.run(
      operation.attentionGrad, batch! * kvHeads!,
      [...attentionArgs(heap, inputs, inputs.out!, inputs.lse!, attrs), addressOf(heap, inputs.dy!), ...gradients.map((gradient) => addressOf(heap, gradient))],
      kernels.attentionScratch(time!, headDim!),
    );
    return gradients;
  });

  register('PosttrainTokenScores', ({ logits, targets }, _attrs, heap) => {
    const [n, vocab] = logits!.shape as [number, number];
    const table = heap.makeOutput([n, 3], 'float32');
    const lse = heap.makeOutput([n], 'float32');
    rowsRun(operation.tokenScores, n, vocab, [addressOf(heap, logits!), addressOf(heap, targets!), addressOf(heap, table), addressOf(heap, lse), vocab]);
    return [table, lse];
  });

  register('PosttrainTokenScoresGrad', ({ kept: logits, targets, lse, dy }, _attrs, heap) => {
    const [n, vocab] = logits!.shape as [number, number];
    const out = heap.makeOutput([n, vocab], 'float32');
    rowsRun(operation.tokenScoresGrad, n, vocab, [addressOf(heap, logits!), addressOf(heap, targets!), addressOf(heap, lse!), addressOf(heap, dy!), addressOf(heap, out), vocab]);
    return out;
  });

  installSum(tf, kernels);
}

function elements(kernels: Kernels, op: number, size: number, args: number[]): void {
  const each = Math.max(4096, Math.ceil(size / (kernels.threads * 4) / 4) * 4);
  kernels.run(op, Math.ceil(size / each), [each, size, ...args]);
}

/** Sum over trailing axes in double precision; other sums stay tfjs'. */
function installSum(tf: typeof Tf, kernels: Kernels): void {
  const stock = (stockSum ??= tf.getKernel('Sum', 'wasm'));
  tf.unregisterKernel('Sum', 'wasm');
  tf.registerKernel({
    // With its set-up, which binds tfjs' own function to the module of each opening.
    ...stock,
    kernelFunc: (params) => {
      const x = params.inputs.x as Tf.TensorInfo;
      const { axis, keepDims } = params.attrs as unknown as { axis: number | number[]; keepDims: boolean };
      const rank = x.shape.length;
      const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
      const kept = rank - axes.length;
      const trailing = axes.every((value, i) => value === kept + i);
      const n = product(axes.map((i) => x.shape[i]!));
      if (x.dtype !== 'float32' || !trailing || axes.length === 0 || n === 0) return stock.kernelFunc(params);
      const heap = params.backend as WasmHeap;
      const outer = x.shape.slice(0, kept);
      const rows = product(outer);
      const out = heap.makeOutput(keepDims ? [...outer, ...axes.map(() => 1)] : outer, 'float32');
      const each = Math.max(1, Math.ceil(rows / (kernels.threads * 4)), Math.ceil(16384 / n));
      kernels.run(operation.sums, Math.ceil(rows / each), [each, rows, addressOf(heap, x), addressOf(heap, out), n]);
      return out;
    },
  });
}
let stockSum: Tf.KernelConfig | undefined;
