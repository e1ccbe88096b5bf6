/** What a run computes with, from outside: chosen, said in run.json and in the events, refused where it was named, and gone in the middle of a step. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readEvents, readRun, runStatus, tailEvents } from '../../src/node/runDirectory.ts';
import { startTrainer } from '../../src/node/trainerProcess.ts';
import { runPaths } from '../../src/run/directory.ts';
import { newRun, temporaryFolder, train, trainerProgram } from '../trainerRun.ts';

const spec = { method: 'sft', model_name_or_path: resolve('test/parity/models/tied'), dataset: resolve('test/parity/data/chat.jsonl'), per_device_train_batch_size: 2, max_steps: 3, logging_steps: 1, save_steps: 2, max_length: 128 };

/** A home whose set-up is a file that no loader takes. */
async function brokenHome(folder: string): Promise<string> {
  const home = join(folder, 'home');
  await mkdir(join(home, 'tensorflow'), { recursive: true });
  await writeFile(join(home, 'tensorflow/tfjs_binding.node'), 'half a library');
  return home;
}

test('auto goes on from a set-up that is broken, with a warning, and the run says what it used and why', async (t) => {
  const folder = await temporaryFolder(t);
  const run = await newRun(folder, { ...spec, backend: 'auto' });
  const { code, stderr, events } = await train(run, { env: { POSTTRAIN_HOME: await brokenHome(folder), MALLOC_TOP_PAD_: '268435456' } });
  assert.equal(code, 0, stderr);
  const warning = events.find((event) => event.type === 'warning')!;
  assert.ok(warning.type === 'warning' && warning.code === 'backend', JSON.stringify(warning));
  assert.match(warning.message, /^The tensorflow backend cannot be used: its native library .*tfjs_binding\.node is damaged.*Repair it: `posttrain setup tensorflow --repair`/);
  const started = events.find((event) => event.type === 'started')!;
  assert.ok(started.type === 'started' && started.backend === 'wasm');
  assert.match(started.reason, /^the fastest that works here; tensorflow: its native library/);
  const { backend, device, versions } = await readRun(run);
  assert.deepEqual([backend!.id, backend!.reason, device], ['wasm', started.reason, started.device]);
  assert.ok(backend!.threads >= 1);
  assert.equal(backend!.environment.MALLOC_TOP_PAD_, '268435456');
  assert.ok(versions.tfjs);
});

test('a backend that was named fails with the reason and the next step, before the rows are read', async (t) => {
  const folder = await temporaryFolder(t);
  const run = await newRun(folder, { ...spec, backend: 'tensorflow' });
  const { code, events } = await train(run, { env: { POSTTRAIN_HOME: await brokenHome(folder) } });
  assert.equal(code, 1);
  assert.equal(events.length, 1);
  const end = events[0]!;
  assert.ok(end.type === 'finished' && end.status === 'failed');
  assert.match(end.message, /^The tensorflow backend cannot be used: its native library .* is damaged.*Repair it: .*Or take `backend: auto`/);
});

test('a crash of native code ends the trainer alone: the run says why, and goes on from its checkpoint', { skip: process.platform === 'win32' ? 'Windows has no signals: run it on Linux or macOS' : false }, async (t) => {
  // A trainer does not keep its starter alive: while this test waits for its end, this does.
  const alive = setInterval(() => undefined, 60_000);
  t.after(() => clearInterval(alive));
  const run = await newRun(await temporaryFolder(t), { ...spec, max_steps: 40 });
  const { pid, process: trainer } = await startTrainer({ trainerPath: trainerProgram, runDir: run });
  let saved = false;
  await tailEvents(runPaths(run).events, (events) => void (saved ||= events.some(({ type }) => type === 'checkpoint')), AbortSignal.timeout(60_000), { pollMs: 10, until: () => saved });
  process.kill(pid, 'SIGSEGV');
  await trainer.exited;
  assert.equal(await runStatus(run), 'failed');
  const end = (await readEvents(runPaths(run).events)).at(-1)!;
  assert.ok(end.type === 'finished' && end.step >= 2, JSON.stringify(end));
  assert.equal(end.message, 'Native code crashed (SIGSEGV).', 'without what the trainer had said of its steps');
  assert.match(await readFile(runPaths(run).log, 'utf8'), /^Opening the backend wasm$/m);
  const again = await startTrainer({ trainerPath: trainerProgram, runDir: run, resume: true });
  assert.ok(again.started.resumed_from! >= 2);
  await again.process.exited;
  assert.equal(await runStatus(run), 'completed');
});
