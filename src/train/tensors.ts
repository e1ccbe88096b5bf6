/** Named host arrays to tensors, and their disposal. */

import * as tf from '@tensorflow/tfjs-core';
import type { TensorShape } from '../backend/program.ts';
import type { InputArray } from './losses/loss.ts';

export function toTensors(inputs: Readonly<Record<string, InputArray>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, shape, dtype)]));
}

export const scalarShape: TensorShape = { shape: [], dtype: 'float32' };

export function shapesOf(inputs: Readonly<Record<string, InputArray>>): Record<string, TensorShape> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));
}

export function disposeAll(tensors: Iterable<tf.Tensor>): void {
  for (const tensor of tensors) tensor.dispose();
}
