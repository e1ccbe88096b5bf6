/** One case: its sides in turns, so that a machine that becomes slower or faster is so for all of them. */

import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { join } from 'node:path';
import type { BenchCase } from './cases.ts';
import type { Job, Measured } from './job.ts';
import { makeMaterial } from './material.ts';
import { measureOurs } from './ours.ts';
import { bestVariant, rateOf, type Sample } from './samples.ts';
import { measureTheirs } from './theirs.ts';

export interface MeasureOptions {
  work: string;
  python: string;
  tinyModel: string;
  rounds: number;
  files: { chat?: string; preferences?: string };
  /** Only these sides; default all. */
  sides?: readonly string[];
  /** How often a measurement that others spoil is made at most. */
  tries: number;
  /** Added to the environment of every process that is measured. */
  env?: Record<string, string>;
}

/** More of the machine than this, used by others, spoils a measurement. */
const mostOthers = 0.1;

export async function measureCase(one: BenchCase, options: MeasureOptions): Promise<Sample[]> {
  const { rows } = one;
  const file = rows.kind === 'chat' || rows.kind === 'preferences' ? options.files[rows.kind] : undefined;
  const material = await makeMaterial({ work: options.work, shape: one.shape, rows, count: one.count, file });
  const sides = one.sides.filter(({ side }) => !options.sides || options.sides.includes(side));
  const samples: Sample[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const { side, variants } of sides) {
      const known = samples.filter((sample) => sample.side === side);
      // All settings in the first round, the fastest of them in the others.
      const names = round === 0 ? Object.keys(variants) : [bestVariant(known, one.unit)];
      for (const variant of names) {
        if (round === 0) forget(join(material.model, 'model.safetensors'));
        const job: Job = { side, kind: one.kind, ...material, warmup: one.warmup, steps: one.steps, settings: { ...one.settings, ...variants[variant] }, lora: one.lora, env: options.env };
        const name = [one.id, side, variant, round].filter((part) => part !== '').join('-').replaceAll(' ', '-');
        const measured = await measureUndisturbed(job, options, name);
        samples.push({ side, variant, round, ...measured });
        const { others, peakBytes } = measured;
        console.log(`${name}: ${rateOf(samples.slice(-1), one.unit).toFixed(2)} ${one.unit}, ${(peakBytes / 2 ** 20).toFixed(0)} MiB, others used ${(others * 100).toFixed(1)} %`);
      }
    }
  }
  return samples;
}

/** The first round reads the model from the disk, as the first run of a day does; the others find it in memory. */
function forget(file: string): void {
  spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

/** Again where others used the machine; in the end the least disturbed one, which says how much that was. */
async function measureUndisturbed(job: Job, { work, python, tinyModel, tries }: MeasureOptions, name: string): Promise<Measured> {
  const cpus = os.availableParallelism();
  let best: Measured | undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    const log = join(work, 'logs', `${name}${attempt > 0 ? `-again${attempt}` : ''}.log`);
    const ours = job.side === 'tensorflow' || job.side === 'wasm';
    const measured = ours ? await measureOurs(job, { work, log, cpus, tinyModel }) : await measureTheirs(job, { work, python, log, cpus });
    if (!best || measured.others < best.others) best = measured;
    if (best.others <= mostOthers) break;
  }
  return best!;
}
