/**
 * `npm run bench:training -- [--only ID…] [--rounds N] [--tries N] [--chat FILE] [--pairs FILE] [--venv DIR]`: Posttrain beside TRL on this machine, the
 * sides in turns, each measurement in a process of its own. `--side` measures some sides alone, `--env NAME=VALUE` sets a
 * variable for all of them. `--growth` measures how speed and memory grow, `--flat` whether a long training keeps what it takes; both
 * without TRL. `--chat` is a file of GSM8K's, `--pairs` one of HH-RLHF's, unpacked; without them such rows are made up. Results are kept in .cache/bench, and `--write-docs` writes the page from them,
 * with `--note TEXT` about the machine. Linux; builds first, and needs what `npm run parity:record` needs.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, parityPython } from '../parityVenv.mjs';
import { inRoot, root } from '../paths.mjs';
import { benchCases, growthCases, type BenchCase } from './cases.ts';
import { measureFlatness } from './flatness.ts';
import { makeMaterial } from './material.ts';
import { measureCase } from './measureCase.ts';
import { benchPage, consoleTable, type Results } from './page.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, rounds: { type: 'string', default: '2' }, tries: { type: 'string', default: '3' }, side: { type: 'string', multiple: true }, growth: { type: 'boolean' }, flat: { type: 'boolean' }, env: { type: 'string', multiple: true, default: [] }, chat: { type: 'string' }, pairs: { type: 'string' }, venv: { type: 'string' }, note: { type: 'string' }, 'write-docs': { type: 'boolean' }, out: { type: 'string' } },
});
if (process.platform !== 'linux') fail('Measuring reads /proc: it needs Linux.');
const work = inRoot(values.out ?? '.cache/bench');
const resultsFile = join(work, 'results.json');
mkdirSync(join(work, 'logs'), { recursive: true });
const results: Results = existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as Results) : { cases: {} };

if (values.note !== undefined) results.note = values.note;
if (values['write-docs']) writeFileSync(inRoot('media/docs/benchmarks.md'), benchPage(results));
else if (values.flat) await flat();
else await compare(values.growth ? growthCases : benchCases);

async function compare(all: readonly BenchCase[]): Promise<void> {
  const unknown = values.only?.find((id) => !all.some((one) => one.id === id));
  if (unknown) fail(`There is no case "${unknown}". The cases: ${all.map(({ id }) => id).join(', ')}.`);
  const chosen = all.filter(({ id }) => !values.only || values.only.includes(id));
  const python = values.growth ? '' : parityPython(values.venv);
  const tinyModel = (await makeMaterial({ work, shape: 'tiny', rows: { kind: 'text', length: 8 }, count: 1 })).model;
  for (const one of chosen) {
    const samples = await measureCase(one, { work, python, tinyModel, rounds: Number(values.rounds), tries: Number(values.tries), files: { chat: values.chat, preferences: values.pairs }, sides: values.side, env: Object.fromEntries(values.env.map((pair) => pair.split('=', 2) as [string, string])) });
    const realRows = one.rows.kind === 'chat' ? values.chat !== undefined : one.rows.kind === 'preferences' && values.pairs !== undefined;
    results.cases[one.id] = { measuredAt: new Date().toISOString(), machine: machine(), commit: commit(), realRows, samples };
    keep();
  }
  console.log(consoleTable(results, chosen));
}

async function flat(): Promise<void> {
  for (const side of ['tensorflow', 'wasm'] as const) {
    if (values.side && !values.side.includes(side)) continue;
    results.flat = { ...results.flat, [side]: await measureFlatness(side, work) };
    keep();
    console.table(results.flat[side]);
  }
}

function keep(): void {
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
  console.log(`Results: ${resultsFile}; logs beside it.`);
}

function commit(): string {
  return spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).stdout.trim() || 'unknown';
}

function machine(): string {
  return `${os.cpus()[0]?.model.trim() ?? os.arch()}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}, Node ${process.versions.node}`;
}
