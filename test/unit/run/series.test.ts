/** The view of a run: replaced steps, thinned curves that lose no peak, speed and time left. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { bucketSize, createSeries } from '../../../src/run/decimate.ts';
import type { RunEvent } from '../../../src/run/event.ts';
import { clockSeries, createRunView } from '../../../src/run/series.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const started = (seconds: number, resumed_from: number | null = null): RunEvent => ({ type: 'started', time: at(seconds), pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'd', reason: '', versions: {}, total_steps: 100, resumed_from });
const metrics = (step: number, seconds: number, more: Record<string, number> = {}): RunEvent => ({ type: 'metrics', time: at(seconds), step, epoch: step / 10, metrics: { loss: 10 - step / 10, num_tokens: step * 100, ...more } });

/** What this process computed, whatever else the machine does. */
const cpuMs = () => process.cpuUsage().user / 1000;

describe('createRunView', () => {
  test('sums up a run', () => {
    const view = createRunView();
    view.add([started(0), metrics(10, 10), metrics(20, 20), { type: 'evaluation', time: at(21), step: 20, epoch: 2, metrics: { eval_loss: 3 } }, { type: 'checkpoint', time: at(22), step: 20, path: 'checkpoints/step-000020' }]);
    const summary = view.summary();
    assert.equal(summary.status, 'running');
    assert.equal(summary.step, 20);
    assert.equal(summary.totalSteps, 100);
    assert.equal(summary.secondsPerStep, 1);
    assert.equal(summary.secondsLeft, 80);
    assert.equal(summary.tokensPerSecond, 100);
    assert.equal(summary.secondsTrained, 20);
    assert.deepEqual(summary.latest, { loss: 8, num_tokens: 2000, eval_loss: 3 });
    assert.deepEqual(view.metricNames(), ['loss', 'num_tokens', 'eval_loss']);
    assert.deepEqual(view.points('loss', 100), { steps: [10, 20], values: [9, 8] });
    assert.deepEqual(view.points(clockSeries, 100).values, [10, 20]);
    assert.deepEqual(view.points('nothing', 100), { steps: [], values: [] });
  });
  test('a resumed run replaces later steps, samples and checkpoints', () => {
    const view = createRunView();
    view.add([started(0), metrics(10, 10), metrics(20, 20), { type: 'checkpoint', time: at(20), step: 20, path: 'c20' }, metrics(30, 30, { loss: 99 }), { type: 'sample', time: at(30), step: 30, index: 0, prompt: 'p', completion: 'old' }, { type: 'checkpoint', time: at(30), step: 30, path: 'c30' }]);
    view.add([started(100, 20), { type: 'resumed', time: at(100), from_step: 20 }]);
    assert.deepEqual(view.points('loss', 100).steps, [10, 20]);
    assert.equal(view.summary().step, 20);
    assert.equal(view.summary().latest.loss, 8);
    assert.equal(view.summary().secondsTrained, 20);
    assert.equal(view.summary().resumes, 1);
    assert.deepEqual(view.samples(), []);
    assert.deepEqual(view.summary().checkpoints.map((c) => c.path), ['c20']);
    view.add([metrics(30, 110), metrics(40, 120)]);
    assert.deepEqual(view.points('loss', 100), { steps: [10, 20, 30, 40], values: [9, 8, 7, 6] });
    assert.equal(view.summary().secondsTrained, 40); // the 80 seconds between the two processes are left out
    assert.equal(view.summary().secondsLeft, 60);
  });
  test('a resume from the start forgets all', () => {
    const view = createRunView();
    view.add([started(0), metrics(1, 1), started(5), { type: 'resumed', time: at(5), from_step: 0 }]);
    assert.deepEqual(view.metricNames(), []);
    assert.equal(view.summary().step, 0);
    assert.deepEqual(view.summary().latest, {});
  });
  test('rows are being prepared until the training begins', () => {
    const view = createRunView();
    view.add([{ type: 'preparing', what: 'rows', time: at(0), path: 'a.jsonl', rows: 5, total: 9 }]);
    assert.deepEqual(view.summary().preparing, { what: 'rows', path: 'a.jsonl', rows: 5, total: 9 });
    assert.equal(view.summary().status, 'running');
    view.add([started(1)]);
    assert.equal(view.summary().preparing, null);
  });
  test('a pause is not training, and has no time left', () => {
    const view = createRunView();
    view.add([started(0), metrics(10, 10), metrics(20, 20), { type: 'paused', time: at(21), step: 23 }]);
    assert.equal(view.summary().status, 'paused');
    assert.equal(view.summary().step, 23, 'steps after the last logged one count');
    assert.equal(view.summary().secondsLeft, null);
    assert.equal(view.summary().secondsTrained, 21);
    view.add([{ type: 'resumed', time: at(1000), from_step: 23 }, metrics(30, 1010), metrics(40, 1020)]);
    assert.equal(view.summary().status, 'running');
    assert.equal(view.summary().secondsTrained, 41);
    assert.equal(view.summary().secondsPerStep, 1);
    assert.deepEqual(view.points('loss', 10).steps, [10, 20, 30, 40]);
  });
  test('the end', () => {
    const view = createRunView();
    view.add([started(0), metrics(10, 10), { type: 'finished', time: at(11), status: 'failed', step: 10, message: 'disk full', metrics: { train_loss: 1 } }]);
    const summary = view.summary();
    assert.equal(summary.status, 'failed');
    assert.equal(summary.message, 'disk full');
    assert.equal(summary.ended, at(11));
    assert.equal(summary.latest.train_loss, 1);
    assert.equal(summary.secondsLeft, null);
    assert.ok(!view.metricNames().includes('train_loss'));
  });
  test('NaN is kept as a gap', () => {
    const view = createRunView();
    view.add([started(0), metrics(1, 1), metrics(2, 2, { loss: NaN }), metrics(3, 3)]);
    assert.deepEqual(view.points('loss', 100).values.map((v) => Number.isNaN(v)), [false, true, false]);
  });
  test('bad clocks do no harm', () => {
    const view = createRunView();
    view.add([started(0), { ...metrics(1, 0), time: 'yesterday' } as RunEvent, metrics(2, -50), metrics(3, -50)]);
    const { secondsLeft, secondsTrained } = view.summary();
    assert.equal(secondsLeft, null);
    assert.ok(secondsTrained >= 0);
  });
  test('reset starts over', () => {
    const view = createRunView();
    view.add([started(0), metrics(1, 1)]);
    const before = view.revision;
    view.reset();
    assert.equal(view.summary().status, 'created');
    assert.deepEqual(view.metricNames(), []);
    assert.ok(view.revision > before);
  });
  test('a million metrics lines', () => {
    const view = createRunView();
    const begun = cpuMs();
    const batch: RunEvent[] = [started(0)];
    for (let step = 1; step <= 1_000_000; step++) {
      batch.push({ type: 'metrics', time: '2026-01-01T00:00:00.000Z', step, epoch: 0, metrics: { loss: Math.sin(step) } });
      if (batch.length === 1000) view.add(batch.splice(0));
    }
    view.add(batch);
    assert.equal(view.count('loss'), 1_000_000);
    const first = cpuMs();
    assert.ok(view.points('loss', 2000).steps.length <= 2000);
    const again = cpuMs();
    view.add([metrics(1_000_001, 1_000_001)]);
    view.points('loss', 2000);
    const end = cpuMs();
    assert.ok(first - begun < 5000, `fold took ${first - begun} ms`);
    assert.ok(end - again < 50, `one more point took ${end - again} ms`);
  });
});

