/** What a reference model says of the rows that are trained on: the numbers that a preference loss measures the policy against. */

import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../nn/model.ts';
import type { Loss, LossTensors } from './losses/loss.ts';

export interface Reference {
  /** For the rows of a micro-batch, one number a row under each name that the loss asks for. The caller disposes them. */
  inputs(batch: readonly number[], inputs: LossTensors): Record<string, tf.Tensor>;
}

/** Computes with `model` on every batch. For LoRA that is the policy with its adapter off: see `withoutAdapter`. */
export function liveReference(loss: Loss, model: Model): Reference {
  return { inputs: (_batch, inputs) => tf.tidy(() => loss.reference!(model, inputs) as tf.NamedTensorMap) };
}

/** The model as it was before its adapter: the same weights, nothing is copied. */
export function withoutAdapter(model: Model): Model {
  return { ...model, lora: undefined, tokenRows: undefined };
}
