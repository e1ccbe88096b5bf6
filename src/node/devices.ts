/** What can compute on this machine. The trainer program looks, because only it loads tensor libraries. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { NodeProgram } from './nodeProgram.ts';

export interface Device {
  backend: string;
  usable: boolean;
  /** Why not; empty when it is. */
  reason: string;
  device: string;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
}

/** One after the other, as they are found. */
export async function* findDevices(node: NodeProgram, trainerPath: string, signal?: AbortSignal): AsyncGenerator<Device> {
  const child = spawn(node.command, [trainerPath, '--devices'], { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  const exited = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  exited.catch(() => undefined);
  const end = () => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const device = parseDevice(line);
      if (device) yield device;
    }
    const code = await exited;
    throwIfAborted(signal);
    if (code !== 0) throw new UserError(`The backends could not be looked at: ${errors.trim().split('\n').at(-1) || `the trainer ended with code ${code}`}.`, 'devices');
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}

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
  return {
    backend: raw.backend,
    usable: raw.usable,
    reason: text(raw.reason),
    device: text(raw.device),
    memoryBytes: typeof raw.memoryBytes === 'number' ? raw.memoryBytes : null,
    probe: typeof raw.probe?.matmulGflops === 'number' ? { matmulGflops: raw.probe.matmulGflops } : null,
  };
}
