/** An open dataset on a real disk: minimal saves, undo behind them, journal and backup, and a file that changes underneath. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Edit } from '../../../src/dataset/editLog.ts';
import type { Format } from '../../../src/dataset/format.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { ChangedOnDisk } from '../../../src/host/datasetEditor/documentBase.ts';
import { createDocumentJournal, type DocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { RowProblems } from '../../../src/host/datasetEditor/rowProblems.ts';

const rows = ['{"prompt": "2+2", "completion": " 4", "id": 1.0}', '{ "prompt":"caf\\u00e9","completion":"" }', '', '{"prompt": "last", "completion": "x"}'];
const crlf = `\ufeff${rows.join('\r\n')}`;

let folder: string;
let path: string;
const open: DatasetDocument[] = [];
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-document-'));
  path = join(folder, 'train.jsonl');
});
afterEach(async () => {
  for (const document of open.splice(0)) await document.dispose();
  await fs.rm(folder, { recursive: true });
});

function journalFor(alive = false): DocumentJournal {
  return createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: { pid: 1 }, isAlive: () => Promise.resolve(alive), onError: (error) => assert.fail(String(error)) });
}
async function openDocument(text?: string, journal = journalFor()): Promise<DatasetDocument & { edits: Edit[] }> {
  if (text !== undefined) await fs.writeFile(path, text);
  const document = Object.assign(await DatasetDocument.open(diskFile(path, join(folder, 'spare')), journal), { edits: [] as Edit[] });
  document.edited.on((edit) => document.edits.push(edit));
  await document.indexed();
  open.push(document);
  return document;
}
const at = (document: DatasetDocument, row: number) => ({ row, revision: document.revision });
const set = (document: DatasetDocument, row: number, key: string, text: string, stroke?: string) => document.setText(at(document, row), [key], text, stroke, (now) => `Edit ${key} of row ${now + 1}`);
const save = (document: DatasetDocument) => document.save(new AbortController().signal);
const texts = async (document: DatasetDocument) => (await document.read(0, 1e6, 1e6)).map((line) => line.text);
const journals = async () => {
  for (const document of open) await document.journal.flush();
  return fs.readdir(join(folder, 'journals')).catch(() => []);
};
/** Leaves the document as a killed process would. */
async function crash(document: DatasetDocument): Promise<void> {
  await document.journal.flush();
  open.splice(open.indexOf(document), 1);
}

