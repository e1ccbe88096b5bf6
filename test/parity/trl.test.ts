/** Replays recorded TRL runs through the trainer process: metrics of every step, Adam's moments, final weights. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { evaluationsOf, metricsOf, newRun, readTensors, temporaryFolder, train } from '../trainerRun.ts';

const here = resolve('test/parity');
const cases = ['sft_chat', 'sft_plain_untied', 'sft_turns_lora', 'sft_chat_lora_rows', 'pretrain_packed'];

/** |a - b| ≤ relative · max(|a|, |b|) + floor. Token accuracy may differ by one token where two logits tie. */
const tolerances: Record<string, { relative: number; floor: number }> = {
  grad_norm: { relative: 1e-4, floor: 2e-6 },
  mean_token_accuracy: { relative: 1e-5, floor: 0.02 },
};
const usual = { relative: 1e-5, floor: 2e-6 };
const weightTolerance = 3e-5;

interface Recorded {
  method: string;
  model: string;
  dataset: string;
  eval_dataset?: string;
  params: Record<string, unknown>;
}
interface Samples {
  norm: number;
  at: number[];
  values: number[];
}
type Moments = Record<string, { exp_avg: Samples; exp_avg_sq: Samples }>;

for (const name of cases) {
  describe(`TRL's ${name}`, () => {
    test('metrics, moments and weights agree', async (t) => {
      const trace = join(here, 'traces', name);
      const recorded = JSON.parse(await readFile(join(trace, 'spec.json'), 'utf8')) as Recorded;
      const adapter = recorded.params.use_peft === true;
      const init = join(trace, 'adapter_init.safetensors');
      const folder = await temporaryFolder(t);
      const runDir = await newRun(folder, {
        method: recorded.method,
        model_name_or_path: join(here, 'models', recorded.model),
        dataset: join(here, 'data', `${recorded.dataset}.jsonl`),
        ...(recorded.eval_dataset ? { eval_dataset: join(here, 'data', `${recorded.eval_dataset}.jsonl`) } : {}),
        ...recorded.params,
        ...(existsSync(init) ? { lora: { init } } : {}),
        // A checkpoint after the first step holds the moments to compare.
        save_strategy: 'steps',
        save_steps: 1,
      });
      const { code, stderr, events } = await train(runDir);
      assert.equal(code, 0, stderr);

      const worst: Record<string, number> = {};
      const compare = (what: string, key: string, ours: number | undefined, theirs: number) => {
        assert.ok(ours !== undefined, `${what}: ${key} is missing`);
        const { relative, floor } = tolerances[key.replace(/^eval_/, '')] ?? usual;
        const difference = Math.abs(ours - theirs);
        worst[key] = Math.max(worst[key] ?? 0, difference);
        assert.ok(difference <= relative * Math.max(Math.abs(ours), Math.abs(theirs)) + floor, `${what}: ${key} is ${ours}, TRL's ${theirs}`);
      };

      const lines = (await readFile(join(trace, 'metrics.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, number>);
      const metrics = new Map(metricsOf(events).map((event) => [event.step, { ...event.metrics, epoch: event.epoch } as Record<string, number>]));
      const evaluations = new Map(evaluationsOf(events).map((event) => [event.step, { ...event.metrics, epoch: event.epoch } as Record<string, number>]));
      const last = events.at(-1)!;
      assert.ok(last.type === 'finished' && last.status === 'completed');
      let logged = 0;
      let evaluated = 0;
      for (const { step, ...values } of lines) {
        const kind = 'train_loss' in values ? 'summary' : 'eval_loss' in values ? 'evaluation' : 'log';
        const ours = kind === 'summary' ? last.metrics : kind === 'evaluation' ? evaluations.get(step!) : metrics.get(step!);
        assert.ok(ours, `step ${step} has a ${kind}`);
        for (const [key, value] of Object.entries(values)) compare(`step ${step}`, key, ours[key], value);
        if (kind === 'log') logged++;
        if (kind === 'evaluation') evaluated++;
      }
      assert.equal(metrics.size, logged, 'as many logs as TRL wrote');
      assert.equal(evaluations.size, evaluated, 'as many evaluations as TRL made');

      const moments = JSON.parse(await readFile(join(trace, 'moments.json'), 'utf8')) as { first: Moments; last: Moments };
      const steps = last.step;
      for (const [when, theirs] of [[1, moments.first], [steps, moments.last]] as const) {
        const ours = await readTensors(join(runDir, `checkpoints/step-${String(when).padStart(6, '0')}/optimizer.safetensors`));
        assert.equal(ours.size, 2 * Object.keys(theirs).length, 'the same parameters train');
        for (const [parameter, pair] of Object.entries(theirs)) {
          for (const [moment, samples] of Object.entries(pair)) {
            const values = ours.get(`${parameter}.${moment}`);
            assert.ok(values, `${parameter}.${moment} is there`);
            // Entries near zero are sums that cancel: they are compared against the size of the whole tensor.
            const scale = samples.norm / Math.sqrt(values.length);
            const relative = when === 1 ? 2e-5 : 1e-3;
            samples.at.forEach((at, i) => {
              const difference = Math.abs(values[at]! - samples.values[i]!);
              worst[`${moment}@${when === 1 ? 'first' : 'last'}`] = Math.max(worst[`${moment}@${when === 1 ? 'first' : 'last'}`] ?? 0, difference / (scale || 1));
              assert.ok(difference <= relative * Math.max(Math.abs(samples.values[i]!), scale) + 1e-12, `${parameter}.${moment}[${at}] after step ${when} is ${values[at]}, torch's ${samples.values[i]}`);
            });
          }
        }
      }

      const theirs = await readTensors(join(trace, 'weights_final.safetensors'));
      const ours = await readTensors(join(runDir, 'final', adapter ? 'adapter_model.safetensors' : 'model.safetensors'));
      let furthest = 0;
      for (const [parameter, values] of theirs) {
        const mine = ours.get(parameter);
        assert.ok(mine && mine.length === values.length, `${parameter} was saved`);
        for (let i = 0; i < values.length; i++) furthest = Math.max(furthest, Math.abs(mine[i]! - values[i]!));
      }
      t.diagnostic(`largest deviations: ${Object.entries({ ...worst, weights: furthest }).map(([key, value]) => `${key} ${value.toExponential(1)}`).join(', ')}`);
      assert.ok(furthest <= weightTolerance, `final weights differ by up to ${furthest}`);
    });
  });
}
