/**
 * `npm run measure:stories -- [--seeds 0,1,2] [--work DIR] [--out FILE]`: plays every story with rows, order and pairs of several seeds and
 * writes the page about them, media/docs/stories.md. Figures of a seed that the work folder holds are taken from there.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultHoldoutSeed } from '../base/sample.ts';
import { sampleFiles } from '../base/sampleFiles.ts';
import { identity } from './identity.mjs';
import { storiesPage, type SeedFigures } from './page.ts';
import { tooHot } from './tooHot.mjs';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '0,1,2' }, work: { type: 'string', default: '.cache/measure-stories' }, out: { type: 'string', default: 'media/docs/stories.md' } },
});
const measured: SeedFigures[] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  const project = resolve(values.work, `seed-${seed}`);
  const figures = join(project, 'figures.json');
  if (!existsSync(figures)) {
    mkdirSync(project, { recursive: true });
    cpSync('media/sample', project, { recursive: true });
    cpSync('media/models/tiny-base', join(project, 'models/tiny-base'), { recursive: true });
    for (const [name, text] of Object.entries(sampleFiles(seed, defaultHoldoutSeed))) writeFileSync(join(project, name), text);
    const play = async <T>(story: () => Promise<T>) => {
      const start = Date.now();
      return { ...(await story()), seconds: (Date.now() - start) / 1000 };
    };
    const result: SeedFigures = { seed, identity: await play(() => identity({ project, seed: `${seed}` })), tooHot: await play(() => tooHot({ project, seed: `${seed}` })) };
    writeFileSync(figures, JSON.stringify(result));
  }
  measured.push(JSON.parse(readFileSync(figures, 'utf8')) as SeedFigures);
}
writeFileSync(values.out, storiesPage(measured));
console.log(`${values.out} holds the figures of ${measured.length} seeds.`);
