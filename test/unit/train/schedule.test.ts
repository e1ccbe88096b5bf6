/** Learning rates by step, against values worked out by transformers' formulas. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchedule, warmupCount } from '../../../src/train/schedule.ts';

const rates = (type: string, more: Partial<Parameters<typeof createSchedule>[0]> = {}, steps = [0, 1, 2, 5, 10]) => {
  const schedule = createSchedule({ type, learningRate: 1, warmupSteps: 0, totalSteps: 10, ...more });
  return steps.map((step) => Math.round(schedule(step) * 1e6) / 1e6);
};

test('linear falls to zero, after a rise where there is a warm-up', () => {
  assert.deepEqual(rates('linear'), [1, 0.9, 0.8, 0.5, 0]);
  assert.deepEqual(rates('linear', { warmupSteps: 2 }), [0, 0.5, 1, 0.625, 0]);
  assert.deepEqual(rates('linear', {}, [12]), [0], 'never below zero');
});

test('cosine, with its restarts and its floor', () => {
  assert.deepEqual(rates('cosine'), [1, 0.975528, 0.904508, 0.5, 0]);
  assert.deepEqual(rates('cosine_with_restarts', { kwargs: { num_cycles: 2 } }), [1, 0.904508, 0.654508, 1, 0]);
  assert.deepEqual(rates('cosine_with_min_lr', { kwargs: { min_lr_rate: 0.1 } }), [1, 0.977975, 0.914058, 0.55, 0.1]);
  assert.deepEqual(rates('cosine_with_min_lr', { learningRate: 2, kwargs: { min_lr: 0.2 } }, [10]), [0.2]);
  assert.throws(() => rates('cosine_with_min_lr'), /needs lr_scheduler_kwargs with either min_lr or min_lr_rate/);
});

test('constant and polynomial', () => {
  assert.deepEqual(rates('constant', { warmupSteps: 5 }), [1, 1, 1, 1, 1]);
  assert.deepEqual(rates('constant_with_warmup', { warmupSteps: 5 }), [0, 0.2, 0.4, 1, 1]);
  assert.deepEqual(rates('polynomial', { kwargs: { power: 2, lr_end: 0.1 } }), [1, 0.829, 0.676, 0.325, 0.1]);
  assert.throws(() => rates('polynomial', { learningRate: 1e-8 }), /lr_end \(1e-7\) must be below/);
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
