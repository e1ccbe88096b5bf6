/** New specs: what the template writes is a good spec, and its values come back as they were given. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { methods } from '../../../src/methods/index.ts';
import { parseRunSpec } from '../../../src/run/spec.ts';
import { specTemplate, yamlValue } from '../../../src/run/specTemplate.ts';
import { plainValue } from '../../../src/run/specNode.ts';
import { parseSpecText } from '../../../src/run/specText.ts';

test('a template of every method has no problem and explains its keys', () => {
  for (const id of methods.ids) {
    const text = specTemplate(id);
    assert.deepEqual(parseRunSpec(text).problems, [], text);
    assert.ok(text.startsWith(`method: ${id}\n`));
    assert.match(text, /learning_rate: \S+ +# /);
  }
});

test('given values come back, whatever is in them', () => {
  const given = { model_name_or_path: 'C:\\models\\my model', dataset: "it's: #1.jsonl", eval_dataset: '数据.jsonl', output_dir: '2024', learning_rate: 0.00005, lora_r: 4, use_peft: true, trainable_token_indices: [1, '<|end|>'], samples: { prompts: 'a b.jsonl', every_steps: 5 } };
  const parsed = parseRunSpec(specTemplate('sft', given));
  assert.deepEqual(parsed.problems, []);
  for (const [key, value] of Object.entries(given)) {
    const back = parsed.value!.given.get(key)!.value;
    // The block gets its defaults beside what was given.
    if (key === 'samples') assert.deepEqual({ ...(back as object), ...(value as object) }, back);
    else assert.deepEqual(back, value, key);
  }
  assert.equal(parsed.value!.given.get('eval_strategy')!.value, 'epoch');
});

test('yamlValue writes what reads back the same', () => {
  for (const value of [0, 1, -1.5, 1e-8, 2e-5, 1e-3, 123456, 1e21, true, false, null, '', 'a', 'yes', 'null', '1', '1e5', '-', '- a', 'a: b', 'a #b', '{x}', '[x]', '*a', '&a', '!a', '%a', '@a', '`a', '"', "'", 'a\nb', ' a', 'a ', '~', '~/x', './x', '.5', '.inf', '😀', '\\', [], {}, ['a', 1], { a: [1, 'b'] }]) {
    const parsed = parseSpecText(`x: ${yamlValue(value)}\n`);
    assert.deepEqual(parsed.problems, [], yamlValue(value));
    assert.deepEqual((plainValue(parsed.value!) as { x: unknown }).x, value, yamlValue(value));
  }
});
