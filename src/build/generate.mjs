/** `npm run generate`: writes the generated parts of the repository. `--check` writes nothing, names what is stale and exits with 1. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeWhole } from './files.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';

ensureInstalled();
const { buildSync } = await import('esbuild');
const program = inRoot('out/build/generatedFiles.cjs');
buildSync({ entryPoints: ['src/build/generatedFiles.ts'], absWorkingDir: root, outfile: program, bundle: true, platform: 'node', format: 'cjs', target: 'node20', packages: 'external', logLevel: 'error' });
const { generatedFiles } = createRequire(import.meta.url)(program);

const read = (path) => {
  try {
    return readFileSync(inRoot(path), 'utf8');
  } catch {
    return '';
  }
};
const check = process.argv.includes('--check');
const stale = [...generatedFiles(read)].filter(([path, text]) => read(path) !== text);
for (const [path, text] of stale) {
  if (!check) writeWhole(inRoot(path), text);
  console.log(check ? `${path} is not what the tables say: run npm run generate, and commit.` : `wrote ${path}`);
}
if (check && stale.length > 0) process.exitCode = 1;
