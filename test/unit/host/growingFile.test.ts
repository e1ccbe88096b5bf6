/** A dataset that someone else writes on at its end while it is open, as a log is: rows appear, and nothing else changes. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Edit } from '../../../src/dataset/editLog.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { RowProblems } from '../../../src/host/datasetEditor/rowProblems.ts';

const rows = ['{"prompt": "2+2", "completion": " 4", "id": 1.0}', '{ "prompt":"caf\\u00e9","completion":"" }', '', '{"prompt": "last", "completion": "x"}'];
let folder: string;
let path: string;
const open: DatasetDocument[] = [];
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-growing-'));
  path = join(folder, 'log.jsonl');
});
afterEach(async () => {
  for (const document of open.splice(0)) await document.dispose();
  await fs.rm(folder, { recursive: true });
});

async function openDocument(text?: string): Promise<DatasetDocument & { edits: Edit[] }> {
  if (text !== undefined) await fs.writeFile(path, text);
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: 1, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  const document = Object.assign(await DatasetDocument.open(diskFile(path, join(folder, 'spare')), journal), { edits: [] as Edit[] });
  document.edited.on((edit) => document.edits.push(edit));
  await document.indexed();
  open.push(document);
  return document;
}
const at = (document: DatasetDocument, row: number) => ({ row, revision: document.revision });
const set = (document: DatasetDocument, row: number, key: string, text: string) => document.setText(at(document, row), [key], text, undefined, () => 'edit');
const save = (document: DatasetDocument) => document.save(new AbortController().signal);
const texts = async (document: DatasetDocument) => (await document.read(0, 1e6, 1e6)).map((line) => line.text);

describe('a file that is open', () => {
  test('one that grows shows its new rows, and keeps edits, undo and what was selected', async () => {
    const document = await openDocument(`${rows[0]}\n${rows[1]}\n`);
    const problems = new RowProblems(document, 100);
    const complete = async () => {
      while (!problems.counts?.complete) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await complete();
    document.reloaded.on(() => assert.fail('not read anew'));
    await set(document, 0, 'completion', 'mine');
    await document.addRow(at(document, 1), 'copy', () => 'copy');
    const selected = at(document, 1);
    await fs.appendFile(path, `${rows[3]}\n{"prompt": "a",}\n`);
    await document.checkDisk();
    const mine = rows[0]!.replace('" 4"', '"mine"');
    assert.deepEqual(await texts(document), [mine, rows[1], rows[1], rows[3], '{"prompt": "a",}']);
    assert.deepEqual([document.pending, document.dirty, document.find(selected)], [undefined, true, 1]);
    await complete();
    assert.equal([...problems.listed.keys()].at(-1), 4);
    problems.dispose();
    // a crash now brings the edits back onto the longer file
    await document.journal.flush();
    const again = await openDocument();
    await again.restore(undefined, 'Restore');
    assert.deepEqual(again.pending?.matched.lost, []);
    await again.discardPending();
    for (const edit of document.edits.toReversed()) await document.undo(edit.id);
    await fs.appendFile(path, 'later\n');
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), [rows[0], rows[1], rows[3], '{"prompt": "a",}', 'later', ''].join('\n'), 'what came after the last look is kept by a save');
  });

  test('one that grows in the middle of a line shows the line as it is then', async () => {
    const document = await openDocument(`${rows[0]}\n{"prompt": "be`);
    const changed: unknown[] = [];
    document.rowsChanged.on(({ splices }) => changed.push(...splices));
    await fs.appendFile(path, 'gun", "completion": ""}\nnext');
    await document.checkDisk();
    const whole = '{"prompt": "begun", "completion": ""}';
    assert.deepEqual(await texts(document), [rows[0], whole, 'next']);
    assert.deepEqual(changed, [{ at: 1, removed: ['{"prompt": "be'], inserted: [whole] }]);
  });

  test('one that grew but has another row where one was edited waits for a decision, as does another file that only begins alike', async () => {
    const big = `${`${rows[0]}\n`.repeat(8000)}`; // more than is looked at whole
    const document = await openDocument(big);
    await set(document, 4010, 'completion', 'mine');
    const theirs = Buffer.from(`${big}more\n`);
    theirs.write('5', rows[0]!.indexOf('4') + 4010 * (rows[0]!.length + 1));
    await fs.writeFile(path, theirs, { flag: 'r+' });
    await document.checkDisk();
    assert.equal(document.pending?.matched.matching.length, 1);
    assert.notEqual(document.pending.matched.matching[0]!.at, 4010, 'the row that they changed is not written over');
    await document.revert();
    let reloads = 0;
    document.reloaded.on(() => reloads++);
    await fs.writeFile(join(folder, 'checked out'), `${theirs.toString()}and more\n`);
    await fs.rename(join(folder, 'checked out'), path);
    await document.checkDisk();
    assert.equal(reloads, 1);
    assert.equal(document.rows, 8002);
  });
});
