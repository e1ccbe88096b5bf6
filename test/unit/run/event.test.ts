/** Events: what a writer wrote comes back, and whatever else stands in the file is read past. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createEventReader, eventLine, parseEvent, type RunEvent } from '../../../src/run/event.ts';

const time = '2026-01-02T03:04:05.678Z';
const events: RunEvent[] = [
  { type: 'started', time, pid: 7, host: 'h', method: 'sft', backend: 'wasm', device: 'CPU', reason: '', versions: { posttrain: '1' }, total_steps: 10, resumed_from: null },
  { type: 'preparing', what: 'rows', time, path: 'a.jsonl', rows: 3, total: 10 },
  { type: 'metrics', time, step: 1, epoch: 0.1, metrics: { loss: 2.5, grad_norm: NaN, learning_rate: Infinity } },
  { type: 'evaluation', time, step: 1, epoch: 0.1, metrics: { eval_loss: -Infinity } },
  { type: 'sample', time, step: 1, index: 0, prompt: 'a\nb\u2028', completion: '😀' },
  { type: 'checkpoint', time, step: 1, path: 'checkpoints/step-000001' },
  { type: 'warning', time, code: 'x', message: 'y', step: 1 },
  { type: 'paused', time, step: 1 },
  { type: 'resumed', time, from_step: 1 },
  { type: 'finished', time, status: 'completed', step: 10, message: '', metrics: { train_loss: 1 } },
];

describe('parseEvent', () => {
  test('reads back every type, non-finite numbers included', () => {
    for (const event of events) {
      const line = eventLine(event);
      assert.ok(!line.includes('\n'));
      assert.deepEqual(parseEvent(line).event, event);
    }
  });
  test('keeps keys that it does not know', () => {
    const { event } = parseEvent(`{"type":"paused","time":"${time}","step":3,"by":"me"}`);
    assert.deepEqual(event, { type: 'paused', time, step: 3, by: 'me' });
  });
  test('leaves out metrics that are no numbers and keeps the rest', () => {
    const { event } = parseEvent(`{"type":"metrics","time":"${time}","step":3,"metrics":{"loss":1,"kl":null,"note":"x","nan":"NaN"}}`);
    assert.deepEqual(event?.type === 'metrics' && event.metrics, { loss: 1, nan: NaN });
  });
  for (const line of ['', 'nonsense', '[]', 'null', '3', '"x"', '{}', '{"type":"party","time":"t"}', '{"type":"paused","step":1}', `{"type":"paused","time":"${time}","step":"one"}`, '{"type":"constructor","time":"t"}', '{"type":"__proto__","time":"t"}', `{"type":"finished","time":"${time}","status":"great"}`]) {
    test(`says what is wrong with ${line || 'nothing'}`, () => {
      const { event, problem } = parseEvent(line);
      assert.equal(event, undefined);
      assert.ok(problem);
    });
  }
});

describe('createEventReader', () => {
  const text = events.map((event) => `${eventLine(event)}\n`).join('');
  test('puts chunks of any size together', () => {
    for (const size of [1, 2, 7, 100, 10_000]) {
      const reader = createEventReader();
      const read: RunEvent[] = [];
      for (let i = 0; i < text.length; i += size) read.push(...reader.feed(text.slice(i, i + size)));
      assert.deepEqual(read, events);
      assert.equal(reader.skipped, 0);
      assert.equal(reader.torn, false);
    }
  });
  test('keeps a torn last line back until its rest comes', () => {
    const reader = createEventReader();
    const line = eventLine(events[1]!);
    assert.deepEqual(reader.feed(line.slice(0, 20)), []);
    assert.equal(reader.torn, true);
    assert.deepEqual(reader.feed(`${line.slice(20)}\n`), [events[1]]);
  });
  test('reads past foreign and torn lines and counts them', () => {
    const reader = createEventReader();
    const read = reader.feed(`{"type":"metr\n\n  \n{"type":"greeting","time":"t"}\r\n${eventLine(events[6]!)}\r\n`);
    assert.deepEqual(read, [events[6]]);
    assert.equal(reader.skipped, 2);
    assert.deepEqual(reader.problems.map((p) => p.line), [1, 4]);
  });
  test('a line in ten thousand pieces costs no more than its length', () => {
    const reader = createEventReader();
    const line = eventLine({ type: 'sample', time, step: 1, index: 0, prompt: 'x'.repeat(2_000_000), completion: '' });
    const begun = process.cpuUsage();
    for (let i = 0; i < line.length; i += 200) reader.feed(line.slice(i, i + 200));
    assert.equal(reader.feed('\n').length, 1);
    assert.ok(process.cpuUsage(begun).user < 2e6);
  });
});
