/** Fused kernels of the active backend, by name: where it has one, an op is a single call instead of a chain. Found at run time, so nn needs no backend's code. */

import * as tf from '@tensorflow/tfjs-core';

export type FusedName =
  | 'PosttrainRmsNorm' | 'PosttrainRmsNormGrad'
  | 'PosttrainSwiglu' | 'PosttrainSwigluGrad'
  | 'PosttrainAttention' | 'PosttrainAttentionGrad'
  | 'PosttrainTokenScores' | 'PosttrainTokenScoresGrad'
  | 'PosttrainAdamW'
  | 'PosttrainSquareSum'
  | 'PosttrainUpdateRows'
  | 'PosttrainAfter';

let enabled = true;

/** Whether the active backend has the kernel. */
export function hasFused(name: FusedName): boolean {
  return enabled && tf.getKernel(name, tf.getBackend()) !== undefined && tf.getKernel(name, tf.getBackend()) !== null;
}

export function runFused(name: FusedName, inputs: Record<string, tf.Tensor>, attrs: Record<string, number> = {}): tf.Tensor[] {
  const result = tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}

/** For tests that compare both ways. */
export function withoutFused<T>(compute: () => T): T {
  enabled = false;
  try {
    return compute();
  } finally {
    enabled = true;
  }
}
