/** What is half-typed: on disk within a second, brought back beside its row and never into the file. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { followDrafts } from '../../../src/dataset/drafts.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';

const rows = [1, 2, 3].map((n) => `{"prompt": "p${n}", "completion": "c", "meta": {"n": ${n}}}`);
const text = `${rows.join('\n')}\n`;
const half = '{"n": 2,\n "more": [';

let folder: string;
let path: string;
const open: DatasetDocument[] = [];
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-drafts-'));
  path = join(folder, 'train.jsonl');
  await fs.writeFile(path, text);
});
afterEach(async () => {
  for (const document of open.splice(0)) await document.dispose();
  await fs.rm(folder, { recursive: true });
});

async function openDocument({ isAlive = false, readOnly = false } = {}): Promise<DatasetDocument> {
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: { pid: 1 }, isAlive: (owner) => Promise.resolve(isAlive && owner !== null), onError: (error) => assert.fail(String(error)) });
  const document = await DatasetDocument.open({ ...diskFile(path, join(folder, 'spare')), isReadOnly: () => Promise.resolve(readOnly) }, journal);
  open.push(document);
  await document.indexed();
  await document.restore(undefined, 'Restore');
  return document;
}
/** Leaves the document as a killed process would. */
async function crash(document: DatasetDocument): Promise<void> {
  await document.journal.flush();
  open.splice(open.indexOf(document), 1);
}
const type = (document: DatasetDocument, row: number, draft = half) => document.setDraft({ row, revision: document.revision }, ['meta'], draft);
const shown = (document: DatasetDocument) => document.drafts.all.map((draft) => [draft.row, draft.place, draft.text]);
const journals = () => fs.readdir(join(folder, 'journals')).catch(() => []);
const save = (document: DatasetDocument) => document.save(new AbortController().signal);

describe('a value that is no JSON yet', () => {
  test('comes back after a crash beside its row, as it was typed last, and asks nothing', async () => {
    const before = await openDocument();
    await type(before, 1, '{"n');
    await type(before, 1);
    assert.deepEqual([before.dirty, before.drafts.back], [false, false]);
    await crash(before);
    const document = await openDocument();
    assert.equal(document.pending, undefined);
    assert.deepEqual(shown(document), [[1, ['meta'], half]]);
    assert.deepEqual(document.drafts.of(1).length, 1);
    assert.equal(document.drafts.back, true);
    assert.deepEqual([document.dirty, await fs.readFile(path, 'utf8')], [false, text]);
    await crash(document);
    assert.deepEqual(shown(await openDocument()), [[1, ['meta'], half]], 'and after the next one');
    assert.equal((await journals()).length, 1);
  });

  test('stays with its row through edits and a save, and goes when it is JSON', async () => {
    const before = await openDocument();
    await type(before, 1);
    await before.addRow({ row: -1, revision: before.revision }, 'empty', () => 'add');
    await before.setText({ row: 2, revision: before.revision }, ['completion'], 'other', undefined, () => 'edit');
    await save(before);
    assert.equal((await fs.readFile(path, 'utf8')).split('\n')[2], rows[1]!.replace('"c"', '"other"'));
    await before.deleteRow({ row: 1, revision: before.revision }, () => 'delete');
    await crash(before);

    const document = await openDocument();
    assert.equal(document.pending?.splices.length, 1);
    assert.deepEqual(shown(document), [], 'not before someone has decided about the rows');
    await document.replayPending('Restore');
    assert.deepEqual(shown(document), [[1, ['meta'], half]]);
    await document.setText({ row: 1, revision: document.revision }, ['meta'], `${half}]}`, 's', () => 'edit', 'json');
    assert.deepEqual(shown(document), []);
    await save(document);
    assert.match((await fs.readFile(path, 'utf8')).split('\n')[1]!, /"more": \[\]/);
    await document.journal.flush();
    assert.deepEqual(await journals(), []);
  });

  test('waits for the next time when the editor is closed, where nobody was asked about it', async () => {
    const before = await openDocument({ isAlive: true });
    await type(before, 2);
    await before.dispose();
    open.pop();
    assert.deepEqual(shown(await openDocument({ isAlive: true })), [[2, ['meta'], half]]);
  });

  test('is given up with the edits beside it', async () => {
    const closed = await openDocument();
    await type(closed, 2);
    await closed.setText({ row: 0, revision: closed.revision }, ['completion'], 'x', undefined, () => 'edit');
    await closed.dispose();
    open.pop();
    const reverted = await openDocument();
    assert.deepEqual([reverted.pending, shown(reverted)], [undefined, []]);
    await type(reverted, 2);
    await reverted.revert();
    await reverted.journal.flush();
    assert.deepEqual([shown(reverted), await journals()], [[], []]);
  });

  test('finds its row in a file that someone else wrote; without one it is kept beside', async () => {
    const document = await openDocument();
    await type(document, 1);
    await type(document, 2, '{"gone');
    await fs.writeFile(path, `{"prompt": "new"}\n${rows[0]}\n${rows[1]}\n`);
    await document.checkDisk();
    assert.deepEqual(shown(document), [[2, ['meta'], half]]);
    assert.equal(document.drafts.lost, 1);
    assert.match(await fs.readFile(document.journal.lostPath!, 'utf8'), /gone/);
    await crash(document);
    assert.deepEqual(shown(await openDocument()), [[2, ['meta'], half]]);
  });

  test('a note is kept like it, also where nothing can be written to the file, until it was said', async () => {
    const before = await openDocument({ readOnly: true });
    await assert.rejects(type(before, 1), { code: 'read-only' });
    const at = { row: 1, revision: before.revision };
    await before.setDraft(at, 'note', 'because');
    await before.setDraft(at, 'labels', 'od');
    await before.dropDraft(at, 'labels');
    await crash(before);
    const document = await openDocument();
    assert.deepEqual(shown(document), [[1, 'note', 'because']]);
    await document.dropDraft({ row: 1, revision: document.revision }, 'note');
    await crash(document);
    assert.deepEqual(shown(await openDocument()), []);
  });

  test('stays with its row where rows around it come and go in the same change', () => {
    const draft = { row: 4, line: 'x', place: ['meta'], text: half };
    const after = (...splices: Parameters<typeof followDrafts>[1]) => followDrafts([draft], splices).map(({ row, line }) => [row, line]);
    assert.deepEqual(after({ at: 0, removed: ['a'], inserted: [] }, { at: 3, removed: ['w', 'x', 'y'], inserted: ['x', 'z'] }), [[2, 'x']]);
    assert.deepEqual(after({ at: 3, removed: ['w', 'x'], inserted: ['x\r', 'y'] }), [[3, 'x\r']]);
    assert.deepEqual(after({ at: 4, removed: ['x'], inserted: ['edited'] }), [[4, 'edited']]);
    assert.deepEqual(after({ at: 3, removed: ['w', 'x'], inserted: ['other'] }), []);
    assert.deepEqual(after({ at: 5, removed: [], inserted: ['x'] }), [[4, 'x']]);
  });

  test('of a row that is deleted goes with it', async () => {
    const document = await openDocument();
    await type(document, 1);
    await document.deleteRow({ row: 1, revision: document.revision }, () => 'delete');
    assert.deepEqual(shown(document), []);
    await crash(document);
    const again = await openDocument();
    await again.replayPending('Restore');
    assert.deepEqual(shown(again), []);
  });
});