describe('saving', () => {
  test('changes the edited value and nothing else', async () => {
    const document = await openDocument(crlf);
    assert.equal(document.format?.id, 'prompt-completion');
    await set(document, 1, 'completion', 'thé');
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), crlf.replace('"completion":""', '"completion":"th\\u00e9"'));
    assert.equal(document.dirty, false);
    assert.deepEqual(await journals(), []);
  });

  test('undo works behind it, and again after the next one', async () => {
    const document = await openDocument(crlf);
    await set(document, 0, 'completion', ' four');
    await save(document);
    await set(document, 3, 'completion', 'y');
    const [first, second] = document.edits;
    assert.equal(await document.undo(second!.id), true);
    assert.equal(await document.undo(first!.id), true);
    assert.equal(await document.undo(first!.id), false);
    assert.equal(document.dirty, true);
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), crlf);
    await document.redo(second!.id);
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), crlf.replace('" 4"', '" four"').replace('"x"', '"y"'));
  });

  test('typing in a field is one step of undo; a save ends the step', async () => {
    const document = await openDocument(crlf);
    for (const text of ['a', 'ab', 'abc']) await set(document, 0, 'completion', text, 's');
    await save(document);
    await set(document, 0, 'completion', 'abcd', 's');
    assert.deepEqual(document.edits.map((edit) => edit.label), ['Edit completion of row 1', 'Edit completion of row 1']);
    await document.undo(document.edits[1]!.id);
    assert.match((await texts(document))[0]!, /"abc"/);
  });

  test('an edit made while it is being written stays unsaved', async () => {
    await fs.writeFile(path, `${rows[0]}\n`.repeat(5000));
    let middle = () => {};
    const reached = new Promise<void>((resolve) => (middle = resolve));
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const plain = diskFile(path, folder);
    const document = await DatasetDocument.open({ ...plain, save: (chunks, request) => plain.save(chunks, { ...request, beforeReplace: () => (middle(), gate) }) }, journalFor());
    open.push(document);
    await set(document, 0, 'completion', 'one');
    const saving = save(document);
    await reached;
    await set(document, 1, 'completion', 'two');
    goOn();
    await saving;
    assert.equal(document.dirty, true);
    const lines = (await fs.readFile(path, 'utf8')).split('\n');
    assert.deepEqual([lines[0], lines[1]], [rows[0]!.replace('" 4"', '"one"'), rows[0]]);
    assert.match((await texts(document))[1]!, /"two"/);
    await document.journal.flush();
    assert.equal((await journals()).length, 1);
    await save(document);
    assert.match((await fs.readFile(path, 'utf8')).split('\n')[1]!, /"two"/);
  });

  test('rows can be read and edited while the file is being replaced', async () => {
    await fs.writeFile(path, `${rows[0]}\n`.repeat(20_000));
    const plain = diskFile(path, folder);
    let meanwhile: Promise<unknown> | undefined;
    const document: DatasetDocument = await DatasetDocument.open({
      ...plain,
      async save(bytes, request) {
        const [source] = [(await plain.open()).source];
        const closing = plain.save(bytes, request);
        // until this other source cannot be read any more: from then on the file is being replaced
        while (meanwhile === undefined) await source.read(0, 1).catch(() => (meanwhile = Promise.all([document.read(15_000, 1, 1e6), set(document, 19_000, 'completion', 'late')])));
        await closing;
      },
    }, journalFor());
    open.push(document);
    await document.indexed();
    await set(document, 0, 'completion', 'one');
    await save(document);
    await meanwhile;
    assert.ok(meanwhile);
    assert.equal(document.dirty, true);
    assert.match((await document.read(19_000, 1, 1e6))[0]!.text, /"late"/);
    await save(document);
    assert.match((await fs.readFile(path, 'utf8')).split('\n')[19_000]!, /"late"/);
  });

  test('rows are added and removed in the style of the file, also at its end', async () => {
    const document = await openDocument(crlf);
    assert.equal(await document.addRow(at(document, 3), 'copy', () => 'copy'), 4);
    assert.equal(await document.addRow(at(document, 0), 'empty', () => 'add'), 1);
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), `\ufeff${[rows[0], '{"prompt": "", "completion": ""}', ...rows.slice(1), rows[3]].join('\r\n')}`);
    await document.deleteRow(at(document, 5), () => 'delete');
    await document.deleteRow(at(document, 1), () => 'delete');
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), crlf);
    for (const edit of [...document.edits].reverse()) await document.undo(edit.id);
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), crlf);
  });

  test('a file without rows takes one', async () => {
    const document = await openDocument('');
    await document.addRow({ row: -1, revision: document.revision }, 'empty', () => 'add');
    await save(document);
    assert.equal(await fs.readFile(path, 'utf8'), '{"prompt": "", "completion": ""}\n');
  });

  test('keeps links and mode, and leaves no temporary file', async () => {
    await fs.writeFile(join(folder, 'real.jsonl'), crlf, { mode: 0o640 });
    await fs.symlink('real.jsonl', path);
    const document = await openDocument();
    await set(document, 0, 'completion', 'new');
    await save(document);
    assert.equal((await fs.lstat(path)).isSymbolicLink(), true);
    assert.equal((await fs.stat(path)).mode & 0o777, 0o640);
    await fs.link(join(folder, 'real.jsonl'), join(folder, 'other.jsonl'));
    await set(document, 0, 'completion', 'newer, and longer than before');
    await save(document);
    await set(document, 0, 'completion', 's');
    await save(document);
    assert.equal(await fs.readFile(join(folder, 'other.jsonl'), 'utf8'), crlf.replace('" 4"', '"s"'));
    assert.equal((await fs.stat(path)).nlink, 2);
    assert.deepEqual((await fs.readdir(folder)).filter((name) => name.endsWith('.tmp')), []);
    assert.deepEqual(await fs.readdir(join(folder, 'spare')), []);
  });

  test('cancelled, it leaves the file, the edits and no trace', async () => {
    const document = await openDocument(crlf);
    await set(document, 0, 'completion', 'new');
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(document.save(abort.signal), { name: 'Cancelled' });
    assert.equal(await fs.readFile(path, 'utf8'), crlf);
    assert.equal(document.dirty, true);
    assert.deepEqual((await fs.readdir(folder)).sort(), ['journals', 'train.jsonl']);
    await save(document);
  });

  test('never writes over what someone else wrote, unless told to', async () => {
    const document = await openDocument(crlf);
    await set(document, 0, 'completion', 'mine');
    await fs.writeFile(path, `${rows[3]}\n`);
    await assert.rejects(save(document), ChangedOnDisk);
    assert.equal(await fs.readFile(path, 'utf8'), `${rows[3]}\n`);
    assert.equal(document.dirty, true);
  });
});

