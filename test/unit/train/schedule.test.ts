/** Settings of schedules that make no sense are refused with a reason; the rates themselves are held to transformers' in test/parity/schedules.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFollowingRate } from '../../../src/train/followingRate.ts';
import { freshState, parseState, stateJson } from '../../../src/train/metricWindow.ts';
import { createSchedule, warmupCount } from '../../../src/train/schedule.ts';

const rates = (type: string, more: Partial<Parameters<typeof createSchedule>[0]> = {}, steps = [0, 1, 2, 5, 10]) => {
  const schedule = createSchedule({ type, learningRate: 1, warmupSteps: 0, totalSteps: 10, ...more });
  return steps.map((step) => Math.round(schedule(step) * 1e6) / 1e6);
};

test('what a schedule needs, and what it does not know, is said', () => {
  assert.throws(() => rates('cosine_with_min_lr'), /needs lr_scheduler_kwargs with either min_lr or min_lr_rate/);
  assert.throws(() => rates('warmup_stable_decay'), /needs lr_scheduler_kwargs with num_decay_steps/);
  assert.throws(() => rates('warmup_stable_decay', { kwargs: { num_decay_steps: 2, decay_type: 'steep' } }), /decay_type must be one of cosine, linear, 1-sqrt, not "steep"/);
  assert.throws(() => rates('polynomial', { learningRate: 1e-8 }), /lr_end \(1e-7\) must be below/);
  assert.throws(() => rates('cosine', { kwargs: { num_cycle: 2 } }), /"cosine" has no setting "num_cycle"\. Did you mean "num_cycles"\?/);
  assert.throws(() => rates('linear', { kwargs: { power: 2 } }), /"linear" has no setting "power"\. It has none/);
  const follow = (kwargs: Record<string, unknown>) => createFollowingRate({ type: 'reduce_lr_on_plateau', learningRate: 1, kwargs });
  assert.throws(() => follow({ max_lr: 1 }), /has no setting "max_lr"/);
  assert.throws(() => follow({ factor: 1 }), /factor must be above 0 and below 1, not 1/);
  assert.equal(createFollowingRate({ type: 'linear', learningRate: 1 }), undefined);
});

test('what a checkpoint says of a rate that follows the evaluations comes back as it was', () => {
  const follow = createFollowingRate({ type: 'greedy', learningRate: 0.1, kwargs: { smooth: true, patience: 0, min_lr: 1e-3 } })!;
  const state = { ...freshState(), following: follow.fresh() };
  for (const metric of [3, 2, 1, NaN]) follow.note(state.following, metric);
  assert.notEqual(state.following.rate, 0.1);
  assert.deepEqual(parseState(stateJson(state)).value, state);
  assert.equal(parseState(stateJson({ ...state, following: null })).value!.following, null);
});

test('a warm-up below 1 is a share of all steps, rounded up', () => {
  assert.equal(warmupCount(0.1, 24), 3);
  assert.equal(warmupCount(0, 24), 0);
  assert.equal(warmupCount(1, 24), 1);
  assert.equal(warmupCount(7.9, 24), 7);
});

test('an unknown name says what was meant', () => {
  assert.throws(() => rates('cosin'), /"cosin" is not known\. Did you mean "cosine"\?/);
  assert.throws(() => rates('cosine', { kwargs: { num_cycles: 'two' } }), /num_cycles must be a number/);
});
