/** The order of a save: nobody holds the old file open while the new one takes its place, as Windows demands. */

import { afterEach, beforeEach, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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

describe('what an ended process left of a save', () => {
  const DAY = 24 * 60 * 60 * 1000;
  const hex = '0123456789ab';
  const { pid: ended } = spawnSync(process.execPath, ['-e', '']);
  const leave = async (name: string, ageMs = 2 * DAY) => {
    await fs.writeFile(join(folder, name), 'half');
    await fs.utimes(join(folder, name), new Date(), new Date(Date.now() - ageMs));
  };

  test('goes with the next one, and nothing else does', async () => {
    for (const name of [`.train.jsonl.${ended}-${hex}.tmp`, `.train.jsonl.${hex}.tmp`]) await leave(name);
    await leave(`.train.jsonl.${ended}-ba9876543210.tmp`, DAY / 2);
    const others = [`.train.jsonl.${process.pid}-${hex}.tmp`, `.train.jsonl.mine.tmp`, `.train.jsonl.${ended}-${hex}.tmp.bak`, `.train.jsonl.${hex.toUpperCase()}.tmp`, `.other.jsonl.${ended}-${hex}.tmp`, `train.jsonl.${hex}.tmp`];
    for (const name of others) await leave(name);
    await fs.mkdir(join(folder, '.train.jsonl.aaaaaaaaaaaa.tmp'));
    await fs.symlink(path, join(folder, '.train.jsonl.bbbbbbbbbbbb.tmp'));
    await leave('linked');
    await fs.link(join(folder, 'linked'), join(folder, '.train.jsonl.cccccccccccc.tmp'));
    await saveFile(path, chunks('new'), { spareFolder: join(folder, 'spare') });
    const left = [...others, 'train.jsonl', 'linked', `.train.jsonl.${ended}-ba9876543210.tmp`, ...['a', 'b', 'c'].map((letter) => `.train.jsonl.${letter.repeat(12)}.tmp`)];
    assert.deepEqual((await fs.readdir(folder)).sort(), left.sort());
    assert.equal(await fs.readFile(path, 'utf8'), 'new');
  });

  test('is recognised by the name that saves give', async () => {
    const during: string[] = [];
    await saveFile(path, chunks('new'), { spareFolder: join(folder, 'spare'), beforeReplace: async (written) => void during.push(written) });
    assert.match(during[0]!, new RegExp(`/\\.train\\.jsonl\\.${process.pid}-[0-9a-f]{12}\\.tmp$`));
  });
});

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
