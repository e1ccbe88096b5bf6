/**
 * `npm run parity:record`: makes the recorded references again with the real TRL, transformers and PEFT, in a Python environment of its own.
 * Needs Python 3.11 on Linux x86_64, 5 GB of disk and access to a Python package index. `--venv DIR` uses one that is there, `--only NAME…` some.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';

const requirements = inRoot('test/parity/record/requirements.txt');
/** In this order: the last one reads what the others recorded. */
const recorders = ['runs', 'loop', 'prepare', 'preparePairs', 'templates', 'trainingTemplates', 'packing', 'defaults', 'schedules', 'loads'];

const { values } = parseArgs({ options: { venv: { type: 'string' }, only: { type: 'string', multiple: true } } });
const unknown = values.only?.find((name) => !recorders.includes(name));
if (unknown) fail(`There is no recorder "${unknown}". The recorders: ${recorders.join(', ')}.`);

ensureInstalled();
const venv = resolve(values.venv ?? inRoot('.cache/parity-venv'));
if (!values.venv) makeVenv();
const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

for (const recorder of recorders.filter((name) => !values.only || values.only.includes(name))) {
  if (recorder === 'loads') await checkLoads();
  else run(python, ['-B', inRoot(`test/parity/record/${recorder}.py`)]);
}
console.log('Recorded. Look at the changes (git diff --stat test/parity) and run: npm test -- --suite parity');

/** Made once for these requirements; another list of pins makes a new one. */
function makeVenv() {
  const stamp = join(venv, 'requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const system = ['python3.11', 'python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!system) fail('Python is missing. Install Python 3.11.');
  rmSync(venv, { recursive: true, force: true });
  console.log(`Installing TRL and what it runs on into ${venv} (about 4 GB) …`);
  run(system, ['-m', 'venv', venv]);
  // Without dependencies: torch's wheel asks for far more than a CPU needs, and every pin is in the file.
  run(join(venv, process.platform === 'win32' ? 'Scripts/pip.exe' : 'bin/pip'), ['install', '--no-deps', '--no-compile', '--no-cache-dir', '--quiet', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
}

async function checkLoads() {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'posttrain-loads-'));
  try {
    const program = join(folder, 'write.cjs');
    await build({ stdin: { contents: `import { writeFolders } from ${JSON.stringify(inRoot('test/parity/writtenFolders.ts'))}; writeFolders(process.argv[2]);`, resolveDir: root }, bundle: true, platform: 'node', format: 'cjs', packages: 'external', outfile: program });
    run(process.execPath, [program, folder], { NODE_PATH: inRoot('node_modules') });
    run(python, ['-B', inRoot('test/parity/record/loads.py'), folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with code ${status}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
