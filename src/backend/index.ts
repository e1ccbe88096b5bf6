/** Opens a backend by name, or the fastest that works here, once per process. */

import './gradients.ts';
import { defineRegistry } from '../core/registry.ts';
import { UnusableBackend, type Backend, type BackendId, type BackendOptions, type BackendSlot } from './backend.ts';
import { chooseFastest, type BackendKind, type ChosenBackend, type PassedOver } from './choose.ts';
import { cpuSlot } from './cpu.ts';
import { measureMatmul } from './measureMatmul.ts';
import { tensorflowSlot } from './tensorflow/slot.ts';
import { wasmSlot } from './wasm/slot.ts';
import { webgpuSlot } from './webgpu/slot.ts';

export type { Backend, BackendId, BackendOptions } from './backend.ts';
export type { ChosenBackend, PassedOver } from './choose.ts';

export const backends = defineRegistry<BackendId, BackendSlot>('backend', [tensorflowSlot, webgpuSlot, wasmSlot, cpuSlot]);

/** What `backend: auto` takes, fastest first; WebGPU only where it is (`yieldsTo`). The reference in plain JavaScript is never taken. */
const fastestFirst: readonly BackendKind[] = [
  { name: 'tensorflow', gpu: true },
  { name: 'webgpu', gpu: true },
  { name: 'tensorflow', gpu: false },
  { name: 'wasm', gpu: false },
];

/** Where `auto` has it in its order; null: it never takes it. */
export function speedRank({ name, gpu }: BackendKind): number | null {
  const rank = fastestFirst.findIndex((kind) => kind.name === name && kind.gpu === gpu);
  return rank < 0 ? null : rank;
}

export async function openBackend(name: 'auto' | BackendId | (string & {}), options: BackendOptions = {}): Promise<Backend> {
  return (await chooseBackend(name, options)).backend;
}

/**
 * `auto` goes on to the next where one cannot be opened, and warns where that was no more than broken. A backend that was named throws a
 * UserError with the reason and the next step.
 */
export async function chooseBackend(name: 'auto' | BackendId | (string & {}), options: BackendOptions = {}, passedOver: PassedOver = new Map()): Promise<ChosenBackend> {
  if (name === 'auto') return chooseFastest({ slot: (id) => backends.get(id), fastestFirst, measure: measureMatmul }, options, passedOver);
  const slot = backends.find(name);
  const problem = slot.unusable(options);
  if (problem) throw new UnusableBackend(slot.id, withoutIt(problem));
  options.opening?.(slot.id);
  try {
    return { backend: await slot.open(options), passedOver, reason: 'named in the settings' };
  } catch (error) {
    throw error instanceof UnusableBackend ? new UnusableBackend(slot.id, withoutIt(error.problem)) : error;
  }
}

function withoutIt<T extends { next: string }>(problem: T): T {
  return { ...problem, next: `${problem.next} Or take \`backend: auto\`, which uses what works here.` };
}
