/** However long an edit is, the journal never keeps other work waiting for all of it. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Splice } from '../../../src/dataset/editLog.ts';
import { countOf, parseJournal } from '../../../src/dataset/journal.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { createJournalFile } from '../../../src/node/journalFile.ts';

let folder: string;
before(async () => void (folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-journal-'))));
after(() => fs.rm(folder, { recursive: true }));

test('text is asked for part by part when it is written, and other work has its turn between them', async () => {
  const path = join(folder, 'a.journal.jsonl');
  const file = createJournalFile(path, () => [], (error) => assert.fail(String(error)));
  let asked = 0;
  const text = function* () {
    for (; asked < 40; asked++) yield 'x'.repeat(64 * 1024);
  };
  file.append(text());
  file.append(['\n']);
  assert.equal(asked, 0);
  let turns = 0;
  let writing = true;
  const turn = () => {
    turns++;
    if (writing) setImmediate(turn);
  };
  turn();
  await file.flush();
  writing = false;
  assert.equal((await fs.stat(path)).size, 40 * 64 * 1024 + 1);
  assert.ok(turns > 10, `${turns} turns`);
});

test('a journal that has grown large is written anew as the net of its edits', async () => {
  const own = join(folder, 'compact');
  const journal = createDocumentJournal({ uri: 'file:///data/train.jsonl', folder: own, owner: 1, isAlive: () => Promise.resolve(true), onError: (error) => assert.fail(String(error)) });
  journal.base = { sizeBytes: 1, modifiedMs: 1, hash: 'ab' };
  const text = (i: number) => String(i).repeat(500_000);
  let net: Splice[] = [];
  for (let i = 1; i < 10; i++) {
    net = [{ at: 3, removed: ['before'], inserted: [text(i)] }];
    journal.record([{ at: 3, removed: [i === 1 ? 'before' : text(i - 1)], inserted: [text(i)] }], () => net);
  }
  await journal.flush();
  const [name] = await fs.readdir(own);
  const { value } = parseJournal(await fs.readFile(join(own, name!), 'utf8'));
  assert.equal(countOf(value!), 9);
  assert.ok(value!.steps.length < 9);
  assert.deepEqual(value!.steps.at(-1)![0]!.inserted, [text(9)]);
  await journal.close(false);
  assert.deepEqual(await fs.readdir(own), []);
});
