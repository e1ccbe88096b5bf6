/** Runs that go on longer than planned, and branches that begin at a checkpoint, through the terminal. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readEvents, readRun, runStatus } from '../../src/node/runDirectory.ts';
import { runPaths } from '../../src/run/directory.ts';
import { metricsOf, readTensors, temporaryFolder } from '../trainerRun.ts';

const base = `method: sft
model_name_or_path: ${resolve('test/parity/models/tied')}
dataset: ${resolve('test/parity/data/chat.jsonl')}
backend: wasm
learning_rate: 1.0e-3
lr_scheduler_type: constant
per_device_train_batch_size: 2
logging_steps: 1
save_steps: 4
`;

function posttrain(folder: string, ...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/cli.js'), ...words], { cwd: folder, encoding: 'utf8', env: { ...process.env, CI: 'true' } });
  return { code: status, out: stdout, err: stderr };
}

async function folderWith(t: Parameters<typeof temporaryFolder>[0], spec: string): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'x.posttrain.yaml'), `${base}${spec}`);
  return folder;
}

async function losses(run: string): Promise<Map<number, number>> {
  return new Map(metricsOf(await readEvents(runPaths(run).events)).map(({ step, metrics }) => [step, metrics.loss!]));
}

test('a complete run goes on longer, and with a constant rate ends like one that was planned so', async (t) => {
  const folder = await folderWith(t, 'max_steps: 6\n');
  const first = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a');
  assert.equal(first.code, 0, first.err);
  const refused = posttrain(folder, 'resume', 'a');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /is complete: there is nothing to resume\. To let it go on longer: posttrain resume a max_steps=N\./);
  const before = await readFile(runPaths(join(folder, 'a')).record, 'utf8');
  for (const [words, message] of [
    [['max_steps=6'], /has done 6 steps already/],
    [['max_steps=many'], /max_steps.* must be a whole number/],
    [['num_train_epochs=9'], /max_steps is 6 and decides alone/],
    [['learning_rate=1'], /"learning_rate=1": a run goes on with max_steps=N or num_train_epochs=N.*--from CHECKPOINT/],
  ] as const) {
    const { code, err } = posttrain(folder, 'resume', 'a', ...words);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
  assert.equal(await readFile(runPaths(join(folder, 'a')).record, 'utf8'), before, 'a refusal changes nothing');
  assert.equal(await runStatus(join(folder, 'a')), 'completed');

  const longer = posttrain(folder, 'resume', 'a', 'max_steps=11');
  assert.equal(longer.code, 0, longer.err);
  const planned = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=b', 'max_steps=11');
  assert.equal(planned.code, 0, planned.err);
  assert.deepEqual(await losses(join(folder, 'a')), await losses(join(folder, 'b')));
  const { continued } = await readRun(join(folder, 'a'));
  assert.deepEqual(continued?.map(({ step, params }) => [step, params]), [[6, { max_steps: 11 }]]);
  assert.equal(posttrain(folder, 'resume', 'a').code, 1, 'now it is complete again');
  // In epochs: 13 rows make 7 steps.
  assert.match(posttrain(folder, 'resume', 'a', 'max_steps=-1', 'num_train_epochs=1').err, /has gone through 1\.\d+ epochs already/);
  const epochs = posttrain(folder, 'resume', 'a', 'max_steps=-1', 'num_train_epochs=2');
  assert.equal(epochs.code, 0, epochs.err);
  assert.match(epochs.out, /Completed 14 steps/);
});

test('a run that stopped early goes on, and counts anew', async (t) => {
  const folder = await folderWith(t, 'eval_strategy: steps\neval_steps: 2\nload_best_model_at_end: true\nearly_stopping_patience: 1\nmax_steps: 60\n');
  const first = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a', `eval_dataset=${resolve('test/parity/data/chat_eval.jsonl')}`, 'save_steps=2', 'learning_rate=2e-2');
  assert.equal(first.code, 0, first.err);
  const ended = (text: string) => Number(/Stopped early at step (\d+): no better evaluation in 1; eval_loss was best at step (\d+)/.exec(text)?.[1]);
  const at = ended(first.out);
  assert.ok(at < 60, first.out);
  const longer = posttrain(folder, 'resume', 'a', 'max_steps=60');
  assert.equal(longer.code, 0, longer.err);
  assert.ok(ended(longer.out) > at || /Completed 60 steps/.test(longer.out), longer.out);
});

test('a complete run without a checkpoint cannot go on, and says what can', async (t) => {
  const folder = await folderWith(t, 'max_steps: 2\nsave_strategy: no\n');
  assert.equal(posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a').code, 0);
  const { code, err } = posttrain(folder, 'resume', 'a', 'max_steps=5');
  assert.equal(code, 1);
  assert.match(err, /kept no checkpoint to go on from \(save_strategy: no\)\. Start a new run with model_name_or_path: .*final\./);
});

test('a branch has the weights, moments and rows of its checkpoint, and its own settings', async (t) => {
  const folder = await folderWith(t, 'max_steps: 10\n');
  assert.equal(posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a').code, 0);
  const same = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=same', '--from', 'a/checkpoints/step-000004');
  assert.equal(same.code, 0, same.err);
  const whole = await losses(join(folder, 'a'));
  assert.deepEqual(await losses(join(folder, 'same')), new Map([...whole].filter(([step]) => step > 4)), 'with the same settings it is the same run');
  assert.deepEqual(await readTensors(join(folder, 'a/final/model.safetensors')), await readTensors(join(folder, 'same/final/model.safetensors')));
  assert.deepEqual((await readRun(join(folder, 'same'))).origin, { checkpoint: join(folder, 'a/checkpoints/step-000004'), step: 4 });
  const events = await readEvents(runPaths(join(folder, 'same')).events);
  assert.ok(events.some((event) => event.type === 'started' && event.resumed_from === 4) && events.some((event) => event.type === 'checkpoint' && event.step === 4));

  const other = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=other', 'learning_rate=1e-4', '--from=a/checkpoints/step-000008');
  assert.equal(other.code, 0, other.err);
  const logged = metricsOf(await readEvents(runPaths(join(folder, 'other')).events));
  assert.deepEqual(logged.map(({ step, metrics }) => [step, metrics.learning_rate]), [[9, 1e-4], [10, 1e-4]]);
  assert.equal(logged[0]!.metrics.loss, whole.get(9));
  // It keeps what it began with: the other run may go.
  await rm(join(folder, 'a'), { recursive: true });
  const longer = posttrain(folder, 'resume', 'other', 'max_steps=12');
  assert.equal(longer.code, 0, longer.err);
});

test('a branch of an adapter is refused when its base is not what it was', async (t) => {
  const folder = await folderWith(t, 'max_steps: 4\nuse_peft: true\n');
  await cp(resolve('test/parity/models/tied'), join(folder, 'model'), { recursive: true });
  const first = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a', 'model_name_or_path=model');
  assert.equal(first.code, 0, first.err);
  const weights = await readFile(join(folder, 'model/model.safetensors'));
  weights[weights.length - 1]! ^= 1;
  await writeFile(join(folder, 'model/model.safetensors'), weights);
  const branch = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=b', 'model_name_or_path=model', 'max_steps=6', '--from', 'a/checkpoints/step-000004');
  assert.equal(branch.code, 1, branch.err);
  assert.match(branch.err, /model\.safetensors was changed since the run of this checkpoint began, and the checkpoint fits no other weights\. Restore the file, or start a new run\./);
});

test('what is no place to branch from is refused before a run is made', async (t) => {
  const folder = await folderWith(t, 'max_steps: 4\n');
  assert.equal(posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=a').code, 0);
  await cp(resolve('test/parity/models/tied'), join(folder, 'model'), { recursive: true });
  for (const [words, code, message] of [
    [['--from', 'a'], 1, /a is no checkpoint: it has no trainer_state\.json\. It is a run; its newest checkpoint is .*step-000004\./],
    [['--from', 'a/final'], 1, /final is no checkpoint.*give its folder as model_name_or_path/],
    [['--from', 'nowhere'], 1, /nowhere is no checkpoint/],
    [['model_name_or_path=model', '--from', 'a/checkpoints/step-000004'], 2, /is of a run that began with .*tied, and this spec says .*model/],
    [['use_peft=true', '--from', 'a/checkpoints/step-000004'], 2, /"use_peft": .*step-000004 is of a run with use_peft: false, and this spec says true/],
  ] as const) {
    const { code: ended, err } = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=b', ...words);
    assert.equal(ended, code, err);
    assert.match(err, message);
    await assert.rejects(readRun(join(folder, 'b')), { code: 'no-run' });
  }
  const done = posttrain(folder, 'train', 'x.posttrain.yaml', 'output_dir=b', '--from', 'a/checkpoints/step-000004');
  assert.equal(done.code, 1);
  assert.match(done.err, /checkpoint that this run begins with is of step 4, and the settings make 4 steps\. Set max_steps or num_train_epochs higher\./);
});