describe('a file that changes on disk', () => {
  test('is read anew when there are no unsaved edits', async () => {
    const document = await openDocument(`${rows[0]}\n`);
    let reloads = 0;
    document.reloaded.on(() => reloads++);
    await document.checkDisk();
    await set(document, 0, 'completion', 'a');
    await save(document);
    await document.checkDisk();
    assert.equal(reloads, 0, 'our own save is no change');
    await fs.writeFile(path, `${rows[3]}\n${rows[0]}\n`);
    await document.checkDisk();
    assert.equal(reloads, 1);
    assert.deepEqual(await texts(document), [rows[3], rows[0]]);
    assert.equal(await document.undo(document.edits[0]!.id), false);
  });

  test('keeps unsaved edits waiting, and reapplies those whose rows are there', async () => {
    const document = await openDocument(`${rows[0]}\n${rows[1]}\n${rows[3]}\n`);
    await set(document, 0, 'completion', 'mine');
    await set(document, 2, 'completion', 'mine too');
    await fs.writeFile(path, `new first row\n${rows[0]}\n${rows[1]}\nchanged by them\n`);
    await document.checkDisk();
    assert.equal(document.pending?.why, 'changed');
    assert.equal(document.dirty, true);
    await assert.rejects(set(document, 0, 'completion', 'x'), { code: 'pending' });
    await assert.rejects(save(document), { code: 'pending' });
    const lost = await document.replayPending('Reapply');
    assert.deepEqual(lost.map((splice) => splice.at), [2]);
    assert.deepEqual(await texts(document), ['new first row', rows[0]!.replace('" 4"', '"mine"'), rows[1], 'changed by them']);
    assert.match(await fs.readFile(document.journal.lostPath!, 'utf8'), /mine too/);
    await document.undo(document.edits.at(-1)!.id);
    assert.equal((await texts(document))[1], rows[0]);
  });

  test('keeps them waiting when the file has become read-only, and takes them when it no longer is', async () => {
    await fs.writeFile(path, crlf);
    const plain = diskFile(path, folder);
    let readOnly = false;
    const document = await DatasetDocument.open({ ...plain, isReadOnly: () => Promise.resolve(readOnly) }, journalFor());
    open.push(document);
    await set(document, 0, 'completion', 'mine');
    await fs.writeFile(path, `{"prompt": "new", "completion": "row"}\r\n${crlf.slice(1)}`);
    readOnly = true;
    await document.checkDisk();
    await assert.rejects(document.replayPending('Restore'), { code: 'read-only' });
    assert.equal(document.pending?.splices.length, 1);
    readOnly = false;
    await document.checkDisk();
    assert.deepEqual(await document.replayPending('Restore'), []);
    assert.match((await texts(document))[1]!, /"mine"/);
    // a crash now brings back that edit of the file as it is, and no trace of the old one
    await crash(document);
    const again = await openDocument();
    await again.restore(undefined, 'Restore');
    assert.deepEqual(again.pending?.splices.map((splice) => splice.at), [1]);
  });

  test('undoing several edits at once is one step in the journal, whole or not at all', async () => {
    const document = await openDocument(crlf);
    for (const text of ['a', 'b', 'c']) await document.addRow(at(document, 0), 'copy', () => text);
    await save(document);
    await document.undo(document.edits[0]!.id);
    await crash(document);
    const again = await openDocument();
    await again.restore(undefined, 'Restore');
    await again.replayPending('Restore');
    assert.deepEqual(await texts(again), crlf.slice(1).split('\n'));
  });

  test('a deleted file is written again by saving', async () => {
    const document = await openDocument(crlf);
    await fs.rm(path);
    await document.checkDisk();
    assert.equal(document.missing, true);
    await set(document, 0, 'completion', 'x');
    await save(document);
    assert.equal(document.missing, false);
    assert.match(await fs.readFile(path, 'utf8'), /"x"/);
  });

  test('revert gives up the edits and takes what is on disk', async () => {
    const document = await openDocument(`${rows[0]}\n`);
    await set(document, 0, 'completion', 'mine');
    await document.revert();
    assert.equal(document.dirty, false);
    assert.deepEqual(await texts(document), [rows[0]]);
    await set(document, 0, 'completion', 'mine');
    await fs.writeFile(path, 'theirs\n');
    await document.revert();
    assert.deepEqual(await texts(document), ['theirs']);
    assert.deepEqual(await journals(), []);
  });
});

