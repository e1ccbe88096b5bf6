/** Measures TRL, a plain PyTorch loop or transformers' generate: a Python process that prints a line for each step. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { meterProcess } from './processMeter.ts';
import type { Job, Measured } from './job.ts';
import type { MeasuredStep } from './samples.ts';

/** `python` is of an environment with TRL; what it says goes to `log` too. */
export async function measureTheirs(job: Job, { python, work, log, cpus }: { python: string; work: string; log: string; cpus: number }): Promise<Measured> {
  const kind = job.side === 'pytorch' ? 'plain' : job.kind;
  const wanted = job.warmup + job.steps;
  const began = performance.now();
  const order = { kind, model: job.model, dataset: job.dataset, work, threads: cpus, steps: wanted + 1, settings: job.settings, lora: job.lora && { r: job.lora.r, lora_alpha: job.lora.alpha, lora_dropout: 0, target_modules: job.lora.targets } };
  const child = spawn(python, ['-B', 'src/build/bench/theirs.py', JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...job.env } });
  const exited = once(child, 'exit');
  const file = createWriteStream(log);
  child.stderr.pipe(file);
  const steps: MeasuredStep[] = [];
  let device = '';
  let firstStepSeconds = NaN;
  let meter: ReturnType<typeof meterProcess> | undefined;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      file.write(`${line}\n`);
      if (line.startsWith('READY ')) {
        device = (JSON.parse(line.slice(6)) as { device: string }).device;
        meter = meterProcess(child.pid!, cpus);
      } else if (line.startsWith('STEP ')) {
        if (steps.push(JSON.parse(line.slice(5)) as MeasuredStep) === 1) firstStepSeconds = (performance.now() - began) / 1000;
        if (steps.length === wanted) return { device, steps: steps.slice(job.warmup), firstStepSeconds, ...meter!() };
      }
    }
    throw new Error(`${kind} ended after ${steps.length} of ${wanted} steps; see ${log}.`);
  } finally {
    child.kill('SIGKILL');
    await exited;
    file.end();
  }
}
