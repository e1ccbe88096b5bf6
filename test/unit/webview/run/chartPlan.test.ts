/** Which charts a run gets from its metrics. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatValue, planCharts, rangeOf } from '../../../../webview/run/chartPlan.ts';

const titles = (names: string[]) => planCharts(names).map((chart) => chart.title);

describe('charts of a run', () => {
  test('sft: loss first, evaluation on the same chart, counters without a chart', () => {
    const charts = planCharts(['learning_rate', 'grad_norm', 'loss', 'eval_loss', 'num_tokens', 'mean_token_accuracy', 'eval_runtime', 'posttrain/seconds']);
    assert.deepEqual(charts.map((chart) => chart.title), ['Loss', 'Token accuracy', 'Learning rate', 'Gradient norm']);
    assert.equal(charts[0]!.lines[0]!.evalMetric, 'eval_loss');
    assert.equal(charts.find((chart) => chart.id === 'learning_rate')!.smoothed, false);
  });

  test('preference methods: chosen and rejected share a chart', () => {
    const rewards = planCharts(['loss', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies']).find((chart) => chart.id === 'rewards')!;
    assert.deepEqual(rewards.lines.map((line) => line.label), ['chosen', 'rejected']);
    // Only some methods compare with a reference, and only some losses are in nats.
    assert.equal(rewards.unit, '');
    assert.equal(planCharts(['loss', 'rewards/chosen'])[0]!.unit, '');
    assert.equal(planCharts(['loss', 'mean_reward'])[0]!.unit, '');
    assert.equal(planCharts(['loss', 'learning_rate'])[0]!.unit, 'nats');
  });

  test('what tells whether pairs are learnt comes before the guessed tokens', () => {
    assert.deepEqual(titles(['mean_token_accuracy', 'entropy', 'rewards/accuracies', 'rewards/margins', 'loss']), ['Loss', 'Margin', 'Preference accuracy', 'Token accuracy', 'Entropy']);
  });

  test('reward functions share a chart of four lines; the fifth gets its own', () => {
    const charts = planCharts(['a', 'b', 'c', 'd', 'e'].map((name) => `rewards/${name}/mean`));
    assert.deepEqual(charts.map((chart) => chart.lines.length), [4, 1]);
  });

  test('a metric that nobody described still gets a chart, and so does one that only the evaluation has', () => {
    assert.deepEqual(titles(['my_metric']), ['My metric']);
    assert.deepEqual(planCharts(['loss', 'eval_bleu']).map((chart) => chart.id), ['loss', 'eval_bleu']);
  });

  test('ids stay the same when more metrics come, so that preferences hold', () => {
    assert.equal(planCharts(['rewards/rejected'])[0]!.id, planCharts(['rewards/chosen', 'rewards/rejected'])[0]!.id);
  });
});

describe('ranges and numbers', () => {
  test('loss from 0, rewards always with 0, shares to 100 %', () => {
    assert.equal(rangeOf(0.4, 2, { format: 'number', group: 'loss' })[0], 0);
    const [low, high] = rangeOf(-4, -1, { format: 'number', group: 'rewards' });
    assert.ok(low < -4 && high === 0);
    assert.deepEqual(rangeOf(0.5, 0.97, { format: 'percent', group: 'accuracy' }), [0.4, 1]);
    assert.deepEqual(rangeOf(0.1, 0.97, { format: 'percent', group: 'accuracy' }), [0, 1]);
    assert.deepEqual(rangeOf(Infinity, -Infinity, { format: 'number', group: 'loss' }), [0, 1]);
  });

  test('an amount that is 0 throughout has a range: a reward before the first step, a KL that was cut off below', () => {
    for (const group of ['rewards', 'policy', 'loss'] as const) {
      const [low, high] = rangeOf(0, 0, { format: 'number', group });
      assert.ok(low === 0 && high > 0, group);
    }
  });

  test('a flat line is not divided by nothing', () => {
    const [low, high] = rangeOf(3, 3, { format: 'number', group: 'optimizer' });
    assert.ok(low < 3 && high > 3);
  });

  test('true minus, no noise', () => {
    assert.equal(formatValue(-1.013, { format: 'number', group: 'rewards' }), '\u22121.01');
    assert.equal(formatValue(5e-6, { format: 'exponent', group: 'optimizer' }), '5.0e\u22126');
    assert.equal(formatValue(0.876, { format: 'percent', group: 'accuracy' }), '88 %');
    assert.equal(formatValue(NaN, { format: 'number', group: 'loss' }), 'NaN');
  });

  test('ticks have as many decimals as it takes to tell them apart', () => {
    const [loss, rate] = planCharts(['loss', 'learning_rate']);
    assert.deepEqual(loss!.formatTicks([0, 0.5, 1]), ['0.0', '0.5', '1.0']);
    assert.deepEqual(loss!.formatTicks([2.5, 5, 7.5]), ['2.5', '5.0', '7.5']);
    assert.deepEqual(loss!.formatTicks([7.5775, 7.58, 7.5825]), ['7.5775', '7.5800', '7.5825']);
    assert.deepEqual(loss!.formatTicks([0, 1]), ['0', '1']);
    assert.deepEqual(planCharts(['accuracy'])[0]!.formatTicks([0.96, 0.965]), ['96.0 %', '96.5 %']);
    assert.deepEqual(rate!.formatTicks([0, 2e-4]), ['0', '2.0e\u22124']);
  });
});
