/** Replays what transformers' loop decided (test/parity/loop.json): evaluations, the best checkpoint, early stopping, which checkpoints stay, learning rates of a run made longer. */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { makeLonger } from '../../src/node/longerRun.ts';
import { checkpointStep, runPaths } from '../../src/run/directory.ts';
import { evaluationsOf, metricsOf, newRun, readTensors, temporaryFolder, train, type Ended } from '../trainerRun.ts';

const here = resolve('test/parity');

interface Recorded {
  params: Record<string, unknown>;
  logs: ({ step: number } & Record<string, number>)[];
  stopped_at: number;
  best_metric: number | null;
  best_checkpoint: number | null;
  checkpoints: number[];
  weights: Record<string, { at: number[]; values: number[] }>;
}

const cases = JSON.parse(readFileSync(join(here, 'loop.json'), 'utf8')) as Record<string, Recorded[]>;

/** As in trl.test.ts. */
function near(what: string, name: string, ours: number | undefined, theirs: number): void {
  const { relative, floor } = name === 'grad_norm' ? { relative: 1e-4, floor: 2e-6 } : name.endsWith('mean_token_accuracy') ? { relative: 1e-5, floor: 0.02 } : { relative: 1e-5, floor: 2e-6 };
  assert.ok(ours !== undefined && Math.abs(ours - theirs) <= relative * Math.max(Math.abs(ours), Math.abs(theirs)) + floor, `${what}: ${name} is ${ours}, transformers' ${theirs}`);
}

async function compare(runDir: string, { events }: Pick<Ended, 'events'>, recorded: Recorded): Promise<void> {
  const metrics = new Map(metricsOf(events).map((event) => [event.step, event.metrics]));
  const evaluations = new Map(evaluationsOf(events).map((event) => [event.step, event.metrics]));
  for (const { step, ...values } of recorded.logs) {
    const ours = 'eval_loss' in values ? evaluations.get(step) : metrics.get(step);
    assert.ok(ours, `step ${step} is logged`);
    for (const [name, value] of Object.entries(values)) near(`step ${step}`, name, ours[name], value);
  }
  assert.equal(evaluations.size, recorded.logs.filter((line) => 'eval_loss' in line).length, 'as many evaluations');
  const last = events.at(-1)!;
  assert.ok(last.type === 'finished' && last.status === 'completed');
  assert.equal(last.step, recorded.stopped_at);
  const kept = (await readdir(runPaths(runDir).checkpoints)).map((name) => checkpointStep(name)!).sort((a, b) => a - b);
  assert.deepEqual(kept, recorded.checkpoints);
  const loadsBest = recorded.params.load_best_model_at_end === true;
  if (loadsBest) assert.match(last.message, new RegExp(`The result is the best checkpoint, step ${recorded.best_checkpoint}\\.`));
  const final = await readTensors(join(runPaths(runDir).final, 'model.safetensors'));
  for (const [name, { at, values }] of Object.entries(recorded.weights)) {
    for (const [i, place] of at.entries()) assert.ok(Math.abs(final.get(name)![place]! - values[i]!) <= 3e-5, `${name}[${place}] of the result is ${final.get(name)![place]}, transformers' ${values[i]}`);
  }
}

for (const [name, [first, ...longer]] of Object.entries(cases)) {
  test(`as transformers: ${name}`, async (t) => {
    const folder = await temporaryFolder(t);
    const evaluates = 'eval_strategy' in first!.params;
    const run = await newRun(folder, { method: 'sft', model_name_or_path: join(here, 'models/tied'), dataset: join(here, 'data/chat.jsonl'), ...(evaluates ? { eval_dataset: join(here, 'data/chat_eval.jsonl') } : {}), ...first!.params });
    const ended = await train(run);
    assert.equal(ended.code, 0, ended.stderr);
    await compare(run, ended, first!);
    for (const next of longer) {
      await makeLonger(run, ['max_steps', 'num_train_epochs'].filter((key) => key in next.params).map((key) => `${key}=${String(next.params[key])}`));
      const again = await train(run);
      assert.equal(again.code, 0, again.stderr);
      await compare(run, again, next);
    }
  });
}
