/** Frozen parts are named by path, end of path or pattern; what fits nothing or everything is refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { frozenParameters } from '../../../src/model/frozen.ts';
import { estimateTraining } from '../../../src/model/memory.ts';
import { parameterShapes, sizeOf } from '../../../src/model/shapes.ts';

const shape = { vocab_size: 64, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 11, num_attention_heads: 4, num_key_value_heads: 2 };
const tied = newLlamaConfig({ ...shape, tie_word_embeddings: true });
const untied = newLlamaConfig({ ...shape, tie_word_embeddings: false });

test('paths, ends of paths and patterns', () => {
  assert.deepEqual(frozenParameters(tied, []), []);
  assert.deepEqual(frozenParameters(tied, ['embed_tokens', 'model.norm.weight']), ['model.embed_tokens.weight', 'model.norm.weight']);
  assert.equal(frozenParameters(tied, ['layers.1']).length, 9, 'not layer 10');
  assert.equal(frozenParameters(tied, ['model.layers.[0-3][.].*']).length, 4 * 9);
  assert.equal(frozenParameters(tied, ['model.layers.[0-3]']).length, 4 * 9);
  assert.equal(frozenParameters(tied, ['.*norm']).length, 2 * 11 + 1);
  assert.equal(frozenParameters(tied, ['self_attn', 'layers.0']).length, 4 * 11 + 5);
});

test('what fits nothing, or everything, is refused', () => {
  assert.throws(() => frozenParameters(tied, ['norm', 'model.embed_token']), { name: 'UserError', message: /called "model\.embed_token"\. Did you mean "model\.embed_tokens"\?/ });
  assert.throws(() => frozenParameters(tied, ['model.layers.[0-3']), /nothing in the model is called/);
  assert.throws(() => frozenParameters(tied, ['']), /nothing in the model is called ""/);
  assert.throws(() => frozenParameters(tied, ['lm_head']), /the head of this model is its embedding/);
  assert.deepEqual(frozenParameters(untied, ['lm_head']), ['lm_head.weight']);
  assert.throws(() => frozenParameters(tied, ['model']), /nothing is left to train/);
});

test('what is frozen needs neither gradient nor moments', () => {
  const frozen = frozenParameters(untied, ['layers.0', 'embed_tokens']);
  const size = frozen.reduce((sum, name) => sum + sizeOf(parameterShapes(untied).get(name)!), 0);
  const [all, some] = [estimateTraining(untied, { batch: 1, time: 8 }), estimateTraining(untied, { batch: 1, time: 8, frozen })];
  assert.equal(all.weights, some.weights);
  assert.equal(all.gradients - some.gradients, 4 * size);
  assert.equal(all.optimizer - some.optimizer, 8 * size);
  // Trained rows freeze the embedding and the head, once.
  const rows = estimateTraining(untied, { batch: 1, time: 8, frozen: ['model.embed_tokens.weight'], tokenRows: 2 });
  assert.equal(all.gradients - rows.gradients, 4 * (2 * 64 * 16 - 2 * 16));
});
