/** Rows of a dataset that is open in the dataset editor, held against each other: as the terminal does it, and anew after edits. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sleep } from '../../../src/core/abort.ts';
import { readLines } from '../../../src/dataset/lineReader.ts';
import { followAcrossRows } from '../../../src/host/datasetEditor/acrossRows.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { RowProblems } from '../../../src/host/datasetEditor/rowProblems.ts';
import { validateFile } from '../../../src/language/validate.ts';
import { openFileSource } from '../../../src/node/fileSource.ts';

let folder: string;
let path: string;
let document: DatasetDocument;
let problems: RowProblems;
let following: { dispose(): void };

const row = (i: number, more: object = {}) => JSON.stringify({ prompt: `p${i}`, completion: `c${i}`, ...more });

async function open(text: string): Promise<void> {
  await fs.writeFile(path, text);
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: null, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  document = await DatasetDocument.open(diskFile(path, folder), journal);
  problems = new RowProblems(document, 1000);
  following = followAcrossRows(problems, (error) => assert.fail(String(error)), { workerPath: resolve('dist', 'rowWorker.js'), restMs: 10 });
}

/** All that is listed, once it is so. */
async function until(isDone: (found: string[]) => boolean): Promise<string[]> {
  for (;;) {
    const found = [...problems.listed].sort(([a], [b]) => a - b).flatMap(([at, list]) => list.map(({ code, message, start, end }) => `${at + 1}:${start}-${end} ${code} ${message}`));
    if (problems.counts?.complete && isDone(found)) return found;
    await sleep(10);
  }
}

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-across-'));
  path = join(folder, 'train.jsonl');
});
afterEach(async () => {
  following.dispose();
  problems.dispose();
  await document.dispose();
  await fs.rm(folder, { recursive: true });
});

test('says what the terminal says', async () => {
  const lines = [...Array.from({ length: 300 }, (_, i) => row(i % 90, { score: i === 50 ? 'x' : i })), row(3, { completion: 'other' }), '{"promt": "a", "completion": "b"}', row(7)];
  await open(lines.join('\r\n'));
  const source = await openFileSource(path);
  const expected: string[] = [];
  await validateFile(readLines(source), { across: { known: {}, again: () => readLines(source) }, onProblem: ({ line, problem }) => expected.push(`${line}:${problem.start}-${problem.end} ${problem.code} ${problem.message}`) });
  await source.close();
  assert.ok(['duplicate-row', 'same-prompt', 'type-drift', 'misspelt-key'].every((code) => expected.some((one) => one.includes(` ${code} `))));
  assert.deepEqual((await until(({ length }) => length > 50)).sort(), expected.sort());
});

test('follows edits: findings move along with their rows, go with the row that is changed, and are found anew', async () => {
  await open([row(0), row(1), row(2), row(1)].join('\n'));
  assert.deepEqual((await until(({ length }) => length > 0)).map((one) => one.split(' ').slice(0, 2).join(' ')), ['4:0-1 duplicate-row']);
  await document.deleteRow({ row: 0, revision: document.revision }, () => 'delete');
  assert.deepEqual([...problems.listed.keys()], [2]);
  await until((found) => found.length === 1 && found[0]!.startsWith('3:') && found[0]!.includes('same as line 1'));
  await document.setLine({ row: 2, revision: document.revision }, row(5), undefined, () => 'line');
  assert.deepEqual(await until(({ length }) => length === 0), []);
  await document.setLine({ row: 0, revision: document.revision }, row(5), undefined, () => 'line');
  await until((found) => found.length === 1 && found[0]!.startsWith('3:'));
});

test('a copy can be removed by its quick fix', async () => {
  await open([row(0), row(1), row(0)].join('\n'));
  await until(({ length }) => length === 1);
  await document.fixLine({ row: 2, revision: document.revision }, problems.listed.get(2)![0]!.data!.fix!.edits, () => 'fix');
  assert.deepEqual((await document.read(0, 5, 1000)).map(({ text }) => text), [row(0), row(1)]);
  assert.deepEqual(await until(({ length }) => length === 0), []);
});

test('does nothing while checking is switched off, and begins when it is switched on', async () => {
  await open([row(0), row(0)].join('\n'));
  problems.maxListed = undefined;
  await sleep(300);
  assert.equal(problems.listed.size, 0);
  problems.maxListed = 10;
  await until(({ length }) => length === 1);
});
