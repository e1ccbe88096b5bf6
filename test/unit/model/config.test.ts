/** config.json and adapter_config.json of other programs: what is read, what is refused. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAdapterConfig } from '../../../src/model/adapter.ts';
import { modelConfigJson, newLlamaConfig, parseModelConfig } from '../../../src/model/config.ts';
import { adapterTargets } from '../../../src/model/adapterTargets.ts';
import { estimateTraining, requireMemory } from '../../../src/model/memory.ts';
import { parameterCount, parameterShapes } from '../../../src/model/shapes.ts';

const smol = {
  architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 576, intermediate_size: 1536, num_attention_heads: 9, num_hidden_layers: 30, num_key_value_heads: 3,
  vocab_size: 49152, tie_word_embeddings: true, rope_theta: 100000, rms_norm_eps: 1e-5, max_position_embeddings: 8192, bos_token_id: 1, eos_token_id: [2, 7], future_key: { x: 1 },
};

describe('model config', () => {
  test('reads SmolLM2-135M and counts its parameters', () => {
    const { value, problems } = parseModelConfig(JSON.stringify(smol));
    assert.deepEqual(problems, []);
    assert.equal(value!.headDim, 64);
    assert.equal(value!.ropeTheta, 100000);
    assert.deepEqual(value!.eosTokenIds, [2, 7]);
    assert.equal(value!.padTokenId, null);
    assert.equal(parameterCount(value!), 134515008);
    assert.deepEqual(parameterShapes(value!).get('model.layers.29.self_attn.k_proj.weight'), [192, 576]);
    assert.ok(!parameterShapes(value!).has('lm_head.weight'));
    assert.deepEqual(JSON.parse(modelConfigJson(value!, { torch_dtype: 'float32' })), { ...smol, torch_dtype: 'float32' });
  });

  test('reads rotary settings old and new', () => {
    const of = (keys: object) => parseModelConfig(JSON.stringify({ ...smol, ...keys })).value!;
    assert.equal(of({ rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 5 } }).ropeTheta, 5);
    const llama3 = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192, rope_type: 'llama3' };
    assert.equal(of({ rope_scaling: llama3 }).ropeScaling?.type, 'llama3');
    assert.deepEqual(of({ rope_scaling: { type: 'linear', factor: 2 } }).ropeScaling, { type: 'linear', factor: 2 });
    assert.equal(of({ rope_scaling: null }).ropeScaling, null);
  });

  test('refuses what it cannot compute', () => {
    const message = (text: string) => {
      const { value, problems } = parseModelConfig(text);
      assert.equal(value, undefined);
      return problems.map((p) => p.message).join(' ');
    };
    const of = (keys: object) => message(JSON.stringify({ ...smol, ...keys }));
    assert.match(message('{'), /no JSON object/);
    assert.match(message('[]'), /no JSON object/);
    assert.match(of({ model_type: 'lama' }), /no architecture "lama"\. Did you mean "llama"\?/);
    assert.match(of({ model_type: undefined }), /no "model_type"/);
    assert.match(of({ attention_bias: true }), /"attention_bias": true/);
    assert.match(of({ mlp_bias: true }), /mlp_bias/);
    assert.match(of({ hidden_size: undefined }), /no "hidden_size"/);
    assert.match(of({ vocab_size: 1.5 }), /"vocab_size" .* positive integer, not 1\.5/);
    assert.match(of({ num_key_value_heads: 2 }), /\(9\) must be a multiple .* \(2\)/);
    assert.match(of({ rope_scaling: { rope_type: 'yarn', factor: 4 } }), /"yarn" is not supported/);
    assert.match(of({ hidden_act: 'gelu' }), /"gelu"/);
    assert.match(of({ quantization_config: {} }), /quantization_config/);
    assert.match(of({ architectures: ['LlamaForSequenceClassification'] }), /classifier with 2 labels/);
  });
});

describe('adapter config', () => {
  const peft = { peft_type: 'LORA', base_model_name_or_path: 'base', r: 8, lora_alpha: 16, lora_dropout: 0.1, target_modules: ['q_proj'], bias: 'none', use_rslora: true, modules_to_save: null, rank_pattern: {}, trainable_token_indices: [3] };
  test('reads PEFT\'s', () => {
    assert.deepEqual(parseAdapterConfig(JSON.stringify(peft)).value, { baseModel: 'base', lora: { r: 8, alpha: 16, dropout: 0.1, targetModules: ['q_proj'], rslora: true, dora: false, modulesToSave: [] }, tokenRows: [3], classifies: false });
    assert.equal(parseAdapterConfig(JSON.stringify({ ...peft, target_modules: 'all-linear' })).value?.lora?.targetModules, 'all-linear');
    const dora = parseAdapterConfig(JSON.stringify({ ...peft, use_dora: true, modules_to_save: ['lm_head'], target_modules: '.*_proj' })).value?.lora;
    assert.deepEqual([dora?.dora, dora?.modulesToSave, dora?.targetModules], [true, ['lm_head'], '.*_proj']);
    assert.deepEqual(parseAdapterConfig(JSON.stringify({ ...peft, trainable_token_indices: { embed_tokens: [1, 2] } })).value?.tokenRows, [1, 2]);
    assert.deepEqual(parseAdapterConfig(JSON.stringify({ peft_type: 'TRAINABLE_TOKENS', token_indices: [4] })).value, { baseModel: null, lora: null, tokenRows: [4], classifies: false });
    const classifier = parseAdapterConfig(JSON.stringify({ ...peft, task_type: 'SEQ_CLS', modules_to_save: ['classifier', 'score'] })).value;
    assert.deepEqual([classifier?.classifies, classifier?.lora?.modulesToSave], [true, ['score']]);
  });
  test('refuses what would compute something else', () => {
    for (const keys of [{ target_parameters: ['a'] }, { bias: 'all' }, { modules_to_save: 'lm_head' }, { rank_pattern: { q_proj: 2 } }, { peft_type: 'IA3' }, { r: 0 }, { target_modules: [] }, { trainable_token_indices: ['a'] }]) {
      const { value, problems } = parseAdapterConfig(JSON.stringify({ ...peft, ...keys }));
      assert.equal(value, undefined, JSON.stringify(keys));
      assert.ok(problems.length > 0);
    }
  });
});

describe('memory', () => {
  const config = newLlamaConfig(smol);
  test('full fine-tuning needs 16 bytes a parameter, LoRA four', () => {
    const full = estimateTraining(config, { batch: 4, time: 256 });
    assert.equal(full.weights + full.gradients + full.optimizer, 16 * parameterCount(config));
    const lora = estimateTraining(config, { batch: 4, time: 256, lora: { r: 16, targets: adapterTargets(config, 'all-linear') } });
    const more = estimateTraining(config, { batch: 4, time: 256, lora: { r: 16, dora: true, targets: adapterTargets(config, 'all-linear'), saved: ['lm_head.weight'] } });
    // A number for each output of a matrix, and a whole head with its gradient and moments.
    assert.equal(more.optimizer - lora.optimizer, 8 * (adapterTargets(config, 'all-linear').reduce((sum, { shape }) => sum + shape[0], 0) + config.vocabSize * config.hiddenSize));
    assert.ok(lora.weights + lora.gradients + lora.optimizer < 5 * parameterCount(config));
    assert.ok(lora.total < full.total);
  });
  const both = (bytes: number) => ({ process: bytes, tensors: bytes });
  test('too little memory is refused with the numbers', () => {
    const estimate = estimateTraining(config, { batch: 64, time: 2048 });
    assert.throws(() => requireMemory(estimate, both(4 * 2 ** 30)), /Not enough memory: this run needs about [\d.]+ GB \([\d.]+ [GM]B weights, .*\), and there are 4\.0 GB\. Take a smaller/);
    requireMemory(estimate, both(Infinity));
  });
});
