/**
 * `npm run bench:language -- [ROWS…] [--write-docs]`: what holding the rows of a file against each other takes at several sizes (10000, 100000, 1000000 short rows): seconds,
 * memory, near duplicates found, beside bare `JSON.parse` of the same lines. Each file in a process of its own, one thread. Files and results are kept in .cache/bench,
 * and `--write-docs` writes the page from them.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../parityVenv.mjs';
import { inRoot } from '../paths.mjs';
import { languagePage, nearTable, type LanguageResults } from './languagePage.ts';
import { measureNear, type NearTimes } from './nearJob.ts';
import { writeShortRows } from './shortRows.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { job: { type: 'string' }, 'write-docs': { type: 'boolean' } } });
const work = inRoot('.cache/bench');
const resultsFile = join(work, 'language.json');

if (values.job !== undefined) process.stdout.write(JSON.stringify(await measureNear(values.job)));
else {
  mkdirSync(work, { recursive: true });
  const results: LanguageResults = existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as LanguageResults) : { near: {} };
  if (values['write-docs']) writeFileSync(inRoot('media/docs/language-speed.md'), languagePage(results));
  else await measure(results);
}

async function measure(results: LanguageResults): Promise<void> {
  for (const rows of positionals.length > 0 ? positionals.map(Number) : [10_000, 100_000, 1_000_000]) {
    if (!(rows > 0)) fail('A size is a number of rows.');
    const path = join(work, `short-${rows}.jsonl`);
    await writeShortRows(path, rows);
    const load = os.loadavg()[0]!;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', process.argv[1]!, '--job', path], { encoding: 'utf8' });
    if (status !== 0) fail(`${rows} rows: ${stderr}`);
    results.near[rows] = { machine: `${os.cpus()[0]?.model ?? ''}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, Node ${process.version}`, load, times: JSON.parse(stdout) as NearTimes };
    writeFileSync(resultsFile, JSON.stringify(results, null, 1));
    console.log(nearTable({ near: { [rows]: results.near[rows] } }));
  }
}
