/** Runs a TypeScript build script: `node src/build/run.mjs src/build/base/pretrainBase.ts [arguments]`. Bundles it to out/build first. */

import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [script, ...args] = process.argv.slice(2);
if (!script) {
  console.error('Usage: node src/build/run.mjs SCRIPT.ts [arguments]');
  process.exit(2);
}
const outfile = join(root, 'out/build', basename(script).replace(/\.ts$/, '.mjs'));
await build({ entryPoints: [script], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning' });
process.exit(spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit' }).status ?? 1);
