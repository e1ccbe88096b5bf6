/** Learning rates against transformers' own, step by step and evaluation by evaluation (recorded by record/schedules.py). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { lrSchedulers } from '../../src/methods/shared.ts';
import { createFollowingRate } from '../../src/train/followingRate.ts';
import { createSchedule } from '../../src/train/schedule.ts';

interface Recording {
  rate: number;
  schedules: { type: string; warmup: number; total: number; kwargs: Record<string, unknown>; rates: number[] }[];
  following: { type: string; kwargs: Record<string, unknown>; metrics: number[]; rates: number[] }[];
}
const { rate, schedules, following } = JSON.parse(readFileSync(resolve('test/parity/schedules.json'), 'utf8')) as Recording;
const near = (ours: number, theirs: number, where: string) => assert.ok(Math.abs(ours - theirs) <= 1e-12 * rate + 1e-12 * Math.abs(theirs), `${where}: ${ours}, transformers' ${theirs}`);

describe("learning rates are transformers'", () => {
  for (const { type, warmup, total, kwargs, rates } of schedules) {
    test(`${type}, ${warmup} of ${total} steps to warm up, ${JSON.stringify(kwargs)}`, () => {
      const schedule = createSchedule({ type, learningRate: rate, warmupSteps: warmup, totalSteps: total, kwargs });
      rates.forEach((theirs, step) => near(schedule(step), theirs, `step ${step}`));
    });
  }
  for (const { type, kwargs, metrics, rates } of following) {
    test(`${type} ${JSON.stringify(kwargs)}`, () => {
      const follow = createFollowingRate({ type, learningRate: rate, kwargs })!;
      const state = follow.fresh();
      assert.ok(new Set(rates).size > 1 || type === 'greedy', 'the recorded rate changes');
      metrics.forEach((metric, i) => {
        follow.note(state, metric);
        near(state.rate, rates[i]!, `evaluation ${i}`);
      });
    });
  }
  test('all of them are recorded', () => {
    assert.deepEqual([...new Set([...schedules, ...following].map(({ type }) => type))].sort(), [...lrSchedulers].sort());
  });
});
