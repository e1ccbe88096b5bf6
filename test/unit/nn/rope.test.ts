/** Rotary frequencies against transformers 5.23's LlamaRotaryEmbedding (head size 64; recorded from `inv_freq`). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { inverseFrequencies } from '../../../src/nn/rope.ts';

const at = [0, 5, 13, 16, 18, 20, 24, 31];
const recorded = {
  llama3: [1, 0.128687382, 0.00483942125, 0.000429556705, 1.94616387e-05, 8.57025589e-06, 1.66196742e-06, 9.41830649e-08],
  linear: [0.25, 0.0592843406, 0.00592843397, 0.00249999994, 0.00140585331, 0.000790569466, 0.000250000012, 3.33380376e-05],
  default: [1, 0.165481701, 0.00930572022, 0.00316227786, 0.00153992651, 0.000749894185, 0.00017782794, 1.43301268e-05],
};
const settings = {
  llama3: { rope_type: 'llama3', rope_theta: 500000, factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
  linear: { rope_type: 'linear', rope_theta: 10000, factor: 4 },
  default: { rope_type: 'default', rope_theta: 100000 },
};

for (const kind of ['llama3', 'linear', 'default'] as const) {
  test(`${kind} frequencies are those of transformers`, () => {
    const config = newLlamaConfig({ vocab_size: 9, hidden_size: 128, num_attention_heads: 2, head_dim: 64, intermediate_size: 8, num_hidden_layers: 1, rope_parameters: settings[kind] });
    const frequencies = inverseFrequencies(config);
    assert.equal(frequencies.length, 32);
    at.forEach((index, i) => assert.ok(Math.abs(frequencies[index]! / recorded[kind][i]! - 1) < 1e-6, `${index}: ${frequencies[index]} ${recorded[kind][i]}`));
  });
}
