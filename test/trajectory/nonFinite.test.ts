/** A step that is not finite: its rows are named by file and line, and it is skipped or ends the run, as the spec says. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import { losses } from '../../src/train/losses/index.ts';
import type { Loss } from '../../src/train/losses/loss.ts';
import { badStepMessage } from '../../src/train/nonFinite.ts';
import { distance, runLoop, someRows } from './tinyLoop.ts';

let backend: Backend;
before(async () => void (backend = await openBackend('wasm', { threads: 1 })));
after(() => backend.dispose());

/** The batch with this row has a loss that is no number. */
function poisoned(bad: number): Loss {
  const sft = losses.sft({});
  return {
    ...sft,
    collate(rows, batch, padId) {
      const micro = sft.collate(rows, batch, padId);
      return { ...micro, inputs: { ...micro.inputs, poison: { shape: [1], dtype: 'float32', data: Float32Array.of(batch.includes(bad) ? NaN : 1) } } };
    },
    compute(model, inputs, scalars, forward) {
      const output = sft.compute(model, inputs, scalars, forward);
      return { ...output, loss: tf.mul(output.loss, tf.sum(inputs.poison!)) };
    },
  };
}

// Two batches of two rows a step: row 6 is in the second batch of the second step.
const params = { per_device_train_batch_size: 2, gradient_accumulation_steps: 2, max_steps: 4, save_strategy: 'no' };

test('skipped: only its own batch is named, and the other steps are made', async () => {
  const { warnings, result, metrics } = await runLoop({ params, loss: poisoned(6) });
  assert.deepEqual(warnings.map(({ code, step, message }) => [code, step, message]), [['loss-not-finite', 2, 'Step 2: the loss is NaN; the step was skipped and the weights are unchanged. Rows in this batch: rows.jsonl:7, 8.']]);
  assert.equal(result.step, 4);
  assert.ok(Number.isNaN(metrics.get(2)!.loss) && Number.isFinite(metrics.get(3)!.loss));
});

test('on_nonfinite: stop ends the run before the step, with a checkpoint of the one before', async () => {
  const snapshots: number[] = [];
  await assert.rejects(
    runLoop({ params: { ...params, on_nonfinite: 'stop' }, loss: poisoned(6), hooks: { save: (step, state) => (snapshots.push(step), assert.equal(state.step, step), Promise.resolve()) } }),
    { code: 'loss-not-finite', message: 'Step 2: the loss is NaN; the run ends (on_nonfinite: stop), and the weights are those of step 1. Rows in this batch: rows.jsonl:7, 8.' },
  );
  assert.deepEqual(snapshots, [1]);
});

test('without one both settings make the same run', async () => {
  const [skip, stop] = [await runLoop({ params }), await runLoop({ params: { ...params, on_nonfinite: 'stop' } })];
  assert.equal(distance(skip.weights, stop.weights), 0);
});

test('rows of several files, each with its lines; many are cut', () => {
  const rows = someRows(40);
  const parts = [{ path: '/a.jsonl', count: 30, weight: 1 }, { path: '/b.jsonl', count: 10, weight: 1 }];
  const said = badStepMessage({ step: 3, loss: 1, norm: Infinity, batch: [31, 2, ...Array.from({ length: 20 }, (_, i) => i + 5)] }, rows, parts, 'gone.');
  assert.equal(said, 'Step 3: the gradient norm is Infinity; gone. Rows in this batch: /a.jsonl:3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 5 more; /b.jsonl:32.');
});
