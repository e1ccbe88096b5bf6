/** A run on the terminal: a redrawn bar where that works, plain lines elsewhere. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createProgress, sparkline } from '../../../src/main/cli/progress.ts';
import { wantsColor } from '../../../src/main/cli/terminal.ts';
import type { RunEvent } from '../../../src/run/event.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const events: RunEvent[] = [
  { type: 'started', time: at(0), pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'd', reason: '', versions: {}, total_steps: 40, resumed_from: null },
  ...[10, 20].map((step): RunEvent => ({ type: 'metrics', time: at(step), step, epoch: 0, metrics: { loss: 4 - step / 10, learning_rate: 2e-5, grad_norm: 1, num_tokens: step * 100 } })),
  { type: 'evaluation', time: at(21), step: 20, epoch: 0, metrics: { eval_loss: 2.5, eval_runtime: 1 } },
  { type: 'sample', time: at(21), step: 20, index: 0, prompt: 'What\nis it?', completion: 'It is.' },
  { type: 'checkpoint', time: at(22), step: 20, path: 'checkpoints/step-000020' },
  { type: 'warning', time: at(22), step: 20, code: 'c', message: 'careful' },
];
function show(stdout: { isTTY: boolean; live: boolean; columns: number }, color: boolean): string {
  let out = '';
  const progress = createProgress({ print: (text) => (out += text), stdout, color });
  progress.show(events);
  progress.end();
  return out;
}

test('plain lines', () => {
  const out = show({ isTTY: false, live: false, columns: 80 }, false);
  assert.deepEqual(out.split('\n'), [
    'sft on wasm (d), 40 steps',
    'step 10/40  loss 3.000  learning_rate 2.0e-5  grad_norm 1.000',
    'step 20/40  loss 2.000  learning_rate 2.0e-5  grad_norm 1.000  100 tokens/s  20s left',
    'step 20  eval_loss 2.500',
    'step 20  What is it? → It is.',
    'step 20  saved checkpoints/step-000020',
    'warning careful',
    '',
  ]);
});

test('a bar with the falling loss, drawn over itself and taken away at the end', () => {
  const out = show({ isTTY: true, live: true, columns: 100 }, false);
  assert.match(out, /█+░+ 20\/40 {2}loss 2\.000 █▁ {2}100 tokens\/s {2}20s left\r\u001B\[2K$/);
  assert.ok(!out.includes('\u001B[3'), 'no colour');
  assert.ok(show({ isTTY: true, live: true, columns: 100 }, true).includes('\u001B[33mwarning'));
  for (const columns of [20, 40]) for (const line of show({ isTTY: true, live: true, columns }, false).split(/\r\u001B\[2K|\n/)) if (line.includes('█')) assert.ok(line.length < columns);
});

test('rows being prepared are counted, on one line where that works', () => {
  for (const live of [false, true]) {
    let out = '';
    const progress = createProgress({ print: (text) => (out += text), stdout: { isTTY: live, live, columns: 60 }, color: false });
    for (const rows of [1000, 250_000]) progress.show([{ type: 'preparing', what: 'rows', time: at(1), path: '/data/train.jsonl', rows, total: 1_000_000 }]);
    progress.end();
    const lines = ['Preparing the rows of train.jsonl: 1,000 of 1,000,000', 'Preparing the rows of train.jsonl: 250,000 of 1,000,000'];
    assert.equal(out, live ? `Loading the model and the rows …${lines.map((line) => `\r\u001B[2K${line}`).join('')}\r\u001B[2K` : `${lines.join('\n')}\n`);
  }
});

test('sparkline', () => {
  assert.equal(sparkline([], 8), '');
  assert.equal(sparkline([1], 8), '');
  assert.equal(sparkline([3, 2, 1], 8), '█▅▁');
  assert.equal(sparkline([1, 1, NaN], 8), '▁▁');
  assert.equal(sparkline(Array.from({ length: 1000 }, (_, i) => -i), 16).length, 16);
});

test('colour only on a terminal, and not where it is not wanted', () => {
  assert.equal(wantsColor(true, {}, false), true);
  assert.equal(wantsColor(false, {}, false), false);
  assert.equal(wantsColor(true, { NO_COLOR: '1' }, false), false);
  assert.equal(wantsColor(true, { NO_COLOR: '' }, false), true);
  assert.equal(wantsColor(true, { CI: 'true' }, false), false);
  assert.equal(wantsColor(true, { CI: 'false' }, false), true);
  assert.equal(wantsColor(true, { TERM: 'dumb' }, false), false);
  assert.equal(wantsColor(true, {}, true), false);
});