describe('edits of an earlier session', () => {
  test('a crash leaves them in the journal, and they come back when asked for', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'typed', 's');
    await set(before, 0, 'completion', 'typed more', 's');
    await before.deleteRow(at(before, 2), () => 'delete');
    await crash(before);
    const document = await openDocument();
    await document.restore(undefined, 'Restore');
    assert.equal(document.pending?.why, 'session');
    assert.equal(document.dirty, false);
    assert.deepEqual(await document.replayPending('Restore'), []);
    assert.deepEqual(await texts(document), await texts(before));
    assert.equal(document.dirty, true);
    await save(document);
    assert.deepEqual(await journals(), []);
  });

  test('are left alone while their window lives', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'other window');
    await crash(before);
    const document = await openDocument(undefined, journalFor(true));
    await document.restore(undefined, 'Restore');
    assert.equal(document.pending, undefined);
    assert.equal((await journals()).length, 1);
  });

  test('come along when the file was moved meanwhile, and are left alone while it is where it was', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'made before the move');
    await crash(before);
    const moved = join(folder, 'moved.jsonl');
    await fs.copyFile(path, moved);
    const openMoved = async () => {
      const journal = createDocumentJournal({ uri: `file://${moved}`, folder: join(folder, 'journals'), owner: 1, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
      const document = await DatasetDocument.open(diskFile(moved, join(folder, 'spare')), journal);
      open.push(document);
      await document.restore(undefined, 'Restore');
      return document;
    };
    assert.equal((await openMoved()).pending, undefined, 'a copy');
    await fs.rm(path);
    const document = await openMoved();
    assert.equal(document.pending?.why, 'session');
    assert.deepEqual(await document.replayPending('Restore'), []);
    assert.match((await texts(document))[0]!, /made before the move/);
    await save(document);
    assert.deepEqual(await journals(), []);
  });

  test('of a session that this machine cannot ask about are left alone for as long as its file is young', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'another host');
    await crash(before);
    const cannotTell = () => createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: {}, isAlive: () => Promise.resolve(undefined), onError: (error) => assert.fail(String(error)) });
    const young = await openDocument(undefined, cannotTell());
    await young.restore(undefined, 'Restore');
    assert.equal(young.pending, undefined);
    const silent = new Date(Date.now() - 6 * 60_000);
    await fs.utimes(join(folder, 'journals', (await journals())[0]!), silent, silent);
    const later = await openDocument(undefined, cannotTell());
    await later.restore(undefined, 'Restore');
    assert.equal(later.pending?.why, 'session');
  });

  test('keep their file young while their session lives, and write it again where it is gone', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const document = await openDocument(crlf);
    await set(document, 0, 'completion', 'mine');
    const file = join(folder, 'journals', (await journals())[0]!);
    const text = await fs.readFile(file, 'utf8');
    await fs.utimes(file, 1, 1);
    t.mock.timers.tick(30_000);
    await document.journal.flush();
    assert.ok((await fs.stat(file)).mtimeMs > Date.now() - 60_000);
    await fs.rm(file);
    t.mock.timers.tick(30_000);
    await document.journal.flush();
    assert.equal(await fs.readFile(file, 'utf8'), text);
  });

  test("of a closed window come back when VS Code's backup of them is lost", async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'in the backup that is lost');
    await before.dispose(); // closing a window for a hot exit
    open.pop();
    const document = await openDocument();
    await document.restore('backup-lost', 'Restore');
    assert.equal(document.pending?.why, 'session');
    assert.deepEqual(document.pending.matched.matching.map(({ at }) => at), [0]);
  });

  test('that find no place are kept beside those of an earlier time', async () => {
    const document = await openDocument(crlf);
    for (const text of ['first', 'second']) {
      await set(document, 0, 'completion', text);
      await fs.writeFile(path, `{"prompt": "other than ${text}", "completion": "row"}\n`);
      await document.checkDisk();
      assert.equal((await document.replayPending('Restore')).length, 1);
      assert.match(await fs.readFile(document.journal.lostPath!, 'utf8'), new RegExp(`\\\\"${text}\\\\"`));
    }
    assert.equal((await journals()).filter((name) => name.includes('.lost')).length, 2);
  });

  test('given up on purpose, they do not come back', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'x');
    await before.dispose();
    open.pop();
    const document = await openDocument();
    await document.restore(undefined, 'Restore');
    assert.equal(document.pending, undefined);
    assert.deepEqual(await journals(), []);
  });

  test("VS Code's backup brings them back at once, with what was typed after it", async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'in the backup');
    const backup = [...before.journal.backupText(before.unsaved())].join('');
    await set(before, 3, 'completion', 'after the backup');
    await before.dispose(); // closing a window for a hot exit
    open.pop();
    const document = await openDocument();
    await document.restore(await document.journal.readBackup(backup, 1), 'Restore');
    assert.equal(document.pending, undefined);
    assert.deepEqual(await texts(document), [rows[0]!.replace('" 4"', '"in the backup"'), rows[1], '', rows[3]!.replace('"x"', '"after the backup"')].map((row, i) => (i < 3 ? `${row}\r` : row)));
    assert.equal(document.edits.length, 1);
  });

  test('on another content they wait', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'mine');
    await crash(before);
    const document = await openDocument(`${rows[3]}\n`);
    await document.restore(undefined, 'Restore');
    assert.equal(document.pending?.matched.lost.length, 1);
    await document.discardPending();
    assert.equal(document.pending, undefined);
    assert.deepEqual(await journals(), []);
  });

  test('a damaged journal is told and kept, never taken for none', async () => {
    const before = await openDocument(crlf);
    await set(before, 0, 'completion', 'mine');
    await set(before, 3, 'completion', 'mine');
    await crash(before);
    const journalPath = join(folder, 'journals', (await journals())[0]!);
    const damaged = (await fs.readFile(journalPath, 'utf8')).replace('"splices"', '"spl');
    await fs.writeFile(journalPath, damaged);
    const told: string[] = [];
    const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: {}, isAlive: () => Promise.resolve(false), onError: (error) => told.push(String(error)) });
    const document = await openDocument(undefined, journal);
    await document.restore(undefined, 'Restore');
    assert.equal(document.pending, undefined);
    const [kept] = await journals();
    assert.equal(await fs.readFile(join(folder, 'journals', kept!), 'utf8'), damaged);
    assert.ok(told.length === 1 && told[0]!.includes(kept!), told.join());
  });

  test('an unreadable backup is an error', async () => {
    const document = await openDocument(crlf);
    await assert.rejects(document.journal.readBackup('garbage\n', 1), { code: 'backup-unreadable' });
  });
});

