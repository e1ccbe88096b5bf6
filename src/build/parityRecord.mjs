/**
 * `npm run parity:record`: makes the recorded references again with the real TRL, transformers and PEFT, in a Python environment of its own.
 * Needs Python 3.11 on Linux x86_64, 5 GB of disk and access to a Python package index. `--venv DIR` uses one that is there, `--only NAME…` some.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { fail, parityPython, run } from './parityVenv.mjs';
import { inRoot, root } from './paths.mjs';

/** In this order: the last one reads what the others recorded. */
const recorders = ['runs', 'loop', 'prepare', 'preparePairs', 'dryRun', 'templates', 'trainingTemplates', 'packing', 'defaults', 'schedules', 'loads'];

const { values } = parseArgs({ options: { venv: { type: 'string' }, only: { type: 'string', multiple: true } } });
const unknown = values.only?.find((name) => !recorders.includes(name));
if (unknown) fail(`There is no recorder "${unknown}". The recorders: ${recorders.join(', ')}.`);

ensureInstalled();
const python = parityPython(values.venv);

for (const recorder of recorders.filter((name) => !values.only || values.only.includes(name))) {
  if (recorder === 'loads') await checkLoads();
  else run(python, ['-B', inRoot(`test/parity/record/${recorder}.py`)]);
}
console.log('Recorded. Look at the changes (git diff --stat test/parity), then: npm run dry-run:page, and npm test -- --suite parity');

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
