/** Trainer processes: started and awaited, their failure told in words, stopped through files, alive without their starter. */

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { sleep } from '../../../src/core/abort.ts';
import { connectPeer } from '../../../src/protocol/rpc.ts';
import type { TrainerClientContract, TrainerContract } from '../../../src/protocol/trainer.ts';
import { createNewRun } from '../../../src/node/newRun.ts';
import { findNode } from '../../../src/node/nodeProgram.ts';
import { isAlive } from '../../../src/node/processIdentity.ts';
import { inspectLock, readEvents, runStatus } from '../../../src/node/runDirectory.ts';
import { loadSpec, requireSpec } from '../../../src/node/specFile.ts';
import { failureText, lastLogLines, startServe, startTrainer, stopTrainer } from '../../../src/node/trainerProcess.ts';
import { buildPrograms, writeSpec } from '../../fixtures/run/programs.ts';

const programs = buildPrograms();
// A trainer does not keep its starter alive: while a test waits for its end, this does.
const alive = setInterval(() => undefined, 60_000);
after(() => clearInterval(alive));
let runs = 0;
async function newRun(more: Record<string, number> = {}): Promise<string> {
  const loaded = await loadSpec(writeSpec(programs.folder, `run${++runs}`, more), { cwd: programs.folder, toStart: true });
  return createNewRun({ spec: requireSpec(loaded, programs.folder), specFile: loaded.file, distDir: join(programs.folder, 'dist'), overwrite: false });
}
async function withMode<T>(mode: string, run: () => Promise<T>): Promise<T> {
  process.env.FAKE_TRAINER = mode;
  try {
    return await run();
  } finally {
    delete process.env.FAKE_TRAINER;
  }
}
const exists = async (pid: number) => {
  await sleep(20);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('startTrainer', () => {
  test('resolves when it trains; stopTrainer ends it with a checkpoint; it can be resumed', async () => {
    const runDir = await newRun({ max_steps: 100_000 });
    const { pid, started, process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
    assert.equal(started.pid, pid);
    assert.notEqual(trainer.pid, pid, 'another process waits for its end');
    assert.equal(await runStatus(runDir), 'running');
    await assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), /another trainer works here/);
    assert.equal(await stopTrainer(runDir, { pollMs: 20 }), true);
    assert.deepEqual(await trainer.exited, { code: 130, signal: null });
    assert.equal(await runStatus(runDir), 'stopped');
    assert.equal(await stopTrainer(runDir), false);
    const again = await startTrainer({ trainerPath: programs.trainer, runDir, resume: true });
    assert.ok(again.started.resumed_from! >= 1);
    await stopTrainer(runDir, { pollMs: 20 });
    await again.process.exited;
  });
  test('a failure before training is told as the trainer told it', async () => {
    const runDir = await newRun();
    await withMode('fail', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), { name: 'UserError', message: 'data/train.jsonl has no row to train on.' }));
  });
  test('a crash is told with the last words of its log', async () => {
    const runDir = await newRun();
    await withMode('crash', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), (error: Error) => error.name === 'UserError' && /code 7/.test(error.message) && /Segmentation fault, or so/.test(error.message) && error.message.includes('log.txt')));
    assert.match((await lastLogLines(runDir, 1))[0]!, /^Failed: The trainer ended with code 7\. .*Segmentation fault, or so$/);
  });
  test('a failure that could only be printed is told alone, and not again at the next one', async () => {
    const runDir = await newRun();
    await withMode('last-word', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), { name: 'UserError', message: 'events.jsonl: the disk is full. Free some space and try again; a run can be resumed.' }));
    await withMode('crash', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), (error: Error) => /Segmentation fault/.test(error.message) && !/disk/.test(error.message)));
  });
  test('what was said of steps is not why it ended', async () => {
    const runDir = await newRun();
    writeFileSync(join(runDir, 'log.txt'), 'Opening the backend wasm\nsft on wasm (WebAssembly): the fastest that works here. Model m\n3 rows, 40 tokens, 9 steps\nstep 1  loss 3\nout of cheese\nstep 2  loss 2\n');
    assert.match(await failureText(runDir, undefined, { code: 9, signal: null }), /^The trainer ended with code 9\. Its last words \(.*log\.txt\): out of cheese$/);
  });
  test('waiting for a slow start can be cancelled, and the process goes', async () => {
    const runDir = await newRun();
    await withMode('slow-start', async () => {
      const abort = new AbortController();
      const starting = startTrainer({ trainerPath: programs.trainer, runDir, signal: abort.signal });
      for (let i = 0; i < 200 && (await inspectLock(runDir)).state !== 'held'; i++) await sleep(20);
      const { record } = await inspectLock(runDir);
      abort.abort();
      await assert.rejects(starting, { name: 'Cancelled' });
      await sleep(100);
      assert.equal(await isAlive(record!), false);
      assert.equal((await inspectLock(runDir)).state, 'stale', 'whoever ends it on purpose need not be told why it ended');
    });
  });
  test('not built, or a Node that is none', async () => {
    const runDir = await newRun();
    await assert.rejects(startTrainer({ trainerPath: join(programs.folder, 'nowhere.js'), runDir }), /npm run build/);
    await assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir, node: { command: join(programs.folder, 'no-node'), env: {}, version: '', electron: false, source: '' } }), { name: 'UserError' });
  });
  test('a trainer that does not answer is ended when asked to', async () => {
    const runDir = await newRun({ max_steps: 1_000_000 });
    await withMode('deaf', async () => {
      const { pid, process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
      assert.equal(await stopTrainer(runDir, { killAfterMs: 200, pollMs: 20 }), true);
      assert.equal(await exists(pid), false);
      await trainer.exited;
      assert.equal(await runStatus(runDir), 'failed');
    });
  });
  test('a killed run has failed, with the reason, and goes on behind its torn line', async () => {
    const runDir = await newRun();
    await withMode('die', async () => {
      const { process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
      assert.deepEqual(await trainer.exited, { code: 1, signal: null });
    });
    assert.equal(await runStatus(runDir), 'failed');
    assert.equal((await inspectLock(runDir)).state, 'free');
    const end = (await readEvents(join(runDir, 'events.jsonl'))).at(-1)!;
    assert.ok(end.type === 'finished' && end.step === 3 && /^The trainer was ended .*SIGKILL/.test(end.message), JSON.stringify(end));
    const again = await startTrainer({ trainerPath: programs.trainer, runDir, resume: true });
    await again.process.exited;
    assert.equal(await runStatus(runDir), 'completed');
    assert.equal((await readEvents(join(runDir, 'events.jsonl'))).filter((e) => e.type === 'started').length, 2);
  });
});

