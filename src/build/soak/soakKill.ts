/** `npm run soak:kill -- [--kills 200] [--seed 1]`: kills a trainer at random instants and prints what was found. Needs `npm run build`. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { killLoop } from './killLoop.ts';
import { killSpec } from './killSpec.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } });
const work = mkdtempSync(join(tmpdir(), 'posttrain-soak-'));
const began = Date.now();
try {
  const report = await killLoop({ distDir: resolve('dist'), spec: killSpec(), work, kills: Number(values.kills), seed: Number(values.seed), progress: (done) => process.stderr.write(`\r${done} kills`) });
  console.log(`\n${JSON.stringify({ ...report, seconds: Math.round((Date.now() - began) / 1000) }, null, 1)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
