/** Replays a recorded TRL run through the trainer process on a backend: metrics of every step, Adam's moments, final weights. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { evaluationsOf, metricsOf, newRun, readTensors, temporaryFolder, train } from '../trainerRun.ts';
import { tolerances, type Deviations, type Tolerances } from './tolerances.ts';

/** `npm run parity:explore` replays runs of its own. */
const here = resolve(process.env.POSTTRAIN_PARITY ?? 'test/parity');
const { cases } = JSON.parse(readFileSync(join(here, 'traces/provenance.json'), 'utf8')) as { cases: string[] };

const hasNoise = (name: string) => existsSync(join(here, 'traces', name, 'noise.safetensors'));
/** The names of the recorded runs; of those with noise apart, which has to be fed in. */
export const traces: readonly string[] = cases.filter((name) => !hasNoise(name));
export const noisyTraces: readonly string[] = cases.filter(hasNoise);

/** A reward is β times a difference of sums over tokens, each exact to some parts in ten million. */
const rewardTolerance = (beta: number, values: Record<string, number>, prefix: string) => ({ relative: 1e-5, floor: beta * 1e-6 * (Math.abs(values[`${prefix}logps/chosen`] ?? 0) + Math.abs(values[`${prefix}logps/rejected`] ?? 0)) });

export interface Recorded {
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
export type Moments = Record<string, { exp_avg: Samples; exp_avg_sq: Samples }>;

export async function recordedOf(name: string): Promise<Recorded> {
  return JSON.parse(await readFile(join(here, 'traces', name, 'spec.json'), 'utf8')) as Recorded;
}

/** Throws where the backend is further from TRL than it may be; else says how far it is at most. */
export async function replayTrace(t: TestContext, name: string, backend: keyof typeof tolerances, env: Record<string, string> = {}): Promise<Deviations> {
  const trace = join(here, 'traces', name);
  const recorded = await recordedOf(name);
  const allowed: Tolerances = tolerances[backend];
  const adapter = recorded.params.use_peft === true;
  const init = join(trace, 'adapter_init.safetensors');
  const folder = await temporaryFolder(t);
  const runDir = await newRun(folder, {
    method: recorded.method,
    backend,
    model_name_or_path: join(here, 'models', recorded.model),
    dataset: join(here, 'data', `${recorded.dataset}.jsonl`),
    ...(recorded.eval_dataset ? { eval_dataset: join(here, 'data', `${recorded.eval_dataset}.jsonl`) } : {}),
    ...recorded.params,
    ...(existsSync(init) ? { lora: { init } } : {}),
    // A checkpoint after the first step holds the moments to compare.
    save_strategy: 'steps',
    save_steps: 1,
  });
  const { code, stderr, events } = await train(runDir, { env });
  assert.equal(code, 0, stderr);

  const worst: Deviations = {};
  const note: Note = (kind, difference) => void (worst[kind] = Math.max(worst[kind] ?? 0, difference));
  const compare = metricComparison(recorded.params, allowed, note);
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
    for (const key of Object.keys(values)) compare(`step ${step}`, key, ours[key], values);
    if (kind === 'log') logged++;
    if (kind === 'evaluation') evaluated++;
  }
  assert.equal(metrics.size, logged, 'as many logs as TRL wrote');
  assert.equal(evaluations.size, evaluated, 'as many evaluations as TRL made');

  const moments = JSON.parse(await readFile(join(trace, 'moments.json'), 'utf8')) as { first: Moments; last: Moments };
  const steps = last.step;
  const momentsAfter = (step: number) => readTensors(join(runDir, `checkpoints/step-${String(step).padStart(6, '0')}/optimizer.safetensors`));
  for (const [when, theirs] of [[1, moments.first], [steps, moments.last]] as const) {
    const ours = await momentsAfter(when);
    compareMoments(ours, theirs, { when: `after step ${when}`, kind: when === 1 ? 'firstMoments' : 'lastMoments', allowed, note });
  }

