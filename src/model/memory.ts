/** How many bytes a run will need, told before it starts: "not enough memory" with numbers beats a crash in the first step. */

import { UserError } from '../core/problem.ts';
import type { ModelConfig } from './config.ts';
import { savedShape, type AdapterTarget } from './adapterTargets.ts';
import { embeddingName, headName, parameterCount, parameterShapes, sizeOf } from './shapes.ts';

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
  /** Set when only adapters train, with the base weights that train as copies. */
  lora?: { r: number; dora?: boolean; targets: readonly AdapterTarget[]; saved?: readonly string[] };
  /** Whether the backend has the fused kernels (wasm). */
  fused?: boolean;
  /** Whether the backend records steps as programs (tensorflow). */
  recorded?: boolean;
  /** Whether a reference model stands beside the one that trains. An adapter's is its own base. */
  reference?: boolean;
  /** Base weights that do not train, in full training. */
  frozen?: readonly string[];
  /** Rows of the embedding that train while the rest of it is frozen. */
  tokenRows?: number;
}

/** fp32 throughout: 4 bytes a weight, and for what trains 4 for the gradient and 8 for Adam's moments. */
export function estimateTraining(config: ModelConfig, shape: TrainingShape): MemoryEstimate {
  const all = parameterCount(config);
  let trained = shape.lora ? loraParameters(config, shape.lora) : all;
  if (shape.tokenRows) trained += shape.tokenRows * config.hiddenSize;
  // Trained rows freeze the rest of the embedding, and an untied head.
  const frozen = new Set([...(shape.frozen ?? []), ...(shape.tokenRows ? [embeddingName, headName] : [])]);
  if (!shape.lora) for (const [name, size] of parameterShapes(config)) if (frozen.has(name)) trained -= sizeOf(size);
  const weights = 4 * (all + (shape.lora ? trained : shape.reference ? all : 0));
  const gradients = 4 * trained;
  const optimizer = 8 * trained;
  // TensorFlow's allocator leaves holes between what comes and goes: the more, the larger the matrices.
  const holes = shape.recorded ? (gradients + optimizer) / 2 : 0;
  const activations = Math.round(activationBytes(config, shape) + holes);
  return { weights, gradients, optimizer, activations, total: weights + gradients + optimizer + activations };
}

/** While held-out rows are evaluated: no gradients, and op by op a half of the activations at most (measured: test/unit/nn); recorded, at most those of a training step. */
export function estimateEvaluation(config: ModelConfig, shape: TrainingShape): MemoryEstimate {
  const { weights, optimizer, activations: all } = estimateTraining(config, { ...shape, recorded: false });
  const activations = shape.recorded ? Math.min(all / 2 + sessionBytes, activationBytes(config, shape)) : all / 2;
  return { weights, gradients: 0, optimizer, activations, total: weights + optimizer + activations };
}

export interface AnswersShape {
  /** Prompts computed together, tokens of the longest of them, and tokens with its answer. */
  batch: number;
  prompt: number;
  length: number;
  /** Whether the backend has the fused kernels (wasm). */
  fused?: boolean;
}

/** Beside the weights: the key-value cache, and what all layers make while the prompts are read. Held to what was measured (test/unit/nn). */
export function estimateAnswers(config: ModelConfig, { batch, prompt, length, fused }: AnswersShape): number {
  const { hiddenSize: d, intermediateSize: f } = config;
  const q = config.heads * config.headDim;
  const kv = config.kvHeads * config.headDim;
  const reading = prompt * (7 * d + 8 * q + 8 * kv + 4 * f) + (fused ? 0 : 3 * config.heads * prompt * prompt);
  // Twice: where it is not updated in place, every token makes it anew.
  const cache = 2 * 2 * length * kv;
  return 4 * batch * (config.layers * (reading + cache) + 2 * config.vocabSize);
}

/** How many prompts can be answered together in `freeBytes`; at least one. */
export function answersAtOnce(config: ModelConfig, shape: Omit<AnswersShape, 'batch'>, freeBytes: number, most = 64): number {
  return Math.max(1, Math.min(most, Math.floor(freeBytes / estimateAnswers(config, { ...shape, batch: 1 }))));
}

/** How many sequences of so many tokens can be scored together in `freeBytes`. Throws a UserError with the numbers when not even one can. */
export function scoredAtOnce(config: ModelConfig, time: number, freeBytes: number, most: number): number {
  const each = estimateEvaluation(config, { batch: 1, time }).activations;
  if (each > freeBytes) throw new UserError(`Not enough memory: a text of ${time} tokens needs ${gigabytes(each)} beside the model, and there are ${gigabytes(Math.max(0, freeBytes))}. Shorten it.`, 'out-of-memory');
  return Math.max(1, Math.min(most, Math.floor(freeBytes / each)));
}

