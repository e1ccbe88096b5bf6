/** Finding and replacing in an open dataset: what is unsaved counts, edits meanwhile are kept apart, and a replacement is one step of undo. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isCancelled } from '../../../src/core/abort.ts';
import { identifyRow } from '../../../src/dataset/annotations/rowIdentity.ts';
import type { Edit } from '../../../src/dataset/editLog.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { createFindRows, type FindRows } from '../../../src/host/datasetEditor/findRows.ts';
import type { DatasetHost, FindRequest } from '../../../src/protocol/datasetView.ts';

let folder: string;
let path: string;
let document: DatasetDocument;
let find: FindRows;
let told: DatasetHost['events']['found'][];
let edits: Edit[];
const lines = Array.from({ length: 500 }, (_, i) => `{"prompt": "Colour ${i}", "completion": "A \\u00e9 colour of ${i % 5}", "n": ${i}.0}`);

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-find-'));
  path = join(folder, 'train.jsonl');
  await fs.writeFile(path, `\ufeff${lines.join('\r\n')}`);
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: null, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  document = await DatasetDocument.open(diskFile(path, folder), journal);
  await document.indexed();
  edits = [];
  document.edited.on((edit) => edits.push(edit));
  told = [];
  find = createFindRows(document, (found) => told.push(found), { workerPath: resolve('dist', 'rowWorker.js'), timeoutMs: 2000 });
});
afterEach(async () => {
  find.dispose();
  await document.dispose();
  await fs.rm(folder, { recursive: true });
});

const request = (text: string, more: Partial<FindRequest> = {}): FindRequest => ({ text, matchCase: false, regex: false, with: undefined, ...more });
const run = (asked: FindRequest, signal = new AbortController().signal) => find.run({ id: 1, find: asked }, signal);
const found = () => told.flatMap(({ rows }) => [...rows]);
const save = () => document.save(new AbortController().signal);

describe('finding', () => {
  test('in rows as they are now, with edits that are not saved', async () => {
    await document.setText({ row: 7, revision: document.revision }, ['completion'], 'zebra', undefined, () => 'Edit');
    assert.deepEqual(await run(request('zebra')), { revision: document.revision, problem: undefined, interrupted: false, order: undefined });
    assert.deepEqual(found(), [7]);
    assert.equal(told.at(-1)!.done, told.at(-1)!.total);
    await run(request('prompt:"colour 49"'));
    assert.deepEqual(found().slice(1), [49, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499]);
  });

  test('by problems as they count in the editor', async () => {
    await document.setText({ row: 3, revision: document.revision }, ['completion'], '', undefined, () => 'Edit');
    await document.setText({ row: 5, revision: document.revision }, ['completion'], '', undefined, () => 'Edit');
    await run(request('problem:empty-answer'));
    assert.deepEqual(found(), [3, 5]);
    told = [];
    const [line] = await document.read(3, 1, 1e6);
    const ruled = createFindRows(document, (some) => told.push(some), { workerPath: resolve('dist', 'rowWorker.js'), rules: () => ({ levels: {}, rows: { [identifyRow(line!.text)!.hash]: ['empty-answer'] } }) });
    await ruled.run({ id: 2, find: request('problem:empty-answer') }, new AbortController().signal);
    ruled.dispose();
    assert.deepEqual(found(), [5]);
  });

  test('in another order; with a reason why not; cancelled', async () => {
    const { order } = await run(request('n>=497 sort:-n'));
    assert.deepEqual([...order!], [499, 498, 497]);
    assert.match((await run(request('/(/'))).problem!, /no regular expression/);
    const abort = new AbortController();
    const running = run(request('colour'), abort.signal);
    abort.abort();
    await assert.rejects(running, isCancelled);
  });

  test('by what was said about them, where the query asks for it', async () => {
    find.dispose();
    const sidecar = join(folder, 'said.jsonl');
    await fs.writeFile(sidecar, `${JSON.stringify({ row: identifyRow(lines[4]!)!.hash, annotator: 'Ann', time: '2026-03-01T09:30:00.000Z', choice: 'skip' })}\n`);
    let asked = 0;
    find = createFindRows(document, (one) => told.push(one), { workerPath: resolve('dist', 'rowWorker.js'), annotations: () => (asked++, Promise.resolve({ sidecar, annotator: 'Ann' })) });
    await run(request('n=3'));
    assert.deepEqual([asked, found()], [0, [3]]);
    await run(request('annotation:skipped'));
    assert.deepEqual([asked, found()], [1, [3, 4]]);
  });

  test('a new search ends the one before it', async () => {
    const first = run(request('colour'));
    const second = run(request('"colour 3"'));
    await assert.rejects(first, isCancelled);
    await second;
    assert.ok(found().includes(3));
  });
});

describe('replacing', () => {
  const replacing = request('colour', { with: 'shade' });

  test('everywhere is one step of undo and changes those texts alone', async () => {
    assert.deepEqual((await find.preview(await document.read(0, 1, 1e6), replacing))![0], { places: 2, before: '', found: 'Colour', with: 'shade', after: ' 0' });
    assert.equal(await find.replace(replacing, undefined, (rows) => `Replaced in ${rows}`), 500);
    assert.deepEqual(edits.map(({ label }) => label), ['Replaced in 500']);
    await save();
    assert.equal(await fs.readFile(path, 'utf8'), `\ufeff${lines.join('\r\n').replaceAll(/colour/gi, 'shade')}`);
    await document.undo(edits[0]!.id);
    await save();
    assert.equal(await fs.readFile(path, 'utf8'), `\ufeff${lines.join('\r\n')}`);
  });

  test('in one row', async () => {
    assert.equal(await find.replace(request('colour (\\d+)', { regex: true, with: '<$1>' }), 3, () => 'Replace'), 1);
    assert.equal((await document.read(3, 1, 1e6))[0]!.text, `${lines[3]!.replace('Colour 3', '<3>')}\r`);
    assert.equal(await find.replace(request('nothing', { with: 'x' }), 3, () => 'Replace'), 0);
    assert.equal(edits.length, 1);
  });

  test('nothing where rows changed meanwhile, and nothing by an expression that hangs', async () => {
    const going = find.replace(replacing, undefined, () => 'Replace');
    await new Promise((done) => setImmediate(done)); // it has the rows, and its thread is still starting
    await document.deleteRow({ row: 0, revision: document.revision }, () => 'Delete');
    await assert.rejects(going, /Rows were changed meanwhile, so nothing was replaced/);
    await document.setText({ row: 5, revision: document.revision }, ['completion'], `${'a'.repeat(60)}!`, undefined, () => 'Edit');
    await assert.rejects(find.replace(request('^(a+)+$', { regex: true, with: 'x' }), undefined, () => 'Replace'), /took more than/);
    assert.deepEqual(edits.map(({ label }) => label), ['Delete', 'Edit']);
  });
});
