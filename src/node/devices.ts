/** What can compute on this machine. The trainer program looks at each backend in a process of its own: one that crashes or hangs takes no other down. */

import type { Device } from '../protocol/devicesView.ts';
import { setupTargets } from '../protocol/setup.ts';
import type { NodeProgram } from './nodeProgram.ts';
import { trainerReport } from './trainerReport.ts';

export interface DeviceSearch {
  node: NodeProgram;
  /** dist/trainer.js */
  trainerPath: string;
  backends: readonly string[];
  /** A backend that has not answered by then is ended. */
  limitMs?: number;
  signal?: AbortSignal;
}

/** One after the other, so that none slows the other's measurement. */
export async function* findDevices({ backends, ...search }: DeviceSearch): AsyncGenerator<Device> {
  for (const backend of backends) yield await look(backend, search);
}

async function look(backend: string, { limitMs = 60_000, ...search }: Omit<DeviceSearch, 'backends'>): Promise<Device> {
  const parse = (line: string) => {
    const device = parseDevice(line);
    return device?.backend === backend ? device : undefined;
  };
  const answer = await trainerReport({ ...search, limitMs, args: ['--probe', backend], backend, parse });
  if ('report' in answer) return answer.report;
  const setUp = setupTargets.some((target) => target === backend);
  return { ...nothing, backend, setUp, reason: `The look at it ${answer.why.replace(/\.?$/, '.')}${setUp ? ` If it stays so: \`posttrain setup ${backend} --repair\`.` : ''}` };
}

const nothing: Omit<Device, 'backend'> = { usable: false, reason: '', setUp: false, device: '', gpu: false, threads: null, versions: {}, memoryBytes: null, probe: null, rank: null };

/** Undefined for what a library may print between the lines. */
export function parseDevice(line: string): Device | undefined {
  let raw: Partial<Device> | null;
  try {
    raw = JSON.parse(line) as Partial<Device> | null;
  } catch {
    return undefined;
  }
  if (typeof raw?.backend !== 'string' || typeof raw.usable !== 'boolean') return undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const speed = number(raw.probe?.matmulGflops);
  return {
    backend: raw.backend,
    usable: raw.usable,
    reason: text(raw.reason),
    setUp: raw.setUp === true,
    device: text(raw.device),
    gpu: raw.gpu === true,
    threads: number(raw.threads),
    versions: typeof raw.versions === 'object' && raw.versions !== null ? Object.fromEntries(Object.entries(raw.versions).filter(([, version]) => typeof version === 'string')) : {},
    memoryBytes: number(raw.memoryBytes),
    probe: speed === null ? null : { matmulGflops: speed },
    rank: number(raw.rank),
  };
}
