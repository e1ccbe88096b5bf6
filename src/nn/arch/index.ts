/** The architectures that can be trained and run: one file each. */

import type * as tf from '@tensorflow/tfjs-core';
import { defineRegistry } from '../../core/registry.ts';
import type { ForwardOptions, Model } from '../model.ts';
import { llama } from './llama.ts';

export interface NextOptions extends Pick<ForwardOptions, 'norms'> {
  /** int32 [batch]: where each row's token stands, which is its slot in the cache too. */
  readonly positions: tf.Tensor1D;
  /** Slots of the cache. */
  readonly window: number;
  /** Puts a layer's keys, rotated, and values [batch, kvHeads, 1, headDim] into the cache → all that are there, [batch * kvHeads, window, headDim]. */
  extend(layer: number, keys: tf.Tensor4D, values: tf.Tensor4D): { keys: tf.Tensor3D; values: tf.Tensor3D };
}

export interface Architecture {
  readonly id: string;
  /** ids int32 [batch, time], padded right → hidden states after the last norm [batch * time, hidden]. */
  hidden(model: Model, ids: tf.Tensor2D, options: ForwardOptions): tf.Tensor2D;
  /** The same for one more token of each row: ids int32 [batch] → [batch, hidden]. No gradients. */
  next(model: Model, ids: tf.Tensor1D, options: NextOptions): tf.Tensor2D;
}

export const architectures = defineRegistry<'llama', Architecture & { id: 'llama' }>('architecture', [llama]);
