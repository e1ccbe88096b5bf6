/** Starts the set-up program and tells what it does; closing its input, which is what ends it cleanly, works on every platform. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Cancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { parseSetupEvent, type SetupEvent, type SetupRequest } from '../protocol/setup.ts';
import type { Exit } from './exitWords.ts';
import type { NodeProgram } from './nodeProgram.ts';

export interface SetupProcessOptions {
  node: NodeProgram;
  /** dist/setup.js */
  setupPath: string;
  request: SetupRequest;
  /** Besides this process's own. */
  env?: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onEvent(event: Exclude<SetupEvent, { type: 'done' | 'failed' }>): void;
}

/** Resolves with the last word; throws what went wrong, or `Cancelled` when it has tidied up after a cancel. */
export async function runSetup({ node, setupPath, request, env, signal, onEvent }: SetupProcessOptions): Promise<Extract<SetupEvent, { type: 'done' }>> {
  const args = [setupPath, request.target, ...(request.action === 'install' ? [] : [`--${request.action}`]), ...(request.cpu ? ['--cpu'] : [])];
  const child = spawn(node.command, args, { windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env, ...node.env } });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  child.stdin.on('error', () => undefined);
  const exited = new Promise<Exit>((resolve, reject) => child.once('close', (code, by) => resolve({ code, signal: by })).once('error', (error) => reject(new UserError(`${node.command} could not be started: ${error.message}.`, 'setup'))));
  exited.catch(() => undefined);
  const end = () => void child.stdin.end();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    let last: SetupEvent | undefined;
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const event = parseSetupEvent(line);
      if (event?.type === 'done' || event?.type === 'failed') last = event;
      else if (event) onEvent(event);
    }
    const exit = await exited;
    if (last?.type === 'done') return last;
    if (signal.aborted || (last?.type === 'failed' && last.cancelled)) throw new Cancelled();
    if (last?.type === 'failed') throw last.code === 'bug' ? Object.assign(new Error(last.message.split('\n')[0]), { stack: last.message }) : new UserError(last.message, last.code);
    throw new UserError(`The set-up ${exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.code}`} without a word${errors ? `: ${errors.trim().split('\n').at(-1)}` : ''}. Run it again: what has arrived is kept.`, 'setup');
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
