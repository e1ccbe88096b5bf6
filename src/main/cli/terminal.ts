/** The terminal as a command sees it: output that survives a closed pipe, colour only where wanted, Ctrl+C as a signal. */

import { stringifyJson } from '../../core/text.ts';
import type { CliContext } from './command.ts';

export interface Terminal {
  context: CliContext;
  /** Writes everything and ends the process. */
  exit(code: number): void;
}

export function openTerminal(options: { debug: boolean; noColor: boolean; distDir: string }): Terminal {
  const { stdout, stderr, env } = process;
  const abort = new AbortController();
  const forced = new Set<() => void>();
  let outputGone = false;
  const outputClosed = new Set<() => void>();

  const onOutputError = (error: NodeJS.ErrnoException) => {
    // `| head` has read enough: not an error. Anything else is (the disk behind a redirection is full).
    outputGone = true;
    if (error.code !== 'EPIPE' && error.code !== 'EOF') stderr.write(`posttrain: cannot write the output: ${error.message}\n`);
    if (outputClosed.size > 0) for (const listener of outputClosed) listener();
    else process.exit(error.code === 'EPIPE' || error.code === 'EOF' ? 0 : 1);
  };
  stdout.on('error', onOutputError);
  stderr.on('error', () => undefined);

  let interrupts = 0;
  const onInterrupt = () => {
    interrupts++;
    abort.abort();
    if (interrupts === 1 && forced.size > 0) return; // the command ends by itself, and a second one forces it
    for (const end of forced) end();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
    if (signal === 'SIGBREAK' && process.platform !== 'win32') continue;
    process.on(signal, onInterrupt);
  }

  const print = (text: string) => {
    if (!outputGone) stdout.write(text);
  };
  return {
    context: {
      cwd: process.cwd(),
      env,
      print,
      printJson: (value) => print(`${stringifyJson(value)}\n`),
      note: (line) => void stderr.write(`${line}\n`),
      drain: () => (stdout.writableNeedDrain && !outputGone ? new Promise((resolve) => {
        stdout.once('drain', resolve);
        stdout.once('error', () => resolve());
      }) : Promise.resolve()),
      stdout: { isTTY: stdout.isTTY === true, live: isLive(stdout.isTTY === true, env), get columns() { return stdout.columns || 80; } },
      color: wantsColor(stdout.isTTY === true, env, options.noColor),
      debug: options.debug,
      signal: abort.signal,
      onForcedEnd(end) {
        forced.add(end);
        return () => void forced.delete(end);
      },
      onOutputClosed(listener) {
        outputClosed.add(listener);
      },
      distDir: options.distDir,
    },
    exit(code) {
      if (outputGone) process.exit(code);
      // A pipe on Windows is written in the background.
      stdout.write('', () => stderr.write('', () => process.exit(code)));
    },
  };
}

/** https://no-color.org: any value that is not empty turns colour off. CI logs are read as text. */
export function wantsColor(isTTY: boolean, env: NodeJS.ProcessEnv, noColor: boolean): boolean {
  return isLive(isTTY, env) && !noColor && !env.NO_COLOR;
}

function isLive(isTTY: boolean, env: NodeJS.ProcessEnv): boolean {
  return isTTY && !isTrue(env.CI) && env.TERM !== 'dumb';
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}
