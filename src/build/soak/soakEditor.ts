/** `npm run soak:editor -- [--runs 2000] [--seed 1]`: plays random sessions of the dataset editor that crash and are restored, and prints what was survived. */

import { parseArgs } from 'node:util';
import { editorScript, emptyReport } from './editorLoop.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } } });
const report = emptyReport();
const began = Date.now();
for (let run = 0; run < Number(values.runs); run++) {
  await editorScript(Number(values.seed) + run, report);
  if (run % 100 === 99) process.stderr.write(`\r${run + 1} scripts`);
}
console.log(`\n${JSON.stringify({ ...report, seconds: Math.round((Date.now() - began) / 1000) }, null, 1)}`);
