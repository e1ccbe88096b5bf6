/** Packed training through the trainer: fewer steps an epoch, the evaluation as eval_packing says, and rows that teach nothing named. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { evaluationsOf, newRun, temporaryFolder, train } from '../trainerRun.ts';

const spec = { method: 'sft', model_name_or_path: resolve('test/parity/models/tied'), dataset: resolve('test/parity/data/chat.jsonl'), eval_dataset: resolve('test/parity/data/chat_eval.jsonl'), num_train_epochs: 1, per_device_train_batch_size: 1, eval_strategy: 'epoch', max_length: 64, save_strategy: 'no' };

test('packing and eval_packing are apart', async (t) => {
  const ends = await Promise.all([{}, { packing: true }, { packing: true, eval_packing: false }].map(async (settings) => {
    const run = await newRun(await temporaryFolder(t), { ...spec, ...settings });
    const { code, stderr, events } = await train(run);
    assert.equal(code, 0, stderr);
    const [evaluation] = evaluationsOf(events);
    const started = events.find((event) => event.type === 'started')!;
    const { eval_runtime: seconds, eval_samples_per_second: speed, eval_num_tokens: tokens } = evaluation!.metrics as Record<string, number>;
    return { steps: started.type === 'started' ? started.total_steps : 0, evaluated: Math.round(seconds! * speed!), tokens };
  }));
  const [plain, packed, trainOnly] = ends as [(typeof ends)[0], (typeof ends)[0], (typeof ends)[0]];
  assert.equal(plain.steps, 13);
  assert.ok(packed.steps < 13);
  assert.equal(trainOnly.steps, packed.steps);
  assert.ok(packed.evaluated < 5);
  assert.deepEqual([plain.evaluated, trainOnly.evaluated], [5, 5]);
  assert.deepEqual([packed.tokens, trainOnly.tokens], [plain.tokens, plain.tokens], 'every token is used, packed or not');
});

test('a packed row whose prompt fills max_length is named', async (t) => {
  const folder = await temporaryFolder(t);
  const rows = [{ prompt: 'The cat likes apples. '.repeat(30), completion: ' Yes.' }, { prompt: 'Who likes apples?', completion: ' The cat.' }];
  await writeFile(join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const { eval_dataset: _, eval_strategy: _no, ...rest } = spec;
  const run = await newRun(folder, { ...rest, dataset: join(folder, 'rows.jsonl'), packing: true });
  const { code, stderr, events } = await train(run);
  assert.equal(code, 0, stderr);
  const warning = events.find((event) => event.type === 'warning' && event.code === 'row-untaught');
  assert.match(warning?.type === 'warning' ? warning.message : '', /1 of 2 rows have no token that counts in the loss \(line 1\)/);
});