/** Throws a UserError with the numbers when a model cannot answer even one short prompt. */
export function requireGenerationMemory(config: ModelConfig, limitBytes: number): void {
  const needed = 4 * parameterCount(config) + estimateAnswers(config, { batch: 1, prompt: 1, length: 1 });
  if (needed <= limitBytes) return;
  throw new UserError(`Not enough memory: this model needs ${gigabytes(needed)} in 32-bit floats, and there are ${gigabytes(limitBytes)}. Take a smaller model.`, 'out-of-memory');
}

export interface MemoryLimits {
  /** What the process may hold. */
  process: number;
  /** What tensors may hold. Where that is less than the process may, the optimizer's moments are no tensors. */
  tensors: number;
}

/** Throws a UserError with the numbers when a run cannot fit. */
export function requireMemory(estimate: MemoryEstimate, limits: MemoryLimits, advice = 'Take a smaller per_device_train_batch_size or max_length, or use_peft: true.'): void {
  const inTensors = estimate.total - estimate.optimizer;
  const limit = inTensors > limits.tensors ? limits.tensors : limits.process;
  if (inTensors <= limits.tensors && estimate.total <= limits.process) return;
  if (estimate.weights > limit) advice = 'Its weights alone do not fit: take a smaller model.';
  throw new UserError(`Not enough memory: this run needs about ${memoryWords(estimate)}, and there are ${gigabytes(limit)}${limit < limits.process ? ' for all but the optimizer' : ''}. ${advice}`, 'out-of-memory');
}

/** "5.1 GB (2.0 GB weights, …)" */
export function memoryWords({ total, weights, gradients, optimizer, activations }: MemoryEstimate): string {
  return `${gigabytes(total)} (${gigabytes(weights)} weights, ${gigabytes(gradients)} gradients, ${gigabytes(optimizer)} optimizer, ${gigabytes(activations)} activations)`;
}

function loraParameters(config: ModelConfig, { r, dora, targets, saved = [] }: NonNullable<TrainingShape['lora']>): number {
  let count = 0;
  for (const { shape: [out, width] } of targets) count += r * (out + width) + (dora ? out : 0);
  for (const name of saved) count += sizeOf(savedShape(config, name));
  return count;
}

/** TensorFlow's session, the graphs in it and what its threads hold. */
const sessionBytes = 80 * 2 ** 20;

/**
 * Floats per token and layer that are alive at the peak: what the forward pass saves, and tfjs' gradients of all of it, which it frees
 * only at the end. Counted from nn/ops.ts and within a fifth of what was measured op by op on both backends (test/unit/nn), a tenth added.
 * A recorded step frees what is not needed any more, and a quarter is added for the allocator: never less than was measured, and at most
 * two fifths more (test/unit/model).
 */
function activationBytes(config: ModelConfig, { batch, time, headPositions, lora, fused, recorded }: TrainingShape): number {
  const tokens = batch * time;
  const { hiddenSize: d, intermediateSize: f } = config;
  const q = config.heads * config.headDim;
  const kv = config.kvHeads * config.headDim;
  let perToken = recorded ? 4 * d + 2 * q + 2 * kv + 3 * f : 18 * d + 4 * q + 4 * kv + 6 * f;
  // Without fused kernels also the probabilities, and op by op the rotated copies and, as measured, as much again as a gate.
  if (!fused) perToken += config.heads * time + (recorded ? 0 : q + 2 * kv + f);
  let floats = tokens * perToken * config.layers;
  // Per adapted matrix: the low-rank product, its gradient and a dropout mask; with DoRA the outputs before their magnitude too.
  if (lora) for (const { shape: [out, width] } of lora.targets) floats += tokens * (2 * lora.r + width + (lora.dora ? out : 0));
  // DoRA's norms look at a whole matrix at a time.
  if (lora?.dora) floats += 3 * Math.max(...lora.targets.map(({ shape: [out, width] }) => out * width));
  // The backward pass of one layer's plain attention works on more matrices of that size, of which a recorded one writes over two.
  const oneLayer = fused ? 0 : (recorded ? 2 : 4) * config.heads * time;
  // Logits and their gradient, kept whole up to 64 MiB on wasm and 1 GiB on tensorflow, else chunk by chunk; recorded, the gradient is written over the softmax.
  const head = config.head === 'score' ? 0 : (recorded ? 2 : 3) * Math.min((headPositions ?? tokens) * config.vocabSize, 2 ** (fused ? 24 : 28) + config.vocabSize) + 2 * config.vocabSize * d;
  return Math.round((recorded ? 5 : 4.4) * (floats + tokens * oneLayer + head)) + (recorded ? sessionBytes : 0);
}

export function gigabytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
