/** The best evaluation, its patience, and what a checkpoint keeps of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestWords, freshBest, hasWaitedEnough, noteEvaluation, type BestSettings } from '../../../src/train/best.ts';
import { freshState, parseState, stateJson } from '../../../src/train/metricWindow.ts';

const loss: BestSettings = { metric: 'eval_loss', greaterIsBetter: false, patience: 2, threshold: 0 };

function course(settings: BestSettings, values: readonly number[]) {
  const best = freshBest();
  const marks = values.map((value, i) => `${noteEvaluation(best, settings, i + 1, { [settings.metric]: value }) ? 'best' : '-'} ${best.waited}`);
  return { best, marks };
}

test('better, not better, and better by too little', () => {
  assert.deepEqual(course(loss, [3, 2, 2, 2.5, 1]).marks, ['best 0', 'best 0', '- 1', '- 2', 'best 0']);
  assert.deepEqual(course({ ...loss, threshold: 0.5 }, [3, 2.8, 2.7, 2]).marks, ['best 0', 'best 1', 'best 2', 'best 0']);
  assert.deepEqual(course({ metric: 'eval_accuracy', greaterIsBetter: true, patience: 1, threshold: 0 }, [0.2, 0.1, 0.3]).marks, ['best 0', '- 1', 'best 0']);
});

test('a value that is no number is never the best, and is waited for like any other', () => {
  const { best, marks } = course(loss, [NaN, NaN, 3, NaN, NaN]);
  assert.deepEqual(marks, ['- 0', '- 1', 'best 0', '- 1', '- 2']);
  assert.deepEqual([best.step, best.metric, hasWaitedEnough(best, loss), hasWaitedEnough(best, { ...loss, patience: null }), hasWaitedEnough(best, null)], [3, 3, true, false, false]);
  assert.equal(bestWords(course(loss, [NaN]).best, loss), 'no evaluation had a usable eval_loss');
});

test('a checkpoint keeps all of it, infinities too; an older one has none', () => {
  const state = { ...freshState(), step: 9, nextLearningRate: 1.25e-5, best: { metric: -Infinity, step: 6, checkpoint: 4, waited: 3, seen: 8 } };
  assert.deepEqual(parseState(stateJson(state)).value, state);
  const { best: _best, nextLearningRate: _rate, ...older } = state;
  const read = parseState(JSON.stringify({ version: 1, ...older })).value!;
  assert.deepEqual([read.best, read.nextLearningRate], [freshBest(), null]);
});
