/** Metrics: known ones by the registry, evaluation and reward functions by their pattern, unknown ones by their name. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { methods } from '../../../src/methods/index.ts';
import { sharedMetrics } from '../../../src/methods/shared.ts';
import { compareMetrics, describeMetric, formatMetric, metricRegistry } from '../../../src/run/metrics.ts';

test('every metric that a method logs is known', () => {
  for (const name of [...sharedMetrics, ...methods.entries.flatMap((m) => m.metrics)]) assert.ok(metricRegistry.has(name), name);
});

test('evaluation, reward functions and strangers', () => {
  assert.equal(describeMetric('eval_loss').label, 'Loss (evaluation)');
  assert.equal(describeMetric('eval_loss').group, 'evaluation');
  assert.equal(describeMetric('rewards/exact_answer/mean').label, 'exact_answer');
  assert.equal(describeMetric('rewards/exact_answer/mean').group, 'rewards');
  assert.equal(describeMetric('rewards/chosen').label, 'Reward of chosen');
  assert.deepEqual([describeMetric('my_ratio').format, describeMetric('my_ratio').group, describeMetric('my_ratio').label], ['percent', 'other', 'My ratio']);
  assert.equal(describeMetric('completions/new').group, 'completions');
  assert.equal(describeMetric('').label, '');
});

test('order: loss first, strangers by name, evaluation last', () => {
  assert.deepEqual(['zeta', 'eval_loss', 'grad_norm', 'alpha', 'loss', 'learning_rate', 'reward'].sort(compareMetrics), ['loss', 'reward', 'learning_rate', 'grad_norm', 'alpha', 'zeta', 'eval_loss']);
});

test('numbers as people read them', () => {
  const format = (name: string, value: number) => formatMetric(value, describeMetric(name));
  assert.equal(format('loss', 1.23456), '1.235');
  assert.equal(format('loss', NaN), 'NaN');
  assert.equal(format('learning_rate', 0.00002), '2.0e−5');
  assert.equal(format('mean_token_accuracy', 0.5), '50.0 %');
  assert.equal(format('num_tokens', 1234567), '1,234,567');
});
