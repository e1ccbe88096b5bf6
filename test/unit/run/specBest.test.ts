/** Best checkpoint and early stopping in a run spec: what transformers refuses is refused, at the key that is to be changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRunSpec } from '../../../src/run/spec.ts';

const base = 'method: sft\nmodel_name_or_path: m\ndataset: d.jsonl\neval_dataset: e.jsonl\noutput_dir: r\n';

/** `code "key": message` of every problem. */
function found(keys: string): string[] {
  const text = base + keys.replaceAll('; ', '\n');
  return parseRunSpec(text).problems.map((p) => `${p.code} ${text.slice(p.start, p.end)}: ${p.message}`);
}

const good = [
  'eval_strategy: steps; eval_steps: 50; save_steps: 100; load_best_model_at_end: true; early_stopping_patience: 3; early_stopping_threshold: 0.01',
  'eval_strategy: epoch; save_strategy: epoch; load_best_model_at_end: true; metric_for_best_model: eval_mean_token_accuracy; greater_is_better: true',
  'eval_strategy: steps; save_strategy: best; metric_for_best_model: loss; save_total_limit: 3; eval_delay: 10; eval_on_start: true',
  'eval_strategy: epoch; save_strategy: best; load_best_model_at_end: true',
  // eval_steps is as logging_steps, which is 10.
  'eval_strategy: steps; load_best_model_at_end: true',
  'eval_strategy: steps; eval_steps: 0.1; save_steps: 0.3; load_best_model_at_end: true',
  'eval_strategy: steps; metric_for_best_model: loss; early_stopping_patience: 1',
];
for (const keys of good) test(`good: ${keys}`, () => assert.deepEqual(found(keys), []));

const bad: [keys: string, expected: RegExp][] = [
  ['eval_strategy: epoch; load_best_model_at_end: true', /^spec-conflict eval_strategy: .*are steps and epoch\.$/],
  ['eval_strategy: epoch; save_strategy: no; load_best_model_at_end: true', /^spec-conflict save_strategy: .*are no and epoch\.$/],
  ['eval_strategy: steps; eval_steps: 30; save_steps: 100; load_best_model_at_end: true', /^spec-conflict save_steps: .*multiple of eval_steps.*100 and 30\.$/],
  ['eval_strategy: steps; eval_steps: 30; load_best_model_at_end: true', /^spec-conflict eval_steps: .*500 and 30\.$/],
  ['eval_strategy: steps; eval_steps: 0.2; save_steps: 100; load_best_model_at_end: true', /^spec-conflict save_steps: .*both as shares/],
  ['eval_strategy: steps; eval_steps: 0.2; save_steps: 0.3; load_best_model_at_end: true', /^spec-conflict save_steps: .*0\.3 and 0\.2\.$/],
  ['eval_strategy: steps; save_strategy: best', /^spec-conflict save_strategy: .*write metric_for_best_model: loss\.$/],
  ['eval_strategy: steps; early_stopping_patience: 2', /^spec-conflict early_stopping_patience: .*write metric_for_best_model: loss, or load_best_model_at_end: true\.$/],
  ['eval_strategy: steps; metric_for_best_model: mean_token_acuracy', /^spec-bad-value mean_token_acuracy: .*Did you mean "mean_token_accuracy"\?.*Known: loss, /],
  ['eval_strategy: steps; greater_is_better: true', /^spec-no-effect greater_is_better: /],
  ['eval_strategy: steps; early_stopping_threshold: 0.1', /^spec-no-effect early_stopping_threshold: /],
  ['eval_strategy: steps; save_only_model: true', /^spec-refused-key save_only_model: /],
];
for (const [keys, expected] of bad) {
  test(`told: ${keys}`, () => {
    const problems = found(keys);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0]!, expected);
  });
}

test('what counts evaluations asks for some', () => {
  const messages = found('save_strategy: best; metric_for_best_model: loss; early_stopping_patience: 1').join('\n');
  assert.match(messages, /spec-conflict save_strategy: .*there are none/);
  assert.match(messages, /spec-conflict early_stopping_patience: .*there are none/);
});
