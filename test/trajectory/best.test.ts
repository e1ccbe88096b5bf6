/** The best evaluation and the patience survive a stop wherever it comes, and nothing that somebody asks for changes them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import type { ControlRequest } from '../../src/run/control.ts';
import type { LoopHooks } from '../../src/train/loop.ts';
import { distance, runLoop, someRows, type LoopResult } from './tinyLoop.ts';

let backend: Backend;
before(async () => void (backend = await openBackend('wasm', { threads: 1 })));
after(() => backend.dispose());

// Random rows are learnt by heart within some steps, and the others become unlikelier.
const params = { per_device_train_batch_size: 4, per_device_eval_batch_size: 2, learning_rate: 5e-3, lr_scheduler_type: 'constant', max_steps: 40, eval_strategy: 'steps', eval_steps: 2, save_steps: 4, load_best_model_at_end: true, early_stopping_patience: 3 };

interface Seen {
  evaluations: Map<number, number>;
  run: LoopResult;
  checkpoints: number[];
}

async function course(options: { requests?: (step: number, call: number) => ControlRequest[]; from?: LoopResult; at?: number } = {}): Promise<Seen> {
  const evaluations = new Map<number, number>();
  let calls = 0;
  const hooks: Partial<LoopHooks> = {
    evaluation: (step, _epoch, metrics) => void evaluations.set(step, metrics.eval_loss!),
    requests: (step) => Promise.resolve(options.requests?.(step, ++calls) ?? []),
  };
  const run = await runLoop({ params, rows: someRows(8), evalRows: someRows(6, 2), hooks, resumeFrom: options.from?.snapshots.get(options.at!) });
  return { evaluations, run, checkpoints: [...run.snapshots.keys()] };
}

test('stopped within the evaluation that would have ended it, and resumed, a run ends at the same step with the same best', async () => {
  const whole = await course();
  const { message, step, best } = whole.run.result;
  assert.match(message, /^Stopped early at step \d+: no better evaluation in 3; eval_loss was best at step \d+: /);
  assert.ok(step < 40 && step >= 8, `it stopped early, at ${step}`);
  for (const at of [step, step - 2]) {
    // The second call at this step is between two batches of its evaluation.
    let seen = 0;
    const stopped = await course({ requests: (now) => (now === at && ++seen === 2 ? ['stop'] : []) });
    assert.equal(stopped.run.result.status, 'stopped');
    assert.ok(!stopped.evaluations.has(at));
    const resumed = await course({ from: stopped.run, at });
    assert.deepEqual([resumed.run.result.step, resumed.run.result.best, resumed.run.result.message], [step, best, message]);
    assert.equal(distance(whole.run.weights, resumed.run.weights), 0);
    for (const [evaluated, loss] of resumed.evaluations) assert.equal(loss, whole.evaluations.get(evaluated));
  }
  // A kill: from the last checkpoint that was due.
  const due = whole.checkpoints.findLast((saved) => saved % 4 === 0 && saved < step)!;
  const resumed = await course({ from: whole.run, at: due });
  assert.deepEqual([resumed.run.result.step, resumed.run.result.best], [step, best]);
  // Ended early and killed before its result was written: there is nothing more to train.
  if (whole.checkpoints.includes(step)) assert.equal((await course({ from: whole.run, at: step })).run.result.step, step);
});

test('evaluations and checkpoints that somebody asks for in between count for nothing', async () => {
  const whole = await course();
  const asked = await course({ requests: (step, call) => (call % 3 === 0 ? ['evaluate', 'save'] : step === 6 ? ['evaluate'] : []) });
  assert.ok(asked.evaluations.size > whole.evaluations.size);
  assert.deepEqual([asked.run.result.step, asked.run.result.best, asked.run.result.message], [whole.run.result.step, whole.run.result.best, whole.run.result.message]);
});

test('an evaluation without the metric ends the run with the names that there are', async () => {
  await assert.rejects(runLoop({ params: { ...params, metric_for_best_model: 'accuracy' }, rows: someRows(8), evalRows: someRows(2, 2) }), /has no "eval_accuracy"\. It has eval_loss, /);
});
