/** Names and patterns of modules mean what they mean in PEFT; one that fits nothing is refused with the nearest name. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adapterTargets, savedParameters, targetNames } from '../../../src/model/adapterTargets.ts';
import { newLlamaConfig } from '../../../src/model/config.ts';

const shape = { vocab_size: 64, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 };
const tied = newLlamaConfig({ ...shape, tie_word_embeddings: true });
const untied = newLlamaConfig({ ...shape, tie_word_embeddings: false });
const paths = (...args: Parameters<typeof adapterTargets>) => adapterTargets(...args).map(({ path }) => path.replace('model.layers.', ''));

describe('lora_target_modules', () => {
  test('names and path ends', () => {
    assert.deepEqual(paths(tied, ['v_proj', 'self_attn.q_proj']), ['0.self_attn.q_proj', '0.self_attn.v_proj', '1.self_attn.q_proj', '1.self_attn.v_proj']);
    assert.deepEqual(paths(tied, ['q_proj']), ['0.self_attn.q_proj', '1.self_attn.q_proj'], 'one name');
    assert.deepEqual(paths(tied, 'q_proj'), ['0.self_attn.q_proj', '1.self_attn.q_proj'], 'as a text');
    assert.deepEqual(paths(tied, ['1.mlp.up_proj', 'model.layers.0.mlp.down_proj']), ['0.mlp.down_proj', '1.mlp.up_proj'], 'of single layers');
    assert.deepEqual(adapterTargets(tied, ['k_proj'])[0], { path: 'model.layers.0.self_attn.k_proj', shape: [8, 16] });
  });
  test('all-linear, however it is written', () => {
    for (const all of ['all-linear', 'ALL-LINEAR', ['all-linear']]) assert.equal(paths(tied, all).length, 14);
  });
  test('one regular expression over the whole path', () => {
    assert.deepEqual(paths(tied, '.*\\.1\\..*(q|o)_proj'), ['1.self_attn.q_proj', '1.self_attn.o_proj']);
    assert.deepEqual(paths(tied, ['.*(?P<part>gate|up)_proj']).length, 4, "Python's names of groups");
    assert.throws(() => adapterTargets(tied, 'layers.*q_proj'), /no module "layers\.\*q_proj"/, 'from the first letter to the last');
    assert.throws(() => adapterTargets(tied, ['q_.*', 'v_proj']), /no module "q_\.\*"/, 'not in a list of several');
  });
  test('what is not in the model is refused', () => {
    assert.throws(() => adapterTargets(tied, ['q_prj']), { name: 'UserError', message: /no module "q_prj"\. Did you mean "q_proj"\?/ });
    assert.throws(() => adapterTargets(tied, '(q_proj'), /no module "\(q_proj"/);
    assert.throws(() => adapterTargets(untied, ['q_proj', 'lm_head']), /not for lm_head\. .*lora_modules_to_save: \[lm_head\]/);
    assert.throws(() => adapterTargets(untied, '.*'), /not for model\.embed_tokens\./);
  });
  test('short names in adapter_config.json where they say all of it', () => {
    assert.deepEqual(targetNames(tied, adapterTargets(tied, ['q_proj', 'down_proj'])), ['q_proj', 'down_proj']);
    assert.deepEqual(targetNames(tied, adapterTargets(tied, ['q_proj', '1.mlp.down_proj'])), ['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj', 'model.layers.1.mlp.down_proj']);
  });
});

describe('lora_modules_to_save', () => {
  test('modules by the end of their names, with what is inside', () => {
    assert.deepEqual(savedParameters(untied, ['lm_head', 'embed_tokens']), ['model.embed_tokens.weight', 'lm_head.weight']);
    assert.deepEqual(savedParameters(tied, ['lm_head']), ['lm_head.weight'], 'a tied head gets a copy of its own');
    assert.deepEqual(savedParameters(tied, ['norm']).length, 5, 'a plain end of the text, as in PEFT');
    assert.deepEqual(savedParameters(tied, ['1.mlp']), ['gate', 'up', 'down'].map((name) => `model.layers.1.mlp.${name}_proj.weight`));
    assert.deepEqual(savedParameters(tied, []), []);
    assert.throws(() => savedParameters(tied, ['lm_heat']), { name: 'UserError', message: /no module "lm_heat"\. Did you mean "lm_head"\?/ });
  });
  test('what trains whole has no adapter', () => {
    assert.deepEqual(paths(tied, 'all-linear', ['1.mlp', 'self_attn']), ['0.mlp.gate_proj', '0.mlp.up_proj', '0.mlp.down_proj']);
  });
});
