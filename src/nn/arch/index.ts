/** The architectures that can be trained and run: one file each. */

import type * as tf from '@tensorflow/tfjs-core';
import { defineRegistry } from '../../core/registry.ts';
import type { ForwardOptions, Model } from '../model.ts';
import type { KvCache } from '../kvCache.ts';
import { llama } from './llama.ts';

export interface Architecture {
  readonly id: string;
  /** ids int32 [batch, time], padded right → hidden states after the last norm [batch * time, hidden]. */
  hidden(model: Model, ids: tf.Tensor2D, options: ForwardOptions): tf.Tensor2D;
  /** The same for new tokens behind a cache, which it extends: ids int32 [batch, time] → the last position's hidden state [batch, hidden]. No gradients. */
  extend(model: Model, ids: tf.Tensor2D, cache: KvCache): tf.Tensor2D;
}

export const architectures = defineRegistry<'llama', Architecture & { id: 'llama' }>('architecture', [llama]);
