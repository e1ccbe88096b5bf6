/**
 * `npm run measure:stories -- [--runs SPLIT/SEED,…] [--work DIR] [--out FILE]`: plays every story with rows, order and pairs of several seeds, and with
 * other countries and questions held out, and writes the page about them, media/docs/stories.md. Figures that the work folder holds are taken from there.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sampleFiles } from '../base/sampleFiles.ts';
import { identity } from './identity.mjs';
import { storiesPage, type PlayFigures } from './page.ts';
import { tooHot } from './tooHot.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '7/0,7/1,7/2,1234/0' }, work: { type: 'string', default: '.cache/measure-stories' }, out: { type: 'string', default: 'media/docs/stories.md' } },
});
const measured: PlayFigures[] = [];
for (const [split, seed] of values.runs.split(',').map((run) => run.split('/').map(Number) as [number, number])) {
  const project = resolve(values.work, `split-${split}-seed-${seed}`);
  const figures = join(project, 'figures.json');
  if (!existsSync(figures)) {
    mkdirSync(project, { recursive: true });
    cpSync('media/sample', project, { recursive: true });
    cpSync('media/models/tiny-base', join(project, 'models/tiny-base'), { recursive: true });
    for (const [name, text] of Object.entries(sampleFiles(seed, split))) writeFileSync(join(project, name), text);
    const result: PlayFigures = { split, seed, identity: await identity({ project, seed: `${seed}` }), tooHot: await tooHot({ project, seed: `${seed}` }) };
    writeFileSync(figures, JSON.stringify(result));
  }
  measured.push(JSON.parse(readFileSync(figures, 'utf8')) as PlayFigures);
}
writeFileSync(values.out, storiesPage(measured));
console.log(`${values.out} holds the figures of ${measured.length} plays.`);
