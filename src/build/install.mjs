/** Installs the pinned packages where they are missing or older than the lockfile. Needs no dependency itself. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot, root } from './paths.mjs';

/** Why an install is needed, or undefined. npm writes down what it installed; that is compared with the lockfile, so nothing else has to be remembered. */
function missingPackages() {
  const installed = lockedVersions('node_modules/.package-lock.json');
  if (!installed) return 'Nothing is installed yet.';
  for (const [path, entry] of Object.entries(lockedVersions('package-lock.json') ?? {})) {
    // Optional packages are those of other platforms, mostly.
    if (path !== '' && !entry.optional && installed[path]?.version !== entry.version) return `${path} should be ${entry.version}.`;
  }
}

/** Ends the process with npm's message when the install fails. */
export function ensureInstalled() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`Posttrain needs Node 20 or newer; this is ${process.version}. Install a newer one from your package manager or nodejs.org.`);
    process.exit(1);
  }
  const why = missingPackages();
  if (!why) return;
  console.log(`${why} Running npm ci …`);
  const started = Date.now();
  const status = npm(['ci', '--no-audit', '--no-fund']);
  if (status !== 0) {
    console.error('npm ci failed; its message is above. Posttrain is built from npm packages, so npm has to reach a registry once.');
    process.exit(1);
  }
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** Runs the npm that started us, else the one on the PATH. Returns its exit status. */
export function npm(args, { cwd = root, quiet = false } = {}) {
  const stdio = quiet ? ['ignore', 'ignore', 'inherit'] : ['ignore', 'inherit', 'inherit'];
  const script = process.env.npm_execpath;
  const run = script?.endsWith('.js') ? spawnSync(process.execPath, [script, ...args], { cwd, stdio }) : spawnSync('npm', args, { cwd, stdio, shell: process.platform === 'win32' });
  return run.status ?? 1;
}

function lockedVersions(file) {
  try {
    return JSON.parse(readFileSync(inRoot(file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
