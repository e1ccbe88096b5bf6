/** A file with several names is written over in place. Where that was cut short, the person is told where its whole content is. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';

test('a save in place that ended half-way names the copy, which stays', async (t) => {
  const folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-torn-'));
  t.after(() => fs.rm(folder, { recursive: true }));
  const [path, spare] = [join(folder, 'train.jsonl'), join(folder, 'spare')];
  await fs.writeFile(path, '{"prompt": "a", "completion": "b"}\n'.repeat(3));
  await fs.link(path, join(folder, 'other name.jsonl'));
  const told: string[] = [];
  const open = async () => {
    const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: 1, isAlive: () => Promise.resolve(false), onError: (error) => told.push(String(error)) });
    const plain = diskFile(path, spare);
    // the process ends while the file is being written over
    const save: typeof plain.save = (chunks, request) =>
      plain.save(chunks, {
        ...request,
        async beforeReplace(written, modifiedMs, copy) {
          await request.beforeReplace(written, modifiedMs, copy);
          await fs.copyFile(copy!, join(folder, 'kept'));
          await fs.writeFile(path, '{"prompt": "a", "compl', { flag: 'r+' });
          await fs.truncate(path, 50);
          throw new Error('ended');
        },
      });
    return DatasetDocument.open({ ...plain, save }, journal);
  };
  const before = await open();
  await before.setText({ row: 0, revision: before.revision }, ['completion'], 'mine', undefined, () => 'edit');
  await assert.rejects(before.save(new AbortController().signal), /ended/);
  await before.journal.flush();
  // a killed process leaves the copy, which one that only failed takes away
  const [name] = await fs.readdir(join(folder, 'journals'));
  const copy = (JSON.parse((await fs.readFile(join(folder, 'journals', name!), 'utf8')).split('\n').find((line) => line.includes('"saving"'))!) as { copy: string }).copy;
  await fs.rename(join(folder, 'kept'), copy);

  const after = await open();
  await after.restore(undefined, 'Restore');
  assert.equal(told.length, 1);
  assert.ok(told[0]!.includes(copy), told[0]);
  assert.match(await fs.readFile(copy, 'utf8'), /"mine"/);
  assert.equal(after.pending?.why, 'session');
  await before.dispose();
  await after.dispose();
});
