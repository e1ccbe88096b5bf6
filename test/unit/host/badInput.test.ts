/** Files that nobody should have: each opens or is refused by name, says what it is, and keeps every byte that was not edited. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { RowProblems } from '../../../src/host/datasetEditor/rowProblems.ts';

let folder: string;
before(async () => void (folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-bad-'))));
after(() => fs.rm(folder, { recursive: true }));

async function open(path: string): Promise<DatasetDocument> {
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, 'journals'), owner: 1, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  const document = await DatasetDocument.open(diskFile(path, join(folder, 'spare')), journal);
  await document.indexed();
  return document;
}
const never = new AbortController().signal;
const good = (text: string) => `{"prompt": "p", "completion": "${text}"}`;

describe('a row between two good ones', () => {
  const cases: readonly { name: string; row: Buffer | string; codes: readonly string[]; text?: RegExp }[] = [
    { name: 'invalid UTF-8', row: Buffer.from([...Buffer.from('{"prompt": "caf'), 0xe9, 0xff, ...Buffer.from('", "completion": "x"}')]), codes: ['invalid-utf8'], text: /caf\udce9\udcff/ },
    { name: 'a cut character', row: Buffer.from([...Buffer.from('{"prompt": "'), 0xe6, 0xbc, ...Buffer.from('", "completion": "x"}')]), codes: ['invalid-utf8'] },
    { name: 'NUL bytes', row: '{"prompt": "a\0b", "completion": "x"}', codes: ['malformed-json'], text: /a\0b/ },
    { name: 'a lone surrogate', row: '{"prompt": "\\ud800", "completion": "x"}', codes: ['lone-surrogate'] },
    { name: 'U+2028 and U+2029', row: '{"prompt": "a\u2028b\u2029c", "completion": "x"}', codes: [], text: /a\u2028b\u2029c/ },
    { name: 'a lone carriage return', row: '{"prompt": "a", \r"completion": "x"}', codes: [], text: /\r/ },
    { name: '__proto__', row: '{"__proto__": {"prompt": "polluted"}, "prompt": "a", "completion": "x"}', codes: [] },
    { name: 'duplicate keys', row: '{"prompt": "a", "completion": "x", "completion": "y"}', codes: ['duplicate-key'] },
    { name: '10,000 nested brackets', row: `{"prompt": "a", "completion": "x", "deep": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`, codes: [] },
    { name: '10,000 open brackets', row: '['.repeat(10_000), codes: ['malformed-json'] },
    { name: 'markup and terminal codes', row: '{"prompt": "<img src=x onerror=alert(1)>\\u001b[2J", "completion": "x"}', codes: ['hidden-character'], text: /<img/ },
    { name: 'a blank line', row: ' \t', codes: ['blank-line'] },
  ];
  for (const { name, row, codes, text } of cases) {
    test(name, async () => {
      const path = join(folder, `${name.replace(/\W+/g, '-')}.jsonl`);
      const file = (last: string) => Buffer.concat([Buffer.from(`${good('first')}\n`), Buffer.from(row as string), Buffer.from(`\n${good(last)}`)]);
      await fs.writeFile(path, file('last'));
      const document = await open(path);
      const problems = new RowProblems(document, 10);
      try {
        assert.deepEqual([document.rows, document.format?.id], [3, 'prompt-completion']);
        const [line] = await document.read(1, 1, 1e6);
        if (text) assert.match(line!.text, text);
        assert.deepEqual([...new Set(problems.check(line!, 1).map(({ code }) => code))], codes);
        // an edit beside it leaves it as it is, and so do an edit of it and its undo
        const undone: number[] = [];
        document.edited.on(({ id }) => undone.push(id));
        await document.setText({ row: 2, revision: document.revision }, ['completion'], 'edited', undefined, () => 'edit');
        await document.setLine({ row: 1, revision: document.revision }, '{}', undefined, () => 'line');
        await document.undo(undone.at(-1)!);
        await document.save(never);
        assert.ok((await fs.readFile(path)).equals(file('edited')));
        assert.equal(({} as { prompt?: string }).prompt, undefined);
      } finally {
        problems.dispose();
        await document.dispose();
      }
    });
  }

  test('100 MB in one line', async () => {
    const path = join(folder, 'long.jsonl');
    const head = `${good('first')}\n`;
    await fs.writeFile(path, head);
    await fs.truncate(path, head.length + 100_000_000);
    await fs.appendFile(path, `\n${good('last')}\n`);
    const document = await open(path);
    assert.equal(document.rows, 3);
    const [line] = await document.read(1, 1, 1000);
    assert.deepEqual([line!.cut, line!.sizeBytes, line!.text.length], [true, 100_000_000, 1000]);
    await assert.rejects(document.setLine({ row: 1, revision: document.revision }, '{}', undefined, () => 'line'), /Row 2 is 96 MB long, too long to be edited here. Open the file as text./);
    await document.setText({ row: 2, revision: document.revision }, ['completion'], 'edited', undefined, () => 'edit');
    await document.save(never);
    const saved = await fs.open(path);
    const tail = Buffer.alloc(60);
    const { size } = await saved.stat();
    await saved.read(tail, 0, 60, size - 60);
    await saved.close();
    assert.equal(size, head.length + 100_000_000 + good('edited').length + 2);
    assert.equal(tail.toString().replace(/^\0+/, ''), `\n${good('edited')}\n`);
    await document.dispose();
  });
});

describe('a whole file', () => {
  const rows = `${good('a')}\n`.repeat(3);
  const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();
  const cases: readonly { name: string; bytes: Buffer; code: string; says: RegExp }[] = [
    { name: 'UTF-16 with its mark', bytes: Buffer.from(`\ufeff${rows}`, 'utf16le'), code: 'other-file', says: /UTF-16/ },
    { name: 'UTF-16 without a mark', bytes: Buffer.from(rows, 'utf16le'), code: 'other-file', says: /UTF-16/ },
    { name: 'UTF-16, big end first', bytes: bigEndian(`\ufeff${rows}`), code: 'other-file', says: /UTF-16/ },
    { name: 'gzip', bytes: gzipSync(rows), code: 'other-file', says: /gzip/ },
    { name: 'a CSV', bytes: Buffer.from('prompt,completion\na,b\n"c, d",e\n'), code: 'other-file', says: /CSV/ },
    { name: 'zeros', bytes: Buffer.alloc(3000), code: 'other-file', says: /NUL/ },
    { name: 'a list', bytes: Buffer.from('[\n {"text": "a"},\n {"text": "b"}\n]\n'), code: 'not-json-lines', says: /list/ },
    { name: 'nothing', bytes: Buffer.alloc(0), code: 'no-rows', says: /no rows/ },
    { name: 'a byte order mark', bytes: Buffer.from('\ufeff'), code: 'no-rows', says: /no rows/ },
  ];
  for (const { name, bytes, code, says } of cases) {
    test(name, async () => {
      const path = join(folder, `${name.replace(/\W+/g, '-')}.jsonl`);
      await fs.writeFile(path, bytes);
      const document = await open(path);
      const [problem] = document.head.now.problems;
      assert.deepEqual([problem?.code, document.head.now.problems.length], [code, 1]);
      assert.match(problem!.message, says);
      const copy = join(folder, 'copy.jsonl');
      await document.saveCopy(diskFile(copy, folder), never);
      assert.ok((await fs.readFile(copy)).equals(bytes), 'it is written as it was read');
      await document.dispose();
    });
  }

  test('a folder is refused by name', async () => {
    await fs.mkdir(join(folder, 'folder.jsonl'));
    await assert.rejects(open(join(folder, 'folder.jsonl')), /folder\.jsonl is a folder, not a file/);
  });
  test('a pipe is refused by name, without waiting for its other end', { skip: process.platform === 'win32' }, async () => {
    const path = join(folder, 'pipe.jsonl');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    await assert.rejects(open(path), /pipe\.jsonl is a pipe, not a file/);
  });
});