test('a row is followed through what others did to the rows meanwhile', async () => {
  const document = await openDocument(crlf);
  const { revision } = document;
  await document.deleteRow({ row: 0, revision }, () => 'delete');
  await document.setText({ row: 3, revision }, ['completion'], 'y', undefined, () => 'edit');
  assert.match((await texts(document))[2]!, /"y"/);
  await assert.rejects(document.setText({ row: 0, revision }, ['completion'], 'z', undefined, () => 'edit'), { code: 'row-gone' });
});

describe('a text made from a whole line', () => {
  const fix = [{ start: 0, end: 0, newText: ' ' }];
  test('is refused when the line changed since, so that nothing typed is lost', async () => {
    const document = await openDocument(crlf);
    const before = at(document, 0);
    await set(document, 0, 'completion', 'typed since', 's');
    await assert.rejects(document.fixLine(before, fix, () => 'fix'), { code: 'row-changed' });
    await assert.rejects(document.fixLine(before, [{ start: 0, end: 0, newText: '', removesLine: true }], () => 'fix'), { code: 'row-changed' });
    await assert.rejects(document.setLine(before, '{}', 'raw', () => 'line'), { code: 'row-changed' });
    assert.match((await texts(document))[0]!, /typed since/);
  });

  test('is taken after changes of other rows, and while one field goes on typing', async () => {
    const document = await openDocument(crlf);
    const before = at(document, 1);
    await document.deleteRow(at(document, 0), () => 'delete');
    await set(document, 2, 'completion', 'elsewhere');
    await document.setLine(before, '{"a": 1}', 'raw', () => 'line');
    await document.setLine(before, '{"a": 12}', 'raw', () => 'line');
    assert.equal((await texts(document))[0], '{"a": 12}\r');
    await document.fixLine(at(document, 0), fix, () => 'fix');
    assert.equal((await texts(document))[0], ' {"a": 12}\r');
    await document.fixLine(at(document, 1), [{ start: 0, end: 0, newText: '', removesLine: true }], () => 'fix');
    assert.equal(document.rows, 2);
  });
});