describe('createSeries', () => {
  test('keeps every peak, at most the wanted number of points', () => {
    for (const count of [1, 10, 999, 1000, 1001, 50_000]) {
      const series = createSeries();
      for (let i = 0; i < count; i++) series.set(i, i === Math.floor(count / 3) ? 1000 : i === Math.floor(count / 2) ? -1000 : Math.sin(i));
      for (const most of [10, 100, 1000]) {
        const { steps, values } = series.points(most);
        assert.ok(steps.length <= most, `${count} → ${steps.length} of ${most}`);
        if (count > 2) assert.ok(values.includes(1000) && values.includes(-1000));
        assert.deepEqual([...steps].sort((a, b) => a - b), steps);
      }
    }
  });
  test('incremental is the same as from scratch', () => {
    const live = createSeries();
    for (let i = 0; i < 5000; i++) {
      live.set(i * 5, Math.sin(i / 7) * i);
      if (i === 2500) live.truncateAfter(2000 * 5);
      if (i % 37 === 0) live.points(300);
    }
    const fresh = createSeries();
    for (let i = 0; i < live.length; i++) fresh.set(live.stepAt(i), live.valueAt(i));
    assert.deepEqual(live.points(300), fresh.points(300));
  });
  test('points in the middle stay where they were while the series grows', () => {
    const series = createSeries();
    for (let i = 0; i < 4000; i++) series.set(i, Math.sin(i));
    const before = series.points(1000).steps.slice(0, 100);
    series.set(4000, 0);
    assert.deepEqual(series.points(1000).steps.slice(0, 100), before);
  });
  test('a step that comes again or late', () => {
    const series = createSeries();
    for (const [step, value] of [[1, 1], [3, 3], [2, 2], [3, 33], [1, 11]] as const) series.set(step, value);
    assert.deepEqual(series.points(10), { steps: [1, 2, 3], values: [11, 2, 33] });
    series.truncateAfter(2);
    assert.equal(series.lastStep, 2);
    series.truncateAfter(0);
    assert.equal(series.length, 0);
  });
  test('a part of the steps in more detail', () => {
    const series = createSeries();
    for (let i = 0; i < 10_000; i++) series.set(i, i);
    assert.deepEqual(series.points(100, 5000, 5003).steps, [5000, 5001, 5002, 5003]);
    assert.ok(series.points(100, 1000, 9000).steps.length <= 100);
    assert.deepEqual(series.points(100, 20_000, 30_000).steps, []);
  });
  test('bucket sizes are powers of two', () => {
    for (const [count, most] of [[10, 10], [11, 10], [1e6, 2000], [5, 1]] as const) assert.equal(Math.log2(bucketSize(count, most)) % 1, 0);
  });
});
