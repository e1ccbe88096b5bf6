/** Which format a dataset file has, and what a file without a usable row is told before anything is loaded. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../../../src/core/byteSource.ts';
import { LineIndex } from '../../../src/dataset/lineIndex.ts';
import { RecordStore } from '../../../src/dataset/recordStore.ts';
import { formatOf } from '../../../src/main/trainer/prepareRows.ts';

async function format(content: string | Buffer) {
  const source = bytesSource(new Uint8Array(Buffer.from(content as string)));
  return formatOf(new RecordStore(source, await new LineIndex(source.sizeBytes).build(source)), 'd.jsonl');
}

test('a broken line does not hide the format of the others', async () => {
  assert.equal(await format('\n{"prompt": \n{"prompt": "a", "completion": "b"}\n'), 'prompt-completion');
});

test('a file without a row says what its first line is instead', async () => {
  const cases: [string | Buffer, RegExp][] = [
    ['', /d\.jsonl is empty/],
    ['\n \r\n', /only blank lines/],
    ['\nhello\nworld\n', /no row: line 2 is not JSON \(.*posttrain validate/],
    ['3\n', /line 1 is JSON, but no object/],
    ['[\n{\n"prompt": "a"\n},\n{\n"prompt": "b"\n}\n]', /line 1 begins a list/],
    ['[{"prompt": "a"}]', /line 1 begins a list/],
    [Buffer.from('\uFEFF{"prompt": "a"}\n', 'utf16le'), /UTF-16: save the file as UTF-8/],
    ['{}\n{}\n', /they have no keys.*posttrain formats/],
    ['{"x": 1}\n', /keys: x/],
  ];
  for (const [content, message] of cases) await assert.rejects(format(content), (error: Error) => error.name === 'UserError' && message.test(error.message) && !message.test(''), String(message));
});
