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
  /** Norms of DoRA's matrices by module path: they stay while the weights do. */
  norms: Record<string, tf.Tensor>;
  /** The cache for some of its rows, in that order; this one is disposed. */
  keepRows(rows: readonly number[]): KvCache;
  dispose(): void;
}

export function createKvCache(model: Model, padding: readonly number[]): KvCache {
  return {
    layers: new Array(model.config.layers).fill(undefined) as KvCache['layers'],
    padding,
    length: 0,
    norms: {},
    keepRows(rows) {
      const kept = createKvCache(model, rows.map((row) => padding[row]!));
      kept.length = this.length;
      [kept.norms, this.norms] = [this.norms, {}];
      if (rows.length > 0) {
        const index = tf.tensor1d(rows as number[], 'int32');
        kept.layers = this.layers.map((layer) => layer && { keys: tf.gather(layer.keys, index), values: tf.gather(layer.values, index) });
        index.dispose();
      }
      this.dispose();
      return kept;
    },
    dispose() {
      for (const layer of this.layers) tf.dispose(layer ? [layer.keys, layer.values] : []);
      tf.dispose(this.norms);
      this.layers.fill(undefined);
      this.norms = {};
      this.length = 0;
    },
  };
}
