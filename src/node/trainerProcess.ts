/** Starts the trainer as a process of its own that outlives its starter, waits until it really trains, stops it, and talks to one that serves. */

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { Cancelled, sleep } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { Port } from '../protocol/rpc.ts';
import { runPaths } from '../run/directory.ts';
import type { FinishedEvent, StartedEvent } from '../run/event.ts';
import { tailEvents } from './eventFile.ts';
import { exitWords, type Exit } from './exitWords.ts';
import { diskError, errorCode } from './files.ts';
import { findNode, type NodeProgram } from './nodeProgram.ts';
import { ndjsonPort } from './portNdjson.ts';
import { isAlive } from './processIdentity.ts';
import { inspectLock, requireUnlocked } from './runLock.ts';
import { sendRequest, waitingRequests, doneRequest } from './runDirectory.ts';

export type { Exit } from './exitWords.ts';
export { findNode, type NodeProgram } from './nodeProgram.ts';

export interface TrainerOptions {
  /** dist/trainer.js */
  trainerPath: string;
  runDir: string;
  node?: NodeProgram;
  /** Go on from the newest whole checkpoint instead of starting. */
  resume?: boolean;
  /** The trainer stops with a checkpoint when this process is gone. Without it a run outlives its window. */
  foreground?: boolean;
}

export interface TrainerProcess {
  /** Of the supervisor, which waits for the trainer's end. */
  pid: number;
  /** Where in log.txt its words begin. */
  logStart: number;
  /** Resolves when the process ended, however. */
  exited: Promise<Exit>;
  /** Without a checkpoint: for a trainer that does not answer. */
  kill(): void;
}

/** Starts the process, under a supervisor that says how it ended, and does not wait. What it prints goes to log.txt, so that no reader can block it. */
export async function launchTrainer(options: TrainerOptions): Promise<TrainerProcess> {
  const node = options.node ?? (await findNode());
  const { dir, log } = runPaths(options.runDir);
  const supervisor = join(dirname(options.trainerPath), 'supervisor.js');
  for (const program of [supervisor, options.trainerPath]) await requireBuilt(program);
  await requireUnlocked(dir);
  // Requests left over from an earlier process would stop this one at its first step.
  for (const request of await waitingRequests(dir)) await doneRequest(dir, request);
  let fd: number;
  try {
    fd = openSync(log, 'a');
  } catch (error) {
    throw diskError(error, log);
  }
  const logStart = fstatSync(fd).size;
  const args = [supervisor, options.trainerPath, dir, ...(options.resume ? ['--resume'] : []), ...(options.foreground ? ['--foreground'] : [])];
  let child: ChildProcess;
  try {
    // A session of its own: Ctrl+C in the terminal and the end of the window must not reach it.
    child = spawn(node.command, args, { cwd: dir, detached: true, windowsHide: true, stdio: [options.foreground ? 'pipe' : 'ignore', fd, fd], env: { ...process.env, ...node.env } });
  } finally {
    closeSync(fd);
  }
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => reject(new UserError(`${node.command} could not be started: ${error.message}.`, 'trainer-start')));
  });
  exited.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  if (child.pid === undefined) {
    await exited;
    throw new UserError(`${node.command} could not be started.`, 'trainer-start');
  }
  if (!options.foreground) child.unref();
  const { pid } = child;
  return { pid, logStart, exited, kill: () => killBoth(pid) };
}

async function requireBuilt(program: string): Promise<void> {
  await fs.access(program).catch(() => {
    throw new UserError(`${program} is missing. Build Posttrain first: npm run build.`, 'not-built');
  });
}

