/** Kills a trainer at random instants, over and over: after each kill the history is readable and the newest checkpoint whole; a run that got to its end is the same as one that was never killed. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../core/abort.ts';
import { createRng } from '../../core/rng.ts';
import { newestCheckpoint } from '../../main/trainer/checkpoints.ts';
import { createNewRun } from '../../node/newRun.ts';
import { runStatus } from '../../node/runDirectory.ts';
import { openWeightsFile } from '../../node/weightsFile.ts';
import { createEventReader } from '../../run/event.ts';
import { createRunView } from '../../run/series.ts';
import { runPaths } from '../../run/directory.ts';
import type { ResolvedSpec } from '../../run/spec.ts';

export interface KillOptions {
  /** dist/ with trainer.js. */
  distDir: string;
  /** A short run that logs every step; its output_dir is left out of account. */
  spec: ResolvedSpec;
  /** An empty folder. */
  work: string;
  kills: number;
  seed: number;
  /** Told after each kill. */
  progress?: (done: number) => void;
}

export interface KillReport {
  kills: number;
  /** Kills by what the trainer was doing: loading, training, writing a checkpoint (a half-written one was there). */
  at: Record<'loading' | 'training' | 'saving', number>;
  /** Runs that came to their end, each compared with the uninterrupted one. */
  completed: number;
  /** Lines of events.jsonl that were torn. */
  torn: number;
  checkpoints: number;
}

export async function killLoop({ distDir, spec, work, kills, seed, progress }: KillOptions): Promise<KillReport> {
  const rng = createRng(seed);
  const report: KillReport = { kills: 0, at: { loading: 0, training: 0, saving: 0 }, completed: 0, torn: 0, checkpoints: 0 };
  const newRun = (name: string) => createNewRun({ spec: { ...spec, output_dir: join(work, name) }, specFile: null, distDir, overwrite: false });
  const start = (dir: string) => {
    const child = spawn(process.execPath, [join(distDir, 'trainer.js'), dir], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<{ code: number | null; stderr: string }>((done) => child.once('close', (code) => done({ code, stderr })));
    return { child, ended };
  };

  const whole = await newRun('whole');
  const began = Date.now();
  const reference = await start(whole).ended;
  assert.equal(reference.code, 0, reference.stderr);
  const life = Date.now() - began;

  for (let run = 0; report.kills < kills; run++) {
    const dir = await newRun(`run-${run}`);
    const { checkpoints } = runPaths(dir);
    let newest = 0;
    let starts = 0;
    for (;;) {
      const { child, ended } = start(dir);
      let done: Awaited<typeof ended> | undefined;
      void ended.then((value) => (done = value));
      // Half of the kills wait for a checkpoint that is being written, the others for nothing.
      const wait = rng.next() * life * 0.8;
      const forSaving = rng.next() < 0.5;
      const until = Date.now() + wait;
      while (!done && Date.now() < until) await sleep(Math.min(5, until - Date.now()));
      while (forSaving && !done && !isWriting(checkpoints)) await sleep(1);
      if (forSaving && !done) await sleep(rng.next() * 6);
      const writing = isWriting(checkpoints);
      if (!done && report.kills < kills) child.kill('SIGKILL');
      const { code, stderr } = await ended;
      if (code === null) report.kills++;
      if (code !== null || (await runStatus(dir)) === 'completed') {
        assert.equal(code ?? 0, 0, stderr);
        await requireSameRun(whole, dir);
        report.completed++;
        break;
      }
      const { step, torn, started } = await requireUsable(dir, newest);
      report.at[writing ? 'saving' : started > starts ? 'training' : 'loading']++;
      starts = started;
      report.torn = Math.max(report.torn, torn);
      if (step > newest) report.checkpoints++;
      newest = step;
      progress?.(report.kills);
    }
  }
  return report;
}

function isWriting(checkpoints: string): boolean {
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.tmp'));
}

/** Throws when a reader could not make sense of the directory, or a trainer could not go on from where it was. */
async function requireUsable(dir: string, before: number): Promise<{ step: number; torn: number; started: number }> {
  const { events } = runPaths(dir);
  const reader = createEventReader();
  const view = createRunView();
  const all = existsSync(events) ? reader.feed(readFileSync(events, 'utf8')) : [];
  view.add(all);
  const status = await runStatus(dir);
  assert.ok(status === 'created' || status === 'stale', `its status is ${status}`);
  const warnings: string[] = [];
  const checkpoint = await newestCheckpoint(dir, { following: false }, (message) => warnings.push(message));
  assert.deepEqual(warnings, [], 'the newest checkpoint is whole');
  const step = checkpoint?.state.step ?? 0;
  assert.ok(step >= before, `the newest checkpoint was of step ${before} and is of step ${step}`);
  if (checkpoint) {
    for (const weights of [checkpoint.weights, checkpoint.optimizer]) for (const name of weights.names) assert.ok((await weights.read(name)).every(Number.isFinite), `${checkpoint.name}: ${name} has numbers`);
    await checkpoint.close();
    const logged = new Set(all.flatMap((event) => (event.type === 'metrics' ? [event.step] : [])));
    for (let at = 1; at <= step; at++) assert.ok(logged.has(at), `the history has step ${at} of ${step}`);
  }
  return { step, torn: reader.skipped, started: all.filter((event) => event.type === 'started').length };
}

async function requireSameRun(whole: string, dir: string): Promise<void> {
  const losses = (run: string) => {
    const view = createRunView();
    view.add(createEventReader().feed(readFileSync(runPaths(run).events, 'utf8')));
    return view.points('loss', 1_000_000);
  };
  assert.deepEqual(losses(dir), losses(whole), 'the same losses');
  assert.equal(await runStatus(dir), 'completed');
  for (const file of readdirSync(runPaths(whole).final).filter((name) => name.endsWith('.safetensors'))) {
    const [a, b] = [await openWeightsFile(join(runPaths(whole).final, file)), await openWeightsFile(join(runPaths(dir).final, file))];
    for (const name of a.names) assert.deepEqual(await b.read(name), await a.read(name), name);
    await a.close();
    await b.close();
  }
}
