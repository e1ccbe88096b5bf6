/** Training only some rows of a frozen embedding (PEFT's `trainable_token_indices`): the rows have their own small variable, gradients cost next to nothing. */

import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../core/problem.ts';
import { tokenRowsName } from '../model/adapter.ts';
import { embeddingName, headName } from '../model/shapes.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { freeze, newVariable, param, type Model } from './model.ts';

export interface TokenRows {
  /** As PEFT saves it. */
  readonly name: string;
  readonly ids: readonly number[];
  /** [k, hidden]: the rows' values (not differences from the base). */
  readonly rows: tf.Variable;
  /** What to add to embeddings looked up in the frozen matrix: ids int32 [n] → [n, hidden]. */
  extraEmbedding(ids: tf.Tensor1D): tf.Tensor2D;
  /** What to add to logits made with the frozen matrix: hidden [n, hidden] → [n, vocab]. Zero with an untied head. */
  extraLogits(hidden: tf.Tensor2D): tf.Tensor2D;
  /** What to add to the mean row of the head's matrix, [1, hidden]. */
  extraMeanRow(): tf.Tensor2D;
  /** Gradients of `extraLogits` from those of the logits [n, vocab]. */
  backward(dLogits: tf.Tensor2D, hidden: tf.Tensor2D): { hidden: tf.Tensor2D; rows: tf.Tensor2D };
  dispose(): void;
}

/**
 * Freezes the embedding (and an untied head) and makes the rows of `ids` trainable. `freezeRest` freezes every other weight as well,
 * as PEFT does; without it the rest of the model trains as before. `init` gives the rows' values.
 */
export async function attachTokenRows(model: Model, ids: readonly number[], options: { freezeRest: boolean; init?: WeightSource }): Promise<TokenRows> {
  const { vocabSize, hiddenSize, tieWordEmbeddings } = model.config;
  // In the order given: an adapter file keeps its rows in the order of its config.
  const unique = [...new Set(ids)];
  for (const id of unique) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) throw new UserError(`trainable_token_indices: ${id} is not a token id of this model (0 to ${vocabSize - 1}).`, 'token-rows');
  }
  if (unique.length === 0) throw new UserError('trainable_token_indices is empty.', 'token-rows');
  if (model.lora?.saved.has(embeddingName) || (tieWordEmbeddings && model.lora?.saved.has(headName))) {
    throw new UserError('trainable_token_indices trains rows of the embedding, and lora_modules_to_save trains a whole copy of it or of the head that is tied to it. Keep one of them.', 'token-rows');
  }
  const k = unique.length;
  const embedding = param(model, embeddingName);
  const base = tf.tidy(() => tf.gather(embedding, tf.tensor1d(unique, 'int32'))) as tf.Tensor2D;
  const shape = [k, hiddenSize];
  let values: Float32Array;
  if (options.init) {
    const found = options.init.shape(tokenRowsName);
    if (found?.join() !== shape.join()) throw new UserError(`Tensor "${tokenRowsName}" in ${options.init.place} ${found ? `has shape [${found.join(', ')}]` : 'is missing'}; needed: [${shape.join(', ')}].`, 'weights-shape');
    values = await options.init.read(tokenRowsName);
  } else values = ((await base.data()) as Float32Array).slice();
  const rows = newVariable(values, shape, tokenRowsName);
  const rowIds = tf.tensor2d(unique, [1, k], 'int32');
  // Column j of logits gets row j's difference: a [k, vocab] matrix of zeros and ones spreads k columns over the vocabulary.
  const spreadData = new Float32Array(k * vocabSize);
  unique.forEach((id, row) => (spreadData[row * vocabSize + id] = 1));
  const spread = tieWordEmbeddings ? tf.tensor2d(spreadData, [k, vocabSize]) : undefined;
  const difference = () => tf.sub(rows, base) as tf.Tensor2D;
  const tokenRows: TokenRows = {
    name: tokenRowsName,
    ids: unique,
    rows,
    extraEmbedding: (tokenIds) => tf.matMul(tf.cast(tf.equal(tf.reshape(tokenIds, [-1, 1]), rowIds), 'float32') as tf.Tensor2D, difference()),
    extraLogits: (hiddenRows) => (spread ? tf.matMul(tf.matMul(hiddenRows, difference(), false, true), spread) : tf.zeros([hiddenRows.shape[0], vocabSize])),
    extraMeanRow: () => tf.div(tf.sum(difference(), 0, true), vocabSize) as tf.Tensor2D,
    backward(dLogits, hiddenRows) {
      const d = tf.matMul(dLogits, spread!, false, true); // [n, k]
      return { hidden: tf.matMul(d, difference()), rows: tf.matMul(d, hiddenRows, true, false) };
    },
    dispose() {
      rows.dispose();
      base.dispose();
      rowIds.dispose();
      spread?.dispose();
    },
  };
  freeze(model, options.freezeRest ? undefined : (name) => name === embeddingName || name === headName);
  model.tokenRows = tokenRows;
  return tokenRows;
}

/** The whole embedding with the trained rows in place: what to save as `model.embed_tokens.weight`. */
export async function mergedEmbedding(model: Model, { ids, rows }: TokenRows): Promise<Float32Array> {
  const merged = ((await param(model, embeddingName).data()) as Float32Array).slice();
  const values = (await rows.data()) as Float32Array;
  const width = model.config.hiddenSize;
  ids.forEach((id, row) => merged.set(values.subarray(row * width, (row + 1) * width), id * width));
  return merged;
}