describe('a trainer that crashes', { skip: process.platform === 'win32' ? 'Windows has no signals: run it on Linux or macOS' : false }, () => {
  const crash = async (mode: string) => {
    const runDir = await newRun();
    process.env.FAKE_BACKEND = 'tensorflow';
    try {
      const node = { ...(await findNode()), env: (mode === 'heap' ? { NODE_OPTIONS: '--max-old-space-size=64' } : {}) as Record<string, string> };
      const { process: trainer } = await withMode(mode, () => startTrainer({ trainerPath: programs.trainer, runDir, node }));
      await trainer.exited;
    } finally {
      delete process.env.FAKE_BACKEND;
    }
    const end = (await readEvents(join(runDir, 'events.jsonl'))).at(-1)!;
    assert.ok(end.type === 'finished' && end.status === 'failed', JSON.stringify(end));
    assert.equal(end.step, 3);
    assert.equal((await inspectLock(runDir)).state, 'free');
    assert.equal((await lastLogLines(runDir, 1))[0], `Failed: ${end.message}`, 'the log says it too');
    return end.message;
  };
  for (const [mode, words] of [
    ['segfault', /^Native TensorFlow crashed \(SIGSEGV\)\. If it happens again, repair its set-up or take `backend: wasm`\.$/],
    ['abort', /^Native TensorFlow crashed \(SIGABRT\)\./],
    ['check', /^Native TensorFlow crashed \(SIGABRT\): .*Check failed: NDIMS == dims\(\) \(2 vs\. 1\)\./],
    ['bad-alloc', /^The trainer could not get the memory that it needs \(SIGABRT\)\. Take a smaller per_device_train_batch_size/],
    ['heap', /^The trainer ran out of the memory that Node gives to JavaScript \(FATAL ERROR: .*heap.*\)\. Give it more with NODE_OPTIONS/],
  ] as const) {
    test(mode, async () => assert.match(await crash(mode), words));
  }

  test('while it opens its backend: the start fails with that, and so does the run', async () => {
    const runDir = await newRun();
    const message = 'Native TensorFlow crashed (SIGSEGV). If it happens again, repair its set-up or take `backend: wasm`.';
    await withMode('crash-opening', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), { name: 'UserError', message }));
    assert.equal(await runStatus(runDir), 'failed');
  });

  test('after its window is gone: whoever waits for its end is a process of its own', async () => {
    const runDir = await newRun({ max_steps: 1_000_000 });
    const starter = `import { startTrainer } from ${JSON.stringify(join(process.cwd(), 'src/node/trainerProcess.ts'))};
startTrainer(${JSON.stringify({ trainerPath: programs.trainer, runDir })}).then(() => process.exit(0));`;
    const program = join(programs.folder, 'starter.js');
    buildSync({ stdin: { contents: starter, resolveDir: process.cwd(), loader: 'ts' }, outfile: program, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
    execFileSync(process.execPath, [program]);
    const { record } = await inspectLock(runDir);
    process.kill(record!.pid, 'SIGSEGV');
    for (let i = 0; i < 300 && (await runStatus(runDir)) !== 'failed'; i++) await sleep(20);
    const end = (await readEvents(join(runDir, 'events.jsonl'))).at(-1)!;
    assert.ok(end.type === 'finished' && /crashed \(SIGSEGV\)/.test(end.message), JSON.stringify(end));
  });

  test('a run that another trainer took over is left alone', async () => {
    const runDir = await newRun({ max_steps: 1_000_000 });
    const { pid, process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
    const lock = join(runDir, 'lock');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(`"pid":${pid}`, `"pid":${process.pid}`));
    process.kill(pid, 'SIGKILL');
    await trainer.exited;
    assert.ok(!(await readEvents(join(runDir, 'events.jsonl'))).some(({ type }) => type === 'finished'));
    assert.ok(existsSync(lock));
    assert.match((await lastLogLines(runDir, 1))[0]!, /^Failed: The trainer was ended/);
  });

  test('SIGTERM to the process that waits is a request to stop', async () => {
    const runDir = await newRun({ max_steps: 1_000_000 });
    const { process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
    process.kill(trainer.pid, 'SIGTERM');
    assert.deepEqual(await trainer.exited, { code: 130, signal: null });
    assert.equal(await runStatus(runDir), 'stopped');
  });
});

test('startServe answers requests and ends with its input', async () => {
  const server = await startServe({ trainerPath: programs.trainer });
  const peer = connectPeer<TrainerClientContract, TrainerContract>(server.port, {}, {});
  await peer.ready;
  const { completions } = await peer.request('generate', { model: 'm', prompts: ['hello'] });
  assert.equal(completions[0]!.completion, 'HELLO');
  peer.dispose();
  server.dispose();
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  assert.deepEqual(server.log(), ['serving']);
});

test('a process that answers and is killed says so, with what helps there', { skip: process.platform === 'win32' ? 'Windows has no signals: run it on Linux or macOS' : false }, async () => {
  const server = await startServe({ trainerPath: programs.trainer });
  process.kill(server.pid, 'SIGKILL');
  assert.equal(await server.endWords(), 'The process that answers was ended by the system: probably out of memory (SIGKILL). Take a smaller model or a shorter prompt, or close other programs.');
});

test('a process that answers computes with what it is told, and says how to take another', { skip: process.platform === 'win32' ? 'Windows has no signals: run it on Linux or macOS' : false }, async () => {
  for (const backend of [undefined, 'webgpu']) {
    const server = await startServe({ trainerPath: programs.trainer, backend, otherBackend: 'take `--backend wasm`' });
    const peer = connectPeer<TrainerClientContract, TrainerContract>(server.port, {}, {});
    assert.equal((await peer.request('load', { dir: 'm' })).backend, backend ?? 'auto');
    peer.dispose();
    process.kill(server.pid, 'SIGILL');
    assert.match(await server.endWords(), /crashed \(SIGILL\): this processor lacks an instruction that it was made with\. Instead, take `--backend wasm`\.$/);
  }
});

describe('findNode', () => {
  test('is this process under a real Node', async () => {
    const node = await findNode();
    assert.equal(node.command, process.execPath);
    assert.equal(node.electron, false);
  });
  test('takes what the user chose, and says when that is none', { skip: process.platform === 'win32' }, async () => {
    assert.equal((await findNode(process.execPath)).source, 'the setting posttrain.node.path');
    await assert.rejects(findNode('/no/such/node'), /posttrain\.node\.path.*cannot be run|cannot be run.*/);
    const fake = join(programs.folder, 'old-node');
    writeFileSync(fake, '#!/bin/sh\necho \'["18.20.0", false]\'\n');
    chmodSync(fake, 0o755);
    process.env.POSTTRAIN_NODE = fake;
    await assert.rejects(findNode(), /POSTTRAIN_NODE.*is Node 18\.20\.0, which is too old/);
    delete process.env.POSTTRAIN_NODE;
    assert.ok(existsSync(fake));
  });
  test('can be given up while a program does not answer', { skip: process.platform === 'win32' }, async () => {
    const slow = join(programs.folder, 'slow-node');
    writeFileSync(slow, '#!/bin/sh\nexec sleep 14\n');
    chmodSync(slow, 0o755);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    const began = Date.now();
    await assert.rejects(findNode(slow, abort.signal), { name: 'Cancelled' });
    assert.ok(Date.now() - began < 5000, `after ${Date.now() - began} ms`);
  });
});
