/** Trainer processes: started and awaited, their failure told in words, stopped through files, alive without their starter. */

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../../src/core/abort.ts';
import { connectPeer } from '../../../src/protocol/rpc.ts';
import type { TrainerClientContract, TrainerContract } from '../../../src/protocol/trainer.ts';
import { createNewRun } from '../../../src/node/newRun.ts';
import { findNode } from '../../../src/node/nodeProgram.ts';
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
    assert.deepEqual(await lastLogLines(runDir, 1), ['Segmentation fault, or so']);
  });
  test('a failure that could only be printed is told alone, and not again at the next one', async () => {
    const runDir = await newRun();
    await withMode('last-word', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), { name: 'UserError', message: 'events.jsonl: the disk is full. Free some space and resume.' }));
    await withMode('crash', () => assert.rejects(startTrainer({ trainerPath: programs.trainer, runDir }), (error: Error) => /Segmentation fault/.test(error.message) && !/disk/.test(error.message)));
  });
  test('what was said of steps is not why it ended', async () => {
    const runDir = await newRun();
    writeFileSync(join(runDir, 'log.txt'), 'step 1  loss 3\nout of cheese\nstep 2  loss 2\n');
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
      assert.equal(await exists(record!.pid), false);
      assert.equal((await inspectLock(runDir)).state, 'stale');
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
      const { pid } = await startTrainer({ trainerPath: programs.trainer, runDir });
      assert.equal(await stopTrainer(runDir, { killAfterMs: 200, pollMs: 20 }), true);
      assert.equal(await exists(pid), false);
      assert.equal(await runStatus(runDir), 'stale');
    });
  });
  test('a killed run is stale at once and goes on behind its torn line', async () => {
    const runDir = await newRun();
    await withMode('die', async () => {
      const { process: trainer } = await startTrainer({ trainerPath: programs.trainer, runDir });
      assert.deepEqual(await trainer.exited, { code: null, signal: 'SIGKILL' });
    });
    assert.equal(await runStatus(runDir), 'stale');
    const again = await startTrainer({ trainerPath: programs.trainer, runDir, resume: true });
    await again.process.exited;
    assert.equal(await runStatus(runDir), 'completed');
    assert.equal((await readEvents(join(runDir, 'events.jsonl'))).filter((e) => e.type === 'started').length, 2);
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
