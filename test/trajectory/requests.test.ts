/** What somebody asks of a run takes effect between steps, evaluation batches and sampled tokens, and names the last finished step. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import type { Recorder, ShapesByName } from '../../src/backend/program.ts';
import { generate } from '../../src/nn/generate.ts';
import type { ControlRequest } from '../../src/run/control.ts';
import type { LoopHooks } from '../../src/train/loop.ts';
import { runLoop, someRows, tinyModel } from './tinyLoop.ts';

let backend: Backend;
before(async () => void (backend = await openBackend('wasm', { threads: 1 })));
after(() => backend.dispose());

/** Answers the calls in order; notes the step of each call and what the loop tells. */
function scripted(answers: Record<number, ControlRequest[]>): { calls: number[]; told: string[]; hooks: Partial<LoopHooks> } {
  const calls: number[] = [];
  const told: string[] = [];
  const hooks: Partial<LoopHooks> = {
    requests(step) {
      calls.push(step);
      return Promise.resolve(answers[calls.length] ?? []);
    },
    paused: (step) => void told.push(`paused ${step}`),
    resumed: (step) => void told.push(`resumed ${step}`),
    evaluation: (step) => void told.push(`evaluation ${step}`),
  };
  return { calls, told, hooks };
}

const params = { per_device_train_batch_size: 4, per_device_eval_batch_size: 2, max_steps: 3, eval_strategy: 'steps', eval_steps: 2, save_strategy: 'no' };

test('a stop between two evaluation batches takes a checkpoint, and the evaluation is made by the run that goes on', async () => {
  // Calls: after step 1, after step 2, then after each of the six batches.
  const { calls, told, hooks } = scripted({ 4: ['stop'] });
  const stopped = await runLoop({ params, evalRows: someRows(12, 2), hooks });
  assert.deepEqual([calls, told], [[1, 2, 2, 2], []]);
  const snapshot = stopped.snapshots.get(2)!;
  assert.deepEqual(snapshot.state.owed, { evaluate: true, sample: false });
  const again = scripted({});
  await runLoop({ params, evalRows: someRows(12, 2), hooks: again.hooks, resumeFrom: snapshot });
  assert.deepEqual(again.told, ['evaluation 2', 'evaluation 3']);
});

test('a pause within an evaluation waits there, saves when asked, and goes on', async () => {
  const { calls, told, hooks } = scripted({ 4: ['pause'], 5: ['save'], 6: [], 7: ['resume'] });
  const { snapshots } = await runLoop({ params, evalRows: someRows(12, 2), hooks });
  assert.deepEqual(told, ['paused 2', 'resumed 2', 'evaluation 2', 'evaluation 3']);
  assert.deepEqual([...snapshots.keys()], [2]);
  assert.ok(calls.every((step, i) => step >= 1 && step <= 3 && step >= (calls[i - 1] ?? 0)), `waiting counts no step: ${calls.join()}`);
});

test('a stop between two tokens ends the sampling', async () => {
  const { told, hooks } = scripted({ 3: ['stop'] });
  let tokens = 0;
  const model = await tinyModel();
  const sample: LoopHooks['sample'] = async (step, attend) => {
    await generate(model, [[1, 2, 3]], { maxNewTokens: 50, eosIds: [], attend, onToken: () => tokens++ });
    told.push(`sample ${step}`);
  };
  const { snapshots } = await runLoop({ params: { ...params, eval_strategy: 'no', samples: { every_steps: 100 } }, hooks: { ...hooks, sample } });
  model.dispose();
  assert.deepEqual([tokens, told, snapshots.size], [3, [], 0], 'at step 0 there is nothing to save');
});

test('a pause that was taken back before anybody looked is none', async () => {
  const { calls, told, hooks } = scripted({ 1: ['pause', 'resume'] });
  await runLoop({ params: { ...params, eval_strategy: 'no', max_steps: 2 }, hooks });
  assert.deepEqual([calls, told], [[1, 2], []]);
});

test('what was asked for while paused is done after it', async () => {
  const { told, hooks } = scripted({ 1: ['pause'], 2: ['evaluate'], 3: ['resume'] });
  await runLoop({ params: { ...params, eval_strategy: 'no', max_steps: 1 }, evalRows: someRows(2, 2), hooks });
  assert.deepEqual(told, ['paused 1', 'resumed 1', 'evaluation 1']);
});

test('a stop is heeded while the shapes of steps and evaluations to come are prepared', async (t) => {
  // Records nothing, and notes what it was asked to.
  const prepared: ShapesByName[] = [];
  const recorder: Recorder = { program: () => ({ run: () => assert.fail('nothing is computed'), prepare: (shapes) => (prepared.push(shapes), {}), dispose: () => undefined }) };
  Object.assign(tf.backend(), { recorder });
  t.after(() => delete (tf.backend() as { recorder?: Recorder }).recorder);
  const preparedUntil = async (call: number) => {
    prepared.length = 0;
    const { calls, hooks } = scripted({ [call]: ['stop'] });
    const { result } = await runLoop({ params: { ...params, max_steps: 4 }, evalRows: someRows(12, 2), hooks });
    assert.deepEqual([result.status, result.step, calls.length], ['stopped', 0, call]);
    return prepared.filter((shapes) => 'items' in shapes).length;
  };
  assert.equal(await preparedUntil(2), 2, 'of four steps');
  assert.equal(await preparedUntil(7), 7, 'four steps and three of six evaluation batches');
});
