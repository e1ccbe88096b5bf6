/** Runs the built trainer on a spec as the CLI does, for the suites that look at its numbers from outside. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openFileSource } from '../src/node/fileSource.ts';
import { createRun, readEvents } from '../src/node/runDirectory.ts';
import { loadSpec, requireSpec } from '../src/node/specFile.ts';
import { openWeightsFile } from '../src/node/weightsFile.ts';
import { runPaths } from '../src/run/directory.ts';
import { newRunRecord } from '../src/run/newRun.ts';
import type { EvaluationEvent, MetricsEvent, RunEvent } from '../src/run/event.ts';

export const trainerProgram = resolve('dist/trainer.js');

/** A folder that is gone when the test is. */
export async function temporaryFolder(t: { after(f: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'posttrain-train-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Creates the run directory from a spec with absolute paths. Returns the directory. */
export async function newRun(folder: string, spec: Record<string, unknown>): Promise<string> {
  const file = join(folder, 'run.posttrain.json');
  await writeFile(file, JSON.stringify({ output_dir: join(folder, 'run'), backend: 'wasm', ...spec }));
  const loaded = await loadSpec(file, { cwd: folder, toStart: true });
  const resolved = requireSpec(loaded, folder);
  await createRun(resolved.output_dir, await newRunRecord({ spec: resolved, specFile: file, versions: {} }, openFileSource), { overwrite: loaded.overwrite });
  return resolved.output_dir;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  events: RunEvent[];
}

/** Starts the trainer; `during` may send it a signal or kill it. */
export async function train(runDir: string, options: { args?: string[]; env?: Record<string, string>; during?: (pid: number) => Promise<void> } = {}): Promise<Ended> {
  assert.ok(existsSync(trainerProgram), 'dist/trainer.js is built (npm run build)');
  const child = spawn(process.execPath, [trainerProgram, runDir, ...(options.args ?? [])], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...options.env } });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => child.once('close', (code, signal) => done({ code, signal })));
  await options.during?.(child.pid!);
  const { code, signal } = await ended;
  return { code, signal, stderr, events: existsSync(runPaths(runDir).events) ? await readEvents(runPaths(runDir).events) : [] };
}

export function metricsOf(events: readonly RunEvent[]): MetricsEvent[] {
  return events.filter((event): event is MetricsEvent => event.type === 'metrics');
}

export function evaluationsOf(events: readonly RunEvent[]): EvaluationEvent[] {
  return events.filter((event): event is EvaluationEvent => event.type === 'evaluation');
}

/** Every tensor of a safetensors file. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const file = await openWeightsFile(path);
  try {
    const tensors = new Map<string, Float32Array>();
    for (const name of file.names) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}
