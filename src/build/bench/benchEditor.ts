/**
 * `npm run bench:editor -- [SIZE_MB…] [--search QUERY…] [--write-docs] [--note TEXT]`: what the dataset editor's document takes for files of these sizes (10, 100, 1000, 4000):
 * first rows, index, any row, edits, searches, save, memory, beside plain tools on the same file. Each file in a process of its own. Needs `npm run build`.
 * With `--window [--traces FOLDER]`: what it takes in a real VS Code (100, 1000), on the main thread of the page and of the extension host; packages the extension first.
 * Files and results are kept in .cache/bench, and `--write-docs` writes the page of the one or the other from them.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../parityVenv.mjs';
import { inRoot } from '../paths.mjs';
import { measureEditor, usualSearches, type EditorTimes } from './editorJob.ts';
import { editorPage, editorTable, type EditorResults } from './editorPage.ts';
import { writeEditorRows } from './editorRows.ts';
import { measureWindow } from './windowJob.ts';
import { windowPage, windowTable, type WindowResults } from './windowPage.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { job: { type: 'string' }, 'write-docs': { type: 'boolean' }, note: { type: 'string' }, window: { type: 'boolean' }, traces: { type: 'string' }, search: { type: 'string', multiple: true } } });
const work = inRoot('.cache/bench');
const resultsFile = join(work, 'editor.json');
const windowFile = join(work, 'editorWindow.json');
const rowWorker = inRoot('dist/rowWorker.js');

if (values.job !== undefined) {
  process.stdout.write(JSON.stringify(await measureEditor(values.job, rowWorker, values.search ?? usualSearches)));
} else {
  mkdirSync(work, { recursive: true });
  if (values.window) await inWindow();
  else await alone();
}

async function alone(): Promise<void> {
  const results: EditorResults = existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as EditorResults) : { sizes: {} };
  if (values.note !== undefined) results.note = values.note;
  if (!values['write-docs']) await measure(results);
  else writeFileSync(inRoot('media/docs/editor-speed.md'), editorPage(results));
  writeFileSync(resultsFile, JSON.stringify(results, null, 1));
}

async function measure(results: EditorResults): Promise<void> {
  if (!existsSync(rowWorker)) fail('dist/rowWorker.js is missing: npm run build makes it.');
  for (const { size, path } of await files([10, 100, 1000, 4000])) {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', process.argv[1]!, '--job', path, ...(values.search ?? []).map((text) => `--search=${text}`)], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) fail(`${size} MB: ${stderr}`);
    results.sizes[size] = { ...circumstances(), times: JSON.parse(stdout) as EditorTimes };
    console.log(editorTable({ sizes: { [size]: results.sizes[size] } }));
  }
}

async function inWindow(): Promise<void> {
  const results = existsSync(windowFile) ? (JSON.parse(readFileSync(windowFile, 'utf8')) as WindowResults) : {};
  if (values['write-docs']) return writeFileSync(inRoot('media/docs/editor-window.md'), windowPage(results));
  const vsix = 'out/posttrain.vsix';
  const { status } = spawnSync(process.execPath, ['src/build/package.mjs', vsix], { cwd: inRoot('.'), stdio: 'inherit' });
  if (status !== 0) fail('The extension could not be packaged.');
  if (values.traces !== undefined) mkdirSync(values.traces, { recursive: true });
  for (const { size, path } of await files([100, 1000])) {
    const times = await measureWindow(path, inRoot(vsix), values.traces);
    results[size] = { ...circumstances(), times };
    writeFileSync(windowFile, JSON.stringify(results, null, 1));
    console.log(`${size} MB\n${windowTable(times)}`);
  }
}

async function files(usual: readonly number[]): Promise<{ size: number; path: string }[]> {
  const made = [];
  for (const size of positionals.length > 0 ? positionals.map(Number) : usual) {
    if (!(size > 0)) fail('A size is a number of megabytes.');
    const path = join(work, `rows-${size}.jsonl`);
    await writeEditorRows(path, size * 1024 * 1024);
    made.push({ size, path });
  }
  return made;
}

function circumstances(): { measuredAt: string; machine: string; load: number } {
  return { measuredAt: new Date().toISOString(), machine: `${os.cpus()[0]?.model ?? ''}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, Node ${process.version}`, load: os.loadavg()[0]! };
}
