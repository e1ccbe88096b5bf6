/** Which rows of an open dataset have problems: counted in the background, followed through edits, as bad as the settings say. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { RowProblems } from '../../../src/host/datasetEditor/rowProblems.ts';
import { CheckRules } from '../../../src/language/checkRules.ts';

const good = '{"prompt": "a", "completion": "b"}';
let folder: string;
let open: DatasetDocument[];

async function openDocument(text: string): Promise<DatasetDocument> {
  const path = join(folder, `${open.length}.jsonl`);
  await fs.writeFile(path, text);
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: null, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  const document = await DatasetDocument.open(diskFile(path, folder), journal);
  open.push(document);
  return document;
}
const at = (document: DatasetDocument, row: number) => ({ row, revision: document.revision });

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-problems-'));
  open = [];
});
afterEach(async () => {
  for (const document of open) await document.dispose();
  await fs.rm(folder, { recursive: true });
});

describe('rows with problems', () => {
  test('are as bad as the settings say, and the file with them', async () => {
    const document = await openDocument('{"promt": "b", "completion": "c"}\n\n{"prompt": "b", "completion": "c",}\n');
    const problems = new RowProblems(document, 100);
    const said = async () => {
      while (!problems.counts?.complete) await new Promise((resolve) => setTimeout(resolve, 5));
      return [...problems.listed].sort(([a], [b]) => a - b).map(([row, found]) => `${row + 1} ${found.map(({ code, severity }) => `${code} ${severity}`).join()}`);
    };
    assert.deepEqual(await said(), ['1 misspelt-key error', '2 blank-line info', '3 trailing-comma error']);
    problems.rules = new CheckRules({ 'misspelt-key': 'off', 'blank-line': 'warning' });
    assert.deepEqual(await said(), ['2 blank-line warning', '3 trailing-comma error']);
    assert.deepEqual(problems.counts, { errorRows: 1, warningRows: 1, complete: true });
    assert.equal(await problems.next(2, 1, new AbortController().signal), 1);
    problems.dispose();

    const strange = new RowProblems(await openDocument('{"question": "a"}\n'), 100);
    assert.deepEqual(strange.ofFile.map(({ code }) => code), ['unknown-format']);
    strange.rules = new CheckRules({ 'unknown-format': 'off' });
    assert.deepEqual(strange.ofFile, []);
    strange.dispose();
  });

  test('are counted in the background and followed through edits', async () => {
    const document = await openDocument([good, '{"prompt": "a",}', good, good, '{"promt": "b", "completion": "c"}', ''].join('\n'));
    const problems = new RowProblems(document, 100);
    const complete = async () => {
      while (!problems.counts?.complete) await new Promise((resolve) => setTimeout(resolve, 5));
      return problems.counts;
    };
    await complete();
    assert.deepEqual([...problems.listed.keys()], [1, 4]);
    const signal = new AbortController().signal;
    assert.equal(await problems.next(1, 1, signal), 4);
    assert.equal(await problems.next(1, -1, signal), 4);
    assert.equal(await problems.next(0, -1, signal), 4);
    await document.deleteRow(at(document, 0), () => 'delete');
    await document.setLine(at(document, 0), good, undefined, () => 'fix');
    await complete();
    assert.deepEqual([...problems.listed.keys()], [3]);
    assert.equal(await problems.next(3, 1, signal), 3);
    problems.dispose();
  });
});
