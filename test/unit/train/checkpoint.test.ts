/** What a checkpoint says about the loop comes back as it was; anything else is refused with a reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldWindow, freshState, logWindow, parseState, stateJson } from '../../../src/train/metricWindow.ts';

test('metrics since the last log are averaged as transformers and TRL do', () => {
  const state = freshState();
  state.numTokens = 30;
  foldWindow(state, { loss: 2, tokens: 10, metrics: [{ entropy: 1 }, { entropy: 3 }] }, 0.5);
  foldWindow(state, { loss: 4, tokens: 20, metrics: [{ entropy: 5 }] }, 0.5);
  const metrics = logWindow(state, { grad_norm: 7, learning_rate: 1e-3 }, 100);
  assert.deepEqual(metrics, { loss: 3, grad_norm: 7, learning_rate: 1e-3, entropy: 3, num_tokens: 30, tokens_per_second: 30, step_time: 0.5, memory_bytes: 100 });
  assert.deepEqual(Object.keys(metrics).slice(0, 3), ['loss', 'grad_norm', 'learning_rate']);
  assert.equal(state.window.steps, 0, 'a new window begins');
  assert.equal(state.lossTotal / state.lossSteps, 3);
});

test('a step without a finite loss shows in the log and not in the mean of the run', () => {
  const state = freshState();
  foldWindow(state, { loss: 2, tokens: 1, metrics: [] }, 1);
  foldWindow(state, { loss: NaN, tokens: 1, metrics: [] }, 1);
  assert.equal(logWindow(state, { grad_norm: NaN, learning_rate: 1 }, 0).loss, NaN);
  assert.equal(state.lossTotal / state.lossSteps, 2);
});

test('the state survives as text, with numbers that JSON has not', () => {
  const state = freshState();
  state.step = 17;
  foldWindow(state, { loss: Infinity, tokens: 3, metrics: [{ entropy: 0.1 + 0.2 }] }, 0.25);
  assert.deepEqual(parseState(stateJson(state, { optimizerSteps: 16 })).value, state);
});

test('anything else is a problem in words', () => {
  const refused = (text: string) => parseState(text).problems[0]?.message;
  assert.match(refused('{')!, /not valid JSON/);
  assert.match(refused('null')!, /not an object/);
  assert.match(refused('{"version": 2}')!, /another version/);
  assert.match(refused(stateJson(freshState()).replace('"step":0', '"step":"x"'))!, /no number "step"/);
  assert.match(refused(stateJson(freshState()).replace('"window"', '"windows"'))!, /no "window"/);
});
