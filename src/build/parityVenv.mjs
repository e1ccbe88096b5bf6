/** The Python environment with the real TRL that recording and exploring use. Linux x86_64, Python 3.11, 5 GB of disk, a Python package index. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inRoot, root } from './paths.mjs';

const requirements = inRoot('test/parity/record/requirements.txt');
const inVenv = (venv, name) => join(venv, process.platform === 'win32' ? `Scripts/${name}.exe` : `bin/${name}`);

/** The path of its Python: of `given`, an environment that is there, or of our own, made once for these requirements; another list of pins makes a new one. */
export function parityPython(given) {
  if (given) return inVenv(resolve(given), 'python');
  const venv = inRoot('.cache/parity-venv');
  const python = inVenv(venv, 'python');
  const stamp = join(venv, 'requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  const system = ['python3.11', 'python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!system) fail('Python is missing. Install Python 3.11.');
  rmSync(venv, { recursive: true, force: true });
  console.log(`Installing TRL and what it runs on into ${venv} (about 4 GB) …`);
  run(system, ['-m', 'venv', venv]);
  // Without dependencies: torch's wheel asks for far more than a CPU needs, and every pin is in the file.
  run(inVenv(venv, 'pip'), ['install', '--no-deps', '--no-compile', '--no-cache-dir', '--quiet', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with code ${status}.`);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
