/** What a branch must have in common with the run of its checkpoint. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MethodId } from '../../../src/methods/index.ts';
import { branchProblem } from '../../../src/run/branch.ts';
import type { ResolvedSpec } from '../../../src/run/spec.ts';

function spec(params: Record<string, unknown>, method: MethodId = 'sft'): ResolvedSpec {
  return { method, model_name_or_path: '/m', dataset: [], eval_dataset: [], output_dir: '/r', backend: 'auto', seed: 42, params };
}

const lora = { use_peft: true, lora_r: 4, lora_target_modules: ['q_proj', 'v_proj'] };

test('a branch trains the same parts of the model', () => {
  const refused: [before: ResolvedSpec, now: ResolvedSpec, message: RegExp][] = [
    [spec(lora), spec({}), /"use_peft": F is of a run with use_peft: true, and this spec says false\. A branch trains the same parts/],
    [spec({}), spec(lora), /"use_peft"/],
    [spec(lora), spec({ ...lora, lora_r: 8 }), /"lora_r": F is of a run with lora_r: 4, and this spec says 8\./],
    [spec(lora), spec({ ...lora, lora_target_modules: 'all-linear' }), /"lora_target_modules": .*\["q_proj","v_proj"\], and this spec says "all-linear"/],
    [spec(lora), spec({ ...lora, use_dora: true }), /"use_dora"/],
    [spec({ ...lora, lora_modules_to_save: ['norm'] }), spec(lora), /"lora_modules_to_save"/],
    [spec({ ...lora, trainable_token_indices: [0, 1] }), spec(lora), /"trainable_token_indices": .*\[0,1\], and this spec says null/],
    [spec({}), spec({ trainable_token_indices: [0] }), /"trainable_token_indices"/],
    [spec({ freeze: ['norm'] }), spec({}), /"freeze": .*\["norm"\], and this spec says \[\]/],
    [spec({}, 'reward'), spec({}), /"method": F is of a run of reward and holds a reward model; sft trains a model that writes\. Name a model folder/],
    [spec({}), spec({}, 'reward'), /holds a model that writes; reward trains a reward model/],
    [spec({}, 'dpo'), spec({ sync_ref_model: true }, 'dpo'), /"sync_ref_model": F is of a run whose reference model stayed as it was/],
  ];
  for (const [before, now, message] of refused) assert.match(branchProblem(before, now, 'F') ?? 'none', message);
});

test('a branch may have other settings', () => {
  const allowed: [before: ResolvedSpec, now: ResolvedSpec][] = [
    [spec(lora), spec({ ...lora, lora_alpha: 1, lora_dropout: 0.5, use_rslora: true, learning_rate: 1 })],
    [spec(lora), spec({ ...lora, lora_target_modules: ['v_proj', 'q_proj'], use_dora: false, trainable_token_indices: null })],
    [spec({}), spec({}, 'dpo')],
    [spec({ lora_r: 4 }), spec({ lora_r: 8 })],
    [spec({ freeze: 'norm' }), spec({ freeze: ['embed_tokens', 'norm'] })],
  ];
  for (const [before, now] of allowed) assert.equal(branchProblem(before, now, 'F'), undefined);
});
