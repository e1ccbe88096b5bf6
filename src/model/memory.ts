/** How many bytes a run will need, told before it starts: "not enough memory" with numbers beats a crash in the first step. */

import { UserError } from '../core/problem.ts';
import type { ModelConfig } from './config.ts';
import { linearModules, linearShape, parameterCount, type LinearModule } from './shapes.ts';

export interface MemoryEstimate {
  weights: number;
  gradients: number;
  optimizer: number;
  activations: number;
  total: number;
}

export interface TrainingShape {
  /** Rows and tokens per row of the largest micro-batch. */
  batch: number;
  time: number;
  /** Positions on which the head computes; default all. */
  headPositions?: number;
  /** Set when only adapters train. */
  lora?: { r: number; modules: readonly LinearModule[] };
  /** Whether the backend has the fused kernels (wasm). */
  fused?: boolean;
  /** Rows of the embedding that train while the rest of it is frozen. */
  tokenRows?: number;
}

/** fp32 throughout: 4 bytes a weight, and for what trains 4 for the gradient and 8 for Adam's moments. */
export function estimateTraining(config: ModelConfig, shape: TrainingShape): MemoryEstimate {
  const all = parameterCount(config);
  const embedding = config.vocabSize * config.hiddenSize;
  let trained = shape.lora ? loraParameters(config, shape.lora) : all;
  if (shape.tokenRows) trained += shape.tokenRows * config.hiddenSize - (shape.lora ? 0 : embedding);
  const weights = 4 * (all + (shape.lora ? trained : 0));
  const gradients = 4 * trained;
  const optimizer = 8 * trained;
  const activations = activationBytes(config, shape);
  return { weights, gradients, optimizer, activations, total: weights + gradients + optimizer + activations };
}

/** Weights, key-value cache and the working set of one step. */
export function estimateGeneration(config: ModelConfig, batch: number, length: number): number {
  const cache = 2 * config.layers * batch * length * config.kvHeads * config.headDim;
  const working = batch * length * (6 * config.hiddenSize + 3 * config.intermediateSize) + 2 * batch * config.vocabSize;
  return 4 * (parameterCount(config) + 2 * cache + working);
}

/** Throws a UserError with the numbers when a model cannot answer even one short prompt. */
export function requireGenerationMemory(config: ModelConfig, limitBytes: number): void {
  const needed = estimateGeneration(config, 1, 1);
  if (needed <= limitBytes) return;
  throw new UserError(`Not enough memory: this model needs ${gigabytes(needed)} in 32-bit floats, and there are ${gigabytes(limitBytes)}. Take a smaller model.`, 'out-of-memory');
}

/** Throws a UserError with the numbers when a run cannot fit. */
export function requireMemory(estimate: MemoryEstimate, limitBytes: number, advice = 'Take a smaller per_device_train_batch_size or max_length, or use_peft: true.'): void {
  if (estimate.total <= limitBytes) return;
  if (estimate.weights > limitBytes) advice = 'Its weights alone do not fit: take a smaller model.';
  const parts = `${gigabytes(estimate.weights)} weights, ${gigabytes(estimate.gradients)} gradients, ${gigabytes(estimate.optimizer)} optimizer, ${gigabytes(estimate.activations)} activations`;
  throw new UserError(`Not enough memory: this run needs about ${gigabytes(estimate.total)} (${parts}), and there are ${gigabytes(limitBytes)}. ${advice}`, 'out-of-memory');
}

function loraParameters(config: ModelConfig, { r, modules }: { r: number; modules: readonly LinearModule[] }): number {
  let perLayer = 0;
  for (const module of linearModules) {
    if (!modules.includes(module)) continue;
    const [out, width] = linearShape(config, module);
    perLayer += r * (out + width);
  }
  return perLayer * config.layers;
}

/**
 * Floats per token and layer that are alive at the peak: what the forward pass saves, and tfjs' gradients of all of it, which it frees
 * only at the end. Counted from nn/ops.ts and within a fifth of what was measured on both backends (test/unit/nn), a tenth added.
 */
function activationBytes(config: ModelConfig, { batch, time, headPositions, lora, fused }: TrainingShape): number {
  const tokens = batch * time;
  const { hiddenSize: d, intermediateSize: f } = config;
  const q = config.heads * config.headDim;
  const kv = config.kvHeads * config.headDim;
  let perToken = 18 * d + 4 * q + 4 * kv + 6 * f;
  // Without fused kernels also the probabilities, the rotated copies and the gate's sigmoid.
  if (!fused) perToken += config.heads * time + q + 2 * kv + f;
  // Per adapted matrix: the low-rank product, its gradient and a dropout mask.
  if (lora) for (const module of lora.modules) perToken += 2 * lora.r + linearShape(config, module)[1];
  // The backward pass of one layer's plain attention works on four more matrices of that size.
  const oneLayer = fused ? 0 : 4 * config.heads * time;
  // Logits and their gradient, kept whole up to 64 MiB, else chunk by chunk.
  const head = 3 * Math.min((headPositions ?? tokens) * config.vocabSize, 2 ** 24 + config.vocabSize) + 2 * config.vocabSize * d;
  return Math.round(4.4 * (tokens * (perToken * config.layers + oneLayer) + head));
}

function gigabytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
