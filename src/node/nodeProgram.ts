/** Finds a Node to run the trainer on: a real one where there is one, because native tensor libraries crash in Electron's. */

import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import { delimiter, join } from 'node:path';
import { Cancelled } from '../core/abort.ts';
import { posttrainHome } from '../core/home.ts';
import { UserError } from '../core/problem.ts';

export interface NodeProgram {
  command: string;
  /** To be added to the environment of the process. */
  env: Record<string, string>;
  version: string;
  /** VS Code's own Node: good for the WebAssembly backend only. */
  electron: boolean;
  /** Where it was found, in words for the log. */
  source: string;
}

const minimumMajor = 20;

/** Where, below Posttrain's own folder, the Node lies that `posttrain setup node` brings. */
export const ownNode = join('node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** `setting` is what the user chose (a setting, or the variable POSTTRAIN_NODE); a choice that does not work is an error, never passed over. */
export async function findNode(setting?: string, signal?: AbortSignal): Promise<NodeProgram> {
  for (const [chosen, source] of [[setting, 'the setting posttrain.node.path'], [process.env.POSTTRAIN_NODE, 'the variable POSTTRAIN_NODE']] as const) {
    if (!chosen) continue;
    const found = await probe(chosen, source, signal);
    if (typeof found === 'string') throw new UserError(`${chosen} (from ${source}) ${found}. Name a Node ${minimumMajor} or newer, or remove it.`, 'node');
    return found;
  }
  if (!process.versions.electron && major(process.versions.node) >= minimumMajor) {
    return { command: process.execPath, env: {}, version: process.versions.node, electron: false, source: 'this process' };
  }
  for (const command of await candidates()) {
    const found = await probe(command, 'the PATH', signal);
    if (typeof found !== 'string' && !found.electron) return found;
  }
  const own = await probe(join(posttrainHome(process.env, os.homedir()), ownNode), 'posttrain setup', signal);
  if (typeof own !== 'string') return own;
  return { command: process.execPath, env: { ELECTRON_RUN_AS_NODE: '1' }, version: process.versions.node, electron: true, source: 'VS Code itself' };
}

/** A window started from the desktop often lacks what the shell adds to the PATH, so the usual places are looked at too. */
async function candidates(): Promise<string[]> {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const usual = process.platform === 'win32' ? [join(process.env.ProgramFiles ?? 'C:\\Program Files', 'nodejs')] : ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...usual];
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const path = join(folder, name);
    if (await fs.access(path, fs.constants.X_OK).then(() => true, () => false)) found.push(path);
  }
  return found.slice(0, 5);
}

function probe(command: string, source: string, signal: AbortSignal | undefined): Promise<NodeProgram | string> {
  return new Promise((resolve, reject) => {
    const script = 'process.stdout.write(JSON.stringify([process.versions.node, Boolean(process.versions.electron)]))';
    execFile(command, ['-e', script], { signal, timeout: 15_000, windowsHide: true, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' } }, (error, stdout) => {
      if (signal?.aborted) return reject(new Cancelled());
      if (error) return resolve(`cannot be run (${error.message.split('\n')[0]})`);
      try {
        const [version, electron] = JSON.parse(stdout) as [string, boolean];
        if (major(version) < minimumMajor) return resolve(`is Node ${version}, which is too old`);
        resolve({ command, env: electron ? { ELECTRON_RUN_AS_NODE: '1' } : {}, version, electron, source });
      } catch {
        resolve('is no Node');
      }
    });
  });
}

function major(version: string): number {
  return Number(version.split('.')[0]);
}
