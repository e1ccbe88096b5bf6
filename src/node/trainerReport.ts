/** Asks a trainer process of its own for one report, a JSON object on a line among what libraries print: one that crashes or hangs takes nobody down. */

import { spawn } from 'node:child_process';
import { throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { exitWords, type Exit } from './exitWords.ts';
import type { NodeProgram } from './nodeProgram.ts';

export interface ReportQuestion<T> {
  node: NodeProgram;
  /** dist/trainer.js */
  trainerPath: string;
  args: readonly string[];
  /** What it will compute with: a crash is explained by it. */
  backend: string;
  /** Undefined for every other line. */
  parse(line: string): T | undefined;
  /** A process that has not ended by then is. */
  limitMs: number;
  signal?: AbortSignal;
}

/** The report, or why there is none: a sentence that lacks its subject. */
export async function trainerReport<T>({ node, trainerPath, args, backend, parse, limitMs, signal }: ReportQuestion<T>): Promise<{ report: T } | { why: string }> {
  throwIfAborted(signal);
  const child = spawn(node.command, [trainerPath, ...args], { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
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
    const report = output.split('\n').map(parse).findLast((found) => found !== undefined);
    if (report !== undefined) return { report };
    const lines = errors.split('\n').map((line) => line.trim()).filter(Boolean);
    if (silent) return { why: `had no answer within ${Math.round(limitMs / 1000)} seconds and was ended.` };
    const { text, certain } = exitWords(exit, { who: 'its process', backend, lines });
    return { why: `had no answer: ${text}${certain || lines.length === 0 ? '' : ` It said: ${lines.at(-1)}`}` };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}
