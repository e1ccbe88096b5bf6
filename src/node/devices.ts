/** What can compute on this machine. The trainer program looks at each backend in a process of its own: one that crashes or hangs takes no other down. */

import { spawn } from 'node:child_process';
import { throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { exitWords, type Exit } from './exitWords.ts';
import type { NodeProgram } from './nodeProgram.ts';

export interface Device {
  backend: string;
  usable: boolean;
  /** Why not, and what to do; empty when it is. */
  reason: string;
  /** Its set-up would help. */
  setUp: boolean;
  device: string;
  /** It computes on a graphics card. */
  gpu: boolean;
  threads: number | null;
  versions: Record<string, string>;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
  /** `backend: auto` takes the lowest; null: never. */
  rank: number | null;
}

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

async function look(backend: string, { node, trainerPath, limitMs = 60_000, signal }: Omit<DeviceSearch, 'backends'>): Promise<Device> {
  throwIfAborted(signal);
  const child = spawn(node.command, [trainerPath, '--probe', backend], { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-8000)));
  let silent = false;
  const end = () => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    silent = true;
    end();
  }, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const exit = await new Promise<Exit>((resolve, reject) => {
      child.once('close', (code, by) => resolve({ code, signal: by }));
      child.once('error', (error) => reject(new UserError(`${node.command} could not be started: ${error.message}.`, 'devices')));
    });
    throwIfAborted(signal);
    const device = output.split('\n').map(parseDevice).findLast((found) => found?.backend === backend);
    if (device) return device;
    const lines = errors.split('\n').map((line) => line.trim()).filter(Boolean);
    const { text, certain } = exitWords(exit, { who: 'its process', backend, lines });
    const why = silent ? `The look at it had no answer within ${Math.round(limitMs / 1000)} seconds and was ended.` : `The look at it had no answer: ${text}${certain || lines.length === 0 ? '' : ` It said: ${lines.at(-1)}`}`;
    return { ...nothing, backend, reason: why };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
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

/** What `backend: auto` takes. */
export function automatic(devices: readonly Device[]): Device | undefined {
  return devices.filter(({ usable, rank }) => usable && rank !== null).sort((a, b) => a.rank! - b.rank!)[0];
}
