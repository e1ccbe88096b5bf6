/** `npm run sample-data -- [--seed N] [--holdout-seed N] [--out DIR]`: writes the data files of the sample project. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultHoldoutSeed } from './sample.ts';
import { sampleFiles } from './sampleFiles.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '0' }, 'holdout-seed': { type: 'string', default: String(defaultHoldoutSeed) }, out: { type: 'string', default: 'media/sample' } },
});
mkdirSync(values.out, { recursive: true });
for (const [name, text] of Object.entries(sampleFiles(Number(values.seed), Number(values['holdout-seed'])))) writeFileSync(join(values.out, name), text);
