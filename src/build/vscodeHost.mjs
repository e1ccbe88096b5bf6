/** The VS Code for tests (test/host), for the scripts here: whether it can run, installing it, and its stand-in executable. */

import { chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeWhole } from './files.mjs';
import { inRoot, root } from './paths.mjs';

const require = createRequire(import.meta.url);

/** {whyNoHost(), ensureHost(say), …}: what test/host/install.ts exports. */
export async function loadHost() {
  return require(await bundle('install'));
}

/** {startServer, openBrowser}: what test/host/server.ts exports. */
export async function loadServer() {
  return require(await bundle('server'));
}

/** An executable file that test-electron can start as if it were VS Code. */
export async function shimExecutable() {
  const path = await bundle('codeShim', '#!/usr/bin/env node');
  chmodSync(path, 0o755);
  return path;
}

async function bundle(name, banner = '') {
  const esbuild = await import('esbuild');
  const path = inRoot('out/host', `${name}.cjs`);
  const { outputFiles } = await esbuild.build({
    entryPoints: [`test/host/${name}.ts`],
    absWorkingDir: root,
    outfile: path,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    banner: { js: banner },
  });
  writeWhole(path, outputFiles[0].contents);
  return path;
}
