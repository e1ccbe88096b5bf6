/** The C++ compiler of this machine: found, or a sentence that says how to get one; run without a shell. */

import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import { Cancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';

export interface Compiler {
  /** The program and arguments that always stand before others: CXX may be `ccache g++`. */
  command: string[];
  /** The first line of --version. */
  version: string;
}

export async function findCompiler(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Compiler> {
  const chosen = env.CXX?.trim();
  // On a Mac without the tools, /usr/bin/clang++ would open a window.
  if (!chosen && process.platform === 'darwin' && !(await run(['xcode-select', '-p'], signal)).ok) throw missing('the command line tools of Xcode are not installed. Run: xcode-select --install');
  for (const command of chosen ? [chosen.split(/\s+/)] : [['g++'], ['clang++'], ['c++']]) {
    const { ok, text } = await run([...command, '--version'], signal);
    if (ok) return { command, version: text.split('\n')[0]!.trim() };
  }
  if (chosen) throw missing(`CXX is "${chosen}", which cannot be run. Correct it or remove it`);
  throw missing(`there is none. Install one: ${await howToInstall()}`);
}

const missing = (why: string) => new UserError(`A C++ compiler is needed to build a small binding: ${why}; then run this again.`, 'compiler');

async function howToInstall(): Promise<string> {
  const os = await fs.readFile('/etc/os-release', 'utf8').catch(() => '');
  const family = [...os.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map((match) => match[1]!).join(' ');
  if (/debian|ubuntu/.test(family)) return 'sudo apt-get install g++';
  if (/fedora|rhel|centos/.test(family)) return 'sudo dnf install gcc-c++';
  if (/suse/.test(family)) return 'sudo zypper install gcc-c++';
  if (/arch/.test(family)) return 'sudo pacman -S gcc';
  return 'g++ or clang++';
}

/** Ends with the compiler's own words when it fails. */
export async function compile({ command }: Compiler, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { ok, text } = await run([...command, ...args], signal);
  if (ok) return;
  if (/No space left on device/i.test(text)) throw new UserError(`${command.join(' ')} could not build the binding: the disk is full, that of the folder or that of temporary files. Free some space, then run this again.`, 'disk');
  const said = text.split('\n').find((line) => /error|cannot|undefined/i.test(line)) ?? text.trim().split('\n').at(-1) ?? '';
  throw new UserError(`${command.join(' ')} could not build the binding: ${said.trim().slice(0, 300)}. A newer compiler may help (CXX names another one).`, 'compiler');
}

function run([program, ...args]: readonly string[], signal: AbortSignal): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve, reject) => {
    execFile(program!, args, { signal, timeout: 600_000, maxBuffer: 16 << 20, windowsHide: true, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(new Cancelled());
      resolve({ ok: !error, text: stdout + stderr || (error?.message ?? '') });
    });
  });
}
