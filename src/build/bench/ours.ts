/** Measures Posttrain: the built trainer on a run directory, or serving answers, started as the CLI starts them. */

import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sleep } from '../../core/abort.ts';
import { createNewRun } from '../../node/newRun.ts';
import { readRun } from '../../node/runDirectory.ts';
import { inspectLock } from '../../node/runLock.ts';
import { launchTrainer, startServe } from '../../node/trainerProcess.ts';
import { connectPeer } from '../../protocol/rpc.ts';
import type { TrainerClientContract, TrainerContract } from '../../protocol/trainer.ts';
import { runPaths } from '../../run/directory.ts';
import { createEventReader, type MetricsEvent } from '../../run/event.ts';
import { parseRunSpec, resolveRunSpec } from '../../run/spec.ts';
import { meterProcess } from './processMeter.ts';
import type { Job, Measured } from './job.ts';
import type { MeasuredStep } from './samples.ts';

const distDir = resolve('dist');
const trainerPath = join(distDir, 'trainer.js');

export interface OursOptions {
  work: string;
  log: string;
  cpus: number;
  /** A model folder that loads in no time: what a serving process has before its model is measured with it. */
  tinyModel: string;
}

export function measureOurs(job: Job, options: OursOptions): Promise<Measured> {
  return withEnvironment(job.env ?? {}, () => (job.kind === 'generate' ? generate(job, options) : train(job, options)));
}

/** The trainer inherits the environment of its starter. */
async function withEnvironment<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** The run directory of a job, ready for a trainer. */
export function newBenchRun(job: Job, dir: string): Promise<string> {
  const spec = {
    method: job.kind, model_name_or_path: job.model, dataset: job.dataset, output_dir: dir, backend: job.side, logging_steps: 1, save_strategy: 'no', lr_scheduler_type: 'linear',
    max_steps: job.warmup + job.steps + 1, ...job.settings, ...(job.lora && { use_peft: true, lora_r: job.lora.r, lora_alpha: job.lora.alpha, lora_dropout: 0, lora_target_modules: [...job.lora.targets] }),
  };
  const parsed = parseRunSpec(JSON.stringify(spec), { json: true });
  const resolved = resolveRunSpec(parsed, { specDir: '/', cwd: '/' });
  if (!resolved) throw new Error(`The spec of a measurement is wrong: ${parsed.problems.map(({ message }) => message).join(' ')}`);
  return createNewRun({ spec: resolved, specFile: null, distDir, overwrite: true });
}

async function train(job: Job, { work, log, cpus }: OursOptions): Promise<Measured> {
  const wanted = job.warmup + job.steps;
  const dir = await newBenchRun(job, join(work, 'run'));
  return followRun(dir, log, async ({ trainerPid, paths, seconds, until, check }) => {
    // run.json names the device when the tensor library is loaded, and neither rows nor model are.
    while ((await readRun(dir)).device === null) await check();
    const meter = meterProcess(await trainerPid(), cpus);
    await until(/^step 1 /m);
    const firstStepSeconds = seconds();
    await until(new RegExp(`^step ${wanted} `, 'm'));
    const usage = meter();
    const events = createEventReader().feed(readFileSync(paths.events, 'utf8'));
    const metrics = events.filter((event): event is MetricsEvent => event.type === 'metrics').slice(0, wanted);
    const steps = metrics.map(({ metrics: { step_time: took, num_tokens: tokens } }, i): MeasuredStep => ({ seconds: took!, tokens: tokens! - (metrics[i - 1]?.metrics.num_tokens ?? 0), rows: job.settings.per_device_train_batch_size as number }));
    return { device: events.find((event) => event.type === 'started')!.device, steps: steps.slice(job.warmup), firstStepSeconds, ...usage };
  });
}

interface Followed {
  /** Once it has said something: the process that is started first only watches over it. */
  trainerPid(): Promise<number>;
  paths: ReturnType<typeof runPaths>;
  /** Since the process was started. */
  seconds(): number;
  /** Until the log has such words. */
  until(words: RegExp): Promise<void>;
  /** A moment later; throws when the trainer ended. */
  check(): Promise<void>;
}

/** Starts the trainer on a run directory, ends it when `look` is done, and keeps nothing of it but the log. */
export async function followRun<T>(dir: string, log: string, look: (run: Followed) => Promise<T>): Promise<T> {
  const paths = runPaths(dir);
  const began = performance.now();
  const trainer = await launchTrainer({ trainerPath, runDir: dir, foreground: true });
  let ended = false;
  void trainer.exited.then(() => (ended = true));
  const check = async () => {
    if (ended) throw new Error(`The trainer ended early; see ${log}.`);
    await sleep(5);
  };
  const until = async (words: RegExp) => {
    while (!words.test(readFileSync(paths.log, 'utf8'))) await check();
  };
  try {
    return await look({ trainerPid: async () => (await inspectLock(dir)).record!.pid, paths, until, check, seconds: () => (performance.now() - began) / 1000 });
  } finally {
    trainer.kill();
    await trainer.exited;
    copyFileSync(paths.log, log);
    rmSync(dir, { recursive: true, force: true });
  }
}

async function generate(job: Job, { cpus, tinyModel }: OursOptions): Promise<Measured> {
  const began = performance.now();
  const prompts = readFileSync(job.dataset, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text);
  const { batch, max_new_tokens } = job.settings as { batch: number; max_new_tokens: number };
  const server = await startServe({ trainerPath, backend: job.side });
  const peer = connectPeer<TrainerClientContract, TrainerContract>(server.port, {}, { token: () => undefined }, 'bench');
  void server.exited.then(() => peer.dispose());
  try {
    // The backend is opened for the first model.
    const tiny = await peer.request('load', { dir: tinyModel });
    await peer.request('unload', { model: tiny.model });
    const meter = meterProcess(server.pid, cpus);
    const { model, device } = await peer.request('load', { dir: job.model });
    const steps: MeasuredStep[] = [];
    let firstStepSeconds = NaN;
    for (let number = 0; number < job.warmup + job.steps; number++) {
      const some = Array.from({ length: batch }, (_, i) => prompts[(number * batch + i) % prompts.length]!);
      const start = performance.now();
      const { completions } = await peer.request('generate', { model, prompts: some, raw: true, temperature: 1, max_new_tokens, seed: number });
      steps.push({ seconds: (performance.now() - start) / 1000, tokens: completions.reduce((sum, { ids }) => sum + ids.length, 0), rows: batch });
      if (number === 0) firstStepSeconds = (performance.now() - began) / 1000;
    }
    return { device, steps: steps.slice(job.warmup), firstStepSeconds, ...meter() };
  } finally {
    peer.dispose();
    server.dispose();
    await server.exited;
  }
}
