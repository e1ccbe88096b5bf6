/**
 * `npm run measure:base -- [--base DIR,…] [--seeds 0,1,2] [--holdout-seeds 7,1234] [--work DIR]`: the sample run over seeds and splits, as a
 * Markdown table: exact answers about held-out countries before and after, and of sums never shown.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate, percent, scores } from '../evaluate.mjs';
import { sampleFiles } from './sampleFiles.ts';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'media/models/tiny-base' },
    seeds: { type: 'string', default: '0,1,2' },
    'holdout-seeds': { type: 'string', default: '7,1234' },
    work: { type: 'string', default: '.cache/measure-base' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);
const cli = 'dist/cli.js';

console.log('| base | split | seed | capital | currency | language | continent | seen phrasings | unseen phrasings | sums | seconds |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const base of values.base.split(',').map((dir) => resolve(dir))) {
  for (const holdoutSeed of numbers(values['holdout-seeds'])) {
    const before = join(values.work, `split-${holdoutSeed}`);
    write(before, sampleFiles(0, holdoutSeed));
    await report(base, `${holdoutSeed}`, 'before', base, before, 0);
    await report(base, `${holdoutSeed}`, 'before, as plain text', base, before, 0, true);
    for (const seed of numbers(values.seeds)) {
      const dir = join(values.work, `split-${holdoutSeed}-seed-${seed}`);
      write(dir, sampleFiles(seed, holdoutSeed));
      const spec = readFileSync('media/sample/capitals-sft.posttrain.yaml', 'utf8');
      writeFileSync(join(dir, 'run.posttrain.yaml'), spec);
      const start = Date.now();
      const { status, stderr } = spawnSync(process.execPath, [cli, 'train', join(dir, 'run.posttrain.yaml'), `model_name_or_path=${base}`, `seed=${seed}`, `output_dir=${join(dir, 'run')}`, 'overwrite_output_dir=true'], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      const seconds = (Date.now() - start) / 1000;
      await report(base, `${holdoutSeed}`, `${seed}`, join(dir, 'run/final'), dir, seconds);
    }
  }
}

async function report(base: string, split: string, seed: string, model: string, dir: string, seconds: number, raw = false): Promise<void> {
  const countries = await evaluate({ cli, model, probes: join(dir, 'probes.jsonl'), raw });
  // As plain text a base model that says the fact anywhere in its continuation would count as answering.
  if (raw) for (const a of countries) a.right = a.completion.includes(a.answer.replace(/^The \w+ of .+? is (the )?/, '').replace(/\.$/, ''));
  const sums = raw ? [] : await evaluate({ cli, model, probes: join(dir, 'sums.jsonl') });
  const seen = countries.filter((a) => a.phrasing === 'seen');
  const cells = [...scores(seen, (a) => a.relation).values(), ...scores(countries, (a) => a.phrasing).values(), ...scores(sums, () => 'sums').values()].map(percent);
  console.log(`| ${base.split(/[\\/]/).at(-1)} | ${split} | ${seed} | ${cells.join(' | ')} | ${seconds.toFixed(0)} |`);
}

function write(dir: string, files: Record<string, string>): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
}