/** Supervisor and trainer: one process group, and on Windows one job, which ends with its first process. */
function killBoth(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/**
 * Starts the trainer and waits until it trains (its `started` event), however long loading takes. Throws what it said when it ended
 * before. Aborting ends the process and throws `Cancelled`.
 */
export async function startTrainer(options: TrainerOptions & { signal?: AbortSignal }): Promise<{ pid: number; started: StartedEvent; process: TrainerProcess }> {
  const { events } = runPaths(options.runDir);
  const from = await fs.stat(events).then((s) => s.size, () => 0);
  const trainer = await launchTrainer(options);
  let started: StartedEvent | undefined;
  let finished: FinishedEvent | undefined;
  let exit: Exit | undefined;
  let failure: unknown;
  trainer.exited.then((e) => (exit = e), (error: unknown) => (failure = error));
  await tailEvents(
    events,
    (batch) => {
      for (const event of batch) {
        if (event.type === 'started') started ??= event;
        if (event.type === 'finished') finished = event;
      }
    },
    options.signal,
    // Asked after each read: when the process has ended, one more read has seen all that it wrote.
    { from, pollMs: 100, until: onceMore(() => started !== undefined || exit !== undefined || failure !== undefined) },
  );
  if (failure) throw failure;
  if (started) return { pid: started.pid, started, process: trainer };
  if (options.signal?.aborted) {
    trainer.kill();
    throw new Cancelled();
  }
  throw new UserError(await failureText(options.runDir, finished, exit, trainer.logStart), 'trainer-failed');
}

/** True at the second asking after the condition came true. */
function onceMore(condition: () => boolean): () => boolean {
  let seen = false;
  return () => {
    if (seen) return true;
    seen = condition();
    return false;
  };
}

/** Why a trainer ended: its own last word, else a full disk, which leaves it no word, else what its signal or exit code means, and the end of its log (from `logStart`). */
export async function failureText(runDir: string, finished: FinishedEvent | undefined, exit: Exit | undefined, logStart = 0, more: { backend?: string; memoryKill?: boolean } = {}): Promise<string> {
  if (finished?.status === 'failed' && finished.message) return finished.message;
  const { dir, log } = runPaths(runDir);
  const all = await lastLogLines(runDir, 200, logStart);
  const said = all.findLast((line) => line.startsWith(failedMark));
  if (said) return said.slice(failedMark.length);
  if (await diskIsFull(dir)) return `${dir}: the disk is full. Free some space.`;
  const opening = all.findLast((line) => line.startsWith(openingMark))?.slice(openingMark.length);
  const { text, certain } = exitWords(exit ?? { code: null, signal: null }, { who: 'the trainer', lines: all, ...more, backend: opening ?? more.backend });
  const words = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  if (certain) return words;
  // What it said of its beginning and of each step tells nothing about its end.
  const lines = all.filter((line) => !/^(step \d+ |\w+ on \w+ \(|\d+ rows, )/.test(line) && !line.startsWith(openingMark)).slice(-8);
  return `${words} ${lines.length > 0 ? `Its last words (${log}): ${lines.join(' | ')}` : `It left nothing in ${log}.`}`;
}

/** Before the name of the backend that the trainer is about to open: a library that crashes while it is loaded leaves no other trace. */
export const openingMark = 'Opening the backend ';

/** Before what the trainer prints when it ends with an error. */
export const failedMark = 'Failed: ';

/** So full that not even a line can be appended: a block of any file system is 4 KB or more. */
async function diskIsFull(dir: string): Promise<boolean> {
  const stats = await fs.statfs(dir).catch(() => undefined);
  return stats !== undefined && stats.blocks > 0 && stats.bavail * stats.bsize < 4096;
}

/** The last lines that are not empty. */
export async function lastLogLines(runDir: string, count: number, start = 0): Promise<string[]> {
  const handle = await fs.open(runPaths(runDir).log, 'r').catch(() => undefined);
  if (!handle) return [];
  try {
    const { size } = await handle.stat();
    const from = Math.min(size, Math.max(start, size - 16_384));
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead).split(/\r?\n/).map((line) => line.trimEnd()).filter((line) => line !== '').slice(-count);
  } finally {
    await handle.close();
  }
}

/**
 * Asks a trainer to stop with a checkpoint and waits until it has let go of the directory. False when there was none. With
 * `killAfterMs` a trainer on this machine that does not answer in time is ended.
 */
export async function stopTrainer(runDir: string, options: { signal?: AbortSignal; killAfterMs?: number; pollMs?: number } = {}): Promise<boolean> {
  const before = await inspectLock(runDir);
  if (before.state !== 'held') return false;
  await sendRequest(runDir, 'stop');
  const begun = Date.now();
  for (;;) {
    await sleep(options.pollMs ?? 150, options.signal);
    const { state, record } = await inspectLock(runDir);
    if (state !== 'held' || record?.token !== before.record?.token) return true;
    if (options.killAfterMs !== undefined && Date.now() - begun > options.killAfterMs && record && (await isAlive(record))) {
      try {
        process.kill(record.pid, 'SIGKILL');
      } catch (error) {
        if (errorCode(error) !== 'ESRCH') throw error;
      }
    }
  }
}

export interface ServeProcess {
  port: Port;
  pid: number;
  exited: Promise<Exit>;
  /** The last lines on its stderr. */
  log(): string[];
  /** Why it ended, in a sentence, once it has. */
  endWords(): Promise<string>;
  /** Closes its input, on which it ends; kills it when it does not. */
  dispose(): void;
}

export interface ServeOptions {
  trainerPath: string;
  node?: NodeProgram;
  /** What computes; default: auto. */
  backend?: string;
  /** How a person takes another backend: "take `--backend wasm`". */
  otherBackend?: string;
  cwd?: string;
  signal?: AbortSignal;
  onLog?: (line: string) => void;
}

/** A trainer in serve mode, for answers and log-probabilities. It ends with this process. */
export async function startServe({ backend = 'auto', ...options }: ServeOptions): Promise<ServeProcess> {
  const node = options.node ?? (await findNode(undefined, options.signal));
  await requireBuilt(options.trainerPath);
  const child = spawn(node.command, [options.trainerPath, '--serve', '--backend', backend], { cwd: options.cwd, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const lines: string[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!.slice(-10_000);
    for (const line of parts) {
      if (lines.push(line) > 50) lines.shift();
      options.onLog?.(line);
    }
  });
  if (child.pid === undefined) throw new UserError(`${node.command} could not be started.`, 'trainer-start');
  const log = () => [...lines, ...(rest ? [rest] : [])];
  return {
    port: ndjsonPort(child.stdout, child.stdin, { onForeign: (line) => void (lines.push(line), options.onLog?.(line)) }),
    pid: child.pid,
    exited,
    log,
    async endWords() {
      const said = log().map((line) => line.trim()).filter((line) => line !== '');
      const opening = said.findLast((line) => line.startsWith(openingMark))?.slice(openingMark.length);
      const { text, certain } = exitWords(await exited, { who: 'the process that answers', lines: said, backend: opening, lessMemory: 'Take a smaller model or a shorter prompt, or close other programs.', withoutLibrary: options.otherBackend });
      return `${text.charAt(0).toUpperCase()}${text.slice(1)}${certain || said.length === 0 ? '' : ` Its last words: ${said.slice(-5).join(' | ')}`}`;
    },
    dispose() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      timer.unref();
      void exited.then(() => clearTimeout(timer));
    },
  };
}