  // Adam's first moment is m' = β1 m + (1 - β1) g, so two checkpoints tell the gradient between them.
  const beta1 = (recorded.params.adam_beta1 as number | undefined) ?? 0.9;
  const gradients = JSON.parse(await readFile(join(trace, 'gradients.json'), 'utf8')) as Record<string, Record<string, Samples>>;
  for (const [step, parameters] of Object.entries(gradients)) {
    const now = await momentsAfter(Number(step));
    const before = step === '1' ? undefined : await momentsAfter(Number(step) - 1);
    for (const [parameter, samples] of Object.entries(parameters)) {
      const scale = samples.norm / Math.sqrt(now.get(`${parameter}.exp_avg`)!.length);
      const momentum = before ? Math.max(...samples.at.map((at) => Math.abs(before.get(`${parameter}.exp_avg`)![at]!))) : 0;
      samples.at.forEach((at, i) => {
        const mine = (now.get(`${parameter}.exp_avg`)![at]! - beta1 * (before?.get(`${parameter}.exp_avg`)![at] ?? 0)) / (1 - beta1);
        const difference = Math.abs(mine - samples.values[i]!);
        const kind = step === '1' ? 'firstGradient' : 'laterGradients';
        note(kind, difference / Math.max(Math.abs(samples.values[i]!), scale, momentum, 1e-12));
        // What is taken from rounded moments is known to a few parts in ten million of them.
        assert.ok(difference <= allowed[kind] * Math.max(Math.abs(samples.values[i]!), scale) + 3e-6 * momentum + 1e-12, `gradient of ${parameter}[${at}] in step ${step} is ${mine}, torch's ${samples.values[i]}`);
      });
    }
  }

  const ours = await readTensors(join(runDir, 'final', adapter ? 'adapter_model.safetensors' : 'model.safetensors'));
  worst.weights = 0;
  for (const [parameter, values] of await finalWeights(trace)) {
    const mine = ours.get(parameter);
    assert.ok(mine, `${parameter} was saved`);
    for (const [at, value] of values) note('weights', Math.abs(mine[at]! - value));
  }
  assert.ok(worst.weights <= allowed.weights, `final weights differ by up to ${worst.weights}`);
  return worst;
}

/** Keeps the largest of each kind. */
export type Note = (kind: keyof Deviations, difference: number) => void;

/** Compares one metric of ours with that of the recorded values. */
export function metricComparison(params: Recorded['params'], allowed: Tolerances, note: Note): (what: string, name: string, ours: number | undefined, values: Record<string, number>) => void {
  const beta = (params.beta as number | undefined) ?? 0.1;
  return (what, name, ours, values) => {
    const theirs = values[name]!;
    assert.ok(ours !== undefined, `${what}: ${name} is missing`);
    const key = name.replace(/^eval_/, '');
    const prefix = name.slice(0, name.length - key.length);
    // KTO's kl is such a difference too, not times β.
    const { relative, floor } = allowed.metrics[key] ?? (key.startsWith('rewards/') ? rewardTolerance(beta, values, prefix) : key === 'kl' ? rewardTolerance(1, values, prefix) : allowed.metric);
    const difference = Math.abs(ours - theirs);
    // Accuracies move by whole tokens; rewards and what is near zero are known to their floor only.
    if (!/accurac|^rewards|^kl/.test(key) && Math.abs(theirs) > 1e-2) note(key === 'grad_norm' ? 'gradNorm' : 'metric', difference / Math.abs(theirs));
    assert.ok(difference <= relative * Math.max(Math.abs(ours), Math.abs(theirs)) + floor, `${what}: ${name} is ${ours}, TRL's ${theirs}`);
  };
}

export function compareMoments(ours: ReadonlyMap<string, Float32Array>, theirs: Moments, { when, kind, allowed, note }: { when: string; kind: 'firstMoments' | 'lastMoments'; allowed: Tolerances; note: Note }): void {
  assert.equal(ours.size, 2 * Object.keys(theirs).length, 'the same parameters train');
  for (const [parameter, pair] of Object.entries(theirs)) {
    for (const [moment, samples] of Object.entries(pair)) {
      const values = ours.get(`${parameter}.${moment}`);
      assert.ok(values, `${parameter}.${moment} is there`);
      // Entries near zero are sums that cancel: they are compared against the size of the whole tensor.
      const scale = samples.norm / Math.sqrt(values.length);
      samples.at.forEach((at, i) => {
        const difference = Math.abs(values[at]! - samples.values[i]!);
        note(kind, difference / Math.max(Math.abs(samples.values[i]!), scale, 1e-12));
        assert.ok(difference <= allowed[kind] * Math.max(Math.abs(samples.values[i]!), scale) + 1e-12, `${parameter}.${moment}[${at}] ${when} is ${values[at]}, torch's ${samples.values[i]}`);
      });
    }
  }
}

/** Entries of every trained tensor after the last step, by place: all of an adapter, some of a whole model. */
export async function finalWeights(trace: string): Promise<Map<string, [at: number, value: number][]>> {
  const sampled = join(trace, 'weights_final.json');
  if (existsSync(sampled)) {
    const tensors = JSON.parse(await readFile(sampled, 'utf8')) as Record<string, Samples>;
    return new Map(Object.entries(tensors).map(([name, { at, values }]) => [name, at.map((place, i): [number, number] => [place, values[i]!])]));
  }
  return new Map([...(await readTensors(join(trace, 'weights_final.safetensors')))].map(([name, values]) => [name, [...values].map((value, at): [number, number] => [at, value])]));
}
