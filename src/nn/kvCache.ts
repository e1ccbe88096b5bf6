/** Keys and values of past positions, per layer, for generation. */

import * as tf from '@tensorflow/tfjs-core';
import type { Model } from './model.ts';

export interface KvCache {
  /** Per layer [batch, kvHeads, length, headDim], keys already rotated. Undefined before the first positions. */
  layers: ({ keys: tf.Tensor4D; values: tf.Tensor4D } | undefined)[];
  /** Padding on the left of each row: these cache slots are never attended to, and positions count from behind them. */
  readonly padding: readonly number[];
  /** Slots filled. */
  length: number;
  dispose(): void;
}

export function createKvCache(model: Model, padding: readonly number[]): KvCache {
  return {
    layers: new Array(model.config.layers).fill(undefined) as KvCache['layers'],
    padding,
    length: 0,
    dispose() {
      for (const layer of this.layers) tf.dispose(layer ? [layer.keys, layer.values] : []);
      this.layers.fill(undefined);
      this.length = 0;
    },
  };
}
