/** What became of a run, from its events and from who holds its directory. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { RunEvent } from '../../../src/run/event.ts';
import { createRunView } from '../../../src/run/series.ts';
import { statusAfter, statusFrom, type SaidStatus } from '../../../src/run/status.ts';

const time = '2026-01-01T00:00:01.000Z';
const started: RunEvent = { type: 'started', time, pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'd', reason: '', versions: {}, total_steps: 100, resumed_from: null };
const metrics: RunEvent = { type: 'metrics', time, step: 1, epoch: 0, metrics: { loss: 1 } };
const paused: RunEvent = { type: 'paused', time, step: 1 };
const resumed: RunEvent = { type: 'resumed', time, from_step: 1 };
const checkpoint: RunEvent = { type: 'checkpoint', time, step: 1, path: 'checkpoints/step-000001' };
const warning: RunEvent = { type: 'warning', time, step: 0, code: 'c', message: 'm' };
const finished: RunEvent = { type: 'finished', time, status: 'stopped', step: 1, message: '', metrics: {} };

describe('status', () => {
  const cases: [RunEvent[], SaidStatus][] = [
    [[], 'created'],
    [[warning], 'running'],
    [[started], 'running'],
    [[started, metrics, paused], 'paused'],
    [[started, metrics, paused, checkpoint], 'paused'],
    [[started, metrics, paused, warning], 'paused'],
    [[started, metrics, paused, resumed], 'running'],
    [[started, metrics, finished], 'stopped'],
    [[started, metrics, finished, warning], 'stopped'],
    [[started, metrics, finished, { ...started, resumed_from: 1 }], 'running'],
  ];
  test('after events, the same in the fold of a view', () => {
    for (const [events, said] of cases) {
      const name = events.map((event) => event.type).join(' ');
      assert.equal(events.reduce<SaidStatus>(statusAfter, 'created'), said, name);
      const view = createRunView();
      view.add(events);
      assert.equal(view.summary().status, said, name);
    }
  });
  test('the end of a long file is enough', () => {
    assert.equal([metrics, metrics].reduce<SaidStatus>(statusAfter, 'created'), 'running');
  });
  test('what the events say is corrected by who holds the directory', () => {
    assert.equal(statusFrom('running', true), 'running');
    assert.equal(statusFrom('running', false), 'stale');
    assert.equal(statusFrom('paused', true), 'paused');
    assert.equal(statusFrom('paused', false), 'stale');
    assert.equal(statusFrom('completed', false), 'completed');
    assert.equal(statusFrom('stopped', true), 'running', 'taken up again, and not yet said so');
    assert.equal(statusFrom('created', true), 'running');
    assert.equal(statusFrom('created', false), 'created');
  });
});
