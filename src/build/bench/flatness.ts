/** Whether a long training keeps what it takes: tensors, memory and open files after the first tenth of its steps and at its end. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEventReader, type MetricsEvent } from '../../run/event.ts';
import { makeMaterial } from './material.ts';
import { followRun, newBenchRun } from './ours.ts';
import { statusBytes } from './processMeter.ts';

const steps = 2000;

/** One moment of a run. */
export interface Holding {
  step: number;
  /** What tensors and the optimizer's moments take, to the byte: a tensor that is not freed shows. */
  tensorBytes: number;
  residentBytes: number;
  /** File descriptors. */
  open: number;
}

/** Every two hundred steps. Rows are of many lengths, so that shapes come and go. */
export async function measureFlatness(side: 'tensorflow' | 'wasm', work: string): Promise<Holding[]> {
  const material = await makeMaterial({ work, shape: 'tiny', rows: { kind: 'chat' }, count: 200 });
  const settings = { per_device_train_batch_size: 4, learning_rate: 1e-5, max_length: 64, train_sampling_strategy: 'random' };
  const dir = await newBenchRun({ side, kind: 'sft', ...material, warmup: 0, steps, settings }, join(work, 'run'));
  return followRun(dir, join(work, 'logs', `flat-${side}.log`), async ({ trainerPid, paths, until }) => {
    const held: Omit<Holding, 'tensorBytes'>[] = [];
    for (let step = steps / 10; step <= steps; step += steps / 10) {
      await until(new RegExp(`^step ${step} `, 'm'));
      const pid = await trainerPid();
      held.push({ step, residentBytes: statusBytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS'), open: readdirSync(`/proc/${pid}/fd`).length });
    }
    const events = createEventReader().feed(readFileSync(paths.events, 'utf8'));
    const tensors = new Map(events.filter((event): event is MetricsEvent => event.type === 'metrics').map(({ step, metrics }) => [step, metrics.memory_bytes!]));
    return held.map((holding) => ({ ...holding, tensorBytes: tensors.get(holding.step)! }));
  });
}