describe('turns, sides and values', () => {
  const talk = '{"messages": [{"role": "user", "content": "a"}], "n": 1.0}\r\n{"messages": []}\r\n';

  test('are changed in one step of undo each, in the row as it was seen', async () => {
    const document = await openDocument(talk);
    const { edits } = document;
    const before = at(document, 0);
    await document.changeRow(before, { op: 'splitTurn', path: ['messages'], index: 0, at: 0, content: 'content' }, (row) => `split ${row}`);
    const split = '{"messages": [{"role": "user", "content": ""}, {"role": "user", "content": "a"}], "n": 1.0}\r';
    assert.deepEqual([(await texts(document))[0], edits.map(({ label }) => label)], [split, ['split 0']]);
    await assert.rejects(document.changeRow(before, { op: 'deleteTurn', path: ['messages'], index: 0 }, () => 'delete'), { code: 'row-changed' });
    await assert.rejects(document.changeRow(at(document, 1), { op: 'deleteTurn', path: ['messages'], index: 0 }, () => 'delete'), { code: 'no-place' });
    await document.setText(at(document, 0), ['n'], '2.50', 's', () => 'value', 'json');
    await document.setText(at(document, 0), ['n'], '[', 's', () => 'value', 'json');
    assert.equal((await texts(document))[0], split.replace('1.0', '['));
    assert.ok(await document.undo(edits[1]!.id));
    assert.equal((await texts(document))[0], split);
    assert.ok(await document.undo(edits[0]!.id));
    assert.equal((await texts(document)).join('\n'), talk.trimEnd().concat('\r'));
  });
});

describe('what the first rows say about the file', () => {
  const change = (document: DatasetDocument) => new Promise<void>((resolve) => void document.head.changed.on(() => resolve()));

  test('a file of another layout has one problem, and its rows none', async () => {
    const document = await openDocument('[\n  {"text": "a"},\n  {"text": "b"}\n]\n');
    assert.deepEqual(document.head.now.problems.map(({ code }) => code), ['not-json-lines']);
    const problems = new RowProblems(document, 100);
    while (!problems.counts?.complete) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([problems.listed.size, problems.counts], [0, { errorRows: 0, warningRows: 0, complete: true }]);
    problems.dispose();
  });

  test('the format is found again when the first rows change', async () => {
    const document = await openDocument('{"question": "a", "answer": "b"}\n');
    assert.deepEqual([document.format, document.head.now.problems[0]?.code], [undefined, 'unknown-format']);
    const changed = change(document);
    await document.setLine(at(document, 0), rows[0]!, undefined, () => 'line');
    await changed;
    assert.deepEqual([document.format?.id, document.head.now.problems], ['prompt-completion', []]);
  });

  test('a format that is named counts, whatever the rows look like', async () => {
    await fs.writeFile(path, crlf);
    let wanted: Format | undefined = formats.get('text');
    const document = await DatasetDocument.open(diskFile(path, folder), journalFor(), () => wanted);
    open.push(document);
    assert.equal(document.format?.id, 'text');
    const problems = new RowProblems(document, 100);
    const [first] = await document.read(0, 1, 1e6);
    assert.deepEqual(problems.check(first!, 0).map(({ code }) => code), ['missing-key']);
    wanted = undefined;
    await document.head.look();
    assert.deepEqual([document.format?.id, problems.check(first!, 0)], ['prompt-completion', []]);
    problems.dispose();
  });

  test('rows that are too long to be looked at whole say nothing', async () => {
    const document = await openDocument(`{"other": "${'x'.repeat(300_000)}"}\n`.repeat(3));
    assert.deepEqual([document.format, document.head.now.problems], [undefined, []]);
  });
});
