/**
 * `npm run parity:explore -- [--seed N] [--count N] [--method ID]`: random models, tokenizers, rows and settings, trained by the real TRL and by
 * Posttrain, and compared. Finds what the recorded runs miss; a case that differs is named, with the folder that holds it. See parityVenv.mjs for what it needs.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { parityPython, run } from './parityVenv.mjs';
import { inRoot } from './paths.mjs';

const { values } = parseArgs({ options: { venv: { type: 'string' }, seed: { type: 'string', default: '1' }, count: { type: 'string', default: '20' }, method: { type: 'string' } } });
ensureInstalled();
const folder = mkdtempSync(join(tmpdir(), 'posttrain-explore-'));
const only = values.method ? ['--method', values.method] : [];
run(parityPython(values.venv), ['-B', inRoot('test/parity/record/explore.py'), folder, '--seed', values.seed, '--count', values.count, ...only]);
console.log(`Recorded in ${folder}. Replaying …`);
run(process.execPath, [inRoot('src/build/test.mjs'), '--only', 'test/parity/trl.test.ts'], { POSTTRAIN_PARITY: folder });
rmSync(folder, { recursive: true, force: true });
