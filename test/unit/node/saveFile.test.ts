/** The order of a save: nobody holds the old file open while the new one takes its place, as Windows demands. */

import { afterEach, beforeEach, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { promises as fs, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { openFileSource } from '../../../src/node/fileSource.ts';
import { saveFile } from '../../../src/node/saveFile.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-save-'));
  path = join(folder, 'train.jsonl');
  await fs.writeFile(path, 'old');
});
afterEach(() => fs.rm(folder, { recursive: true }));

async function* chunks(text: string) {
  yield new TextEncoder().encode(text);
}
const textOf = async (source: { read(offset: number, length: number): Promise<Uint8Array> }) => new TextDecoder().decode(await source.read(0, 10));
const request = { signal: new AbortController().signal, beforeReplace: () => Promise.resolve() };

describe('a file that is saved while it is open', () => {
  for (const how of ['renamed over', 'written in place'] as const) {
    test(`is closed before it is ${how}`, async () => {
      if (how === 'written in place') await fs.link(path, join(folder, 'another name'));
      const order: string[] = [];
      await saveFile(path, chunks('new'), {
        spareFolder: join(folder, 'spare'),
        beforeReplace: async () => void order.push(`check ${await fs.readFile(path, 'utf8')}`),
        async whileClosed(replace) {
          order.push(`close ${await fs.readFile(path, 'utf8')}`);
          await replace();
          order.push(`open ${await fs.readFile(path, 'utf8')}`);
        },
      });
      assert.deepEqual(order, ['check old', 'close old', 'open new']);
    });
  }
  test('a source lets go of its file, and reads no more once it was replaced', async () => {
    const source = await openFileSource(path);
    assert.equal(await textOf(source), 'old');
    await source.whileClosed(async () => {
      await assert.rejects(source.read(0, 3), /is closed/);
      if (process.platform === 'linux') assert.ok(!readdirSync('/proc/self/fd').some((fd) => linkOf(fd) === path));
      await fs.writeFile(path, 'new');
    });
    await assert.rejects(source.read(0, 3), /is closed/);
    await source.close();
  });
  test('a source goes on with the old file when it could not be replaced', async () => {
    const source = await openFileSource(path);
    await assert.rejects(source.whileClosed(() => Promise.reject(new Error('no'))), /^Error: no$/);
    assert.equal(await textOf(source), 'old');
    await source.close();
  });
  test('a dataset closes every source that it handed out', async () => {
    const file = diskFile(path, join(folder, 'spare'));
    const [first, second, closed] = [(await file.open()).source, (await file.open()).source, (await file.open()).source];
    await closed.close();
    await file.save(chunks('new'), request);
    for (const source of [first, second]) await assert.rejects(source.read(0, 3), /is closed/);
    await first.close();
    await second.close();
    const { source } = await file.open();
    assert.equal(await textOf(source), 'new');
    await assert.rejects(file.save(chunks('newer'), { ...request, beforeReplace: () => Promise.reject(new Error('changed')) }), /changed/);
    assert.equal(await textOf(source), 'new');
    await source.close();
  });
});

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
