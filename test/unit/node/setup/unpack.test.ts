/** Archives: chosen files come out, nothing gets out of the folder. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { unpackPackage, unpackWheel } from '../../../../src/node/setup/unpack.ts';
import { makePackage, makeWheel, type Files } from '../../../fixtures/setup/archives.ts';

const root = mkdtempSync(join(tmpdir(), 'posttrain-unpack-'));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const place = () => {
  const folder = join(root, String(count++), 'target');
  mkdirSync(folder, { recursive: true });
  return folder;
};
const all = () => true;
const kinds = {
  wheel: { make: (files: Files) => makeWheel('x', '1', files).data, unpack: unpackWheel, top: '' },
  package: { make: (files: Files) => makePackage('x', '1', files).data, unpack: unpackPackage, top: 'package/' },
};

for (const [kind, { make, unpack, top }] of Object.entries(kinds)) {
  const unpackFiles = async (files: Files, wanted: (path: string) => boolean = all, signal?: AbortSignal) => {
    const folder = place();
    const file = join(folder, '../archive');
    writeFileSync(file, make(files));
    return { folder, bytes: await unpack(file, folder, wanted, signal) };
  };
  describe(`a ${kind}`, () => {
    test('gives the files that are wanted, with their modes', async () => {
      const { folder, bytes } = await unpackFiles({ [`${top}a/b.txt`]: 'hello', [`${top}a/c.txt`]: 'left', [`${top}d`]: 'x'.repeat(100_000) }, (path) => path === 'a/b.txt' || path === 'd');
      assert.equal(readFileSync(join(folder, 'a/b.txt'), 'utf8'), 'hello');
      assert.deepEqual([readdirSync(folder).sort(), readdirSync(join(folder, 'a'))], [['a', 'd'], ['b.txt']]);
      assert.equal(bytes, 100_005);
      if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'd')).mode & 0o111, 0o111);
    });
    for (const path of ['../outside', 'a/../../outside', '/outside', '..\\outside', 'C:\\outside']) {
      test(`with the path ${path} is refused`, async () => {
        const name = path.startsWith('/') ? path : `${top}${path}`;
        await assert.rejects(unpackFiles({ [name]: 'evil' }), { name: 'UserError', message: /archive cannot be unpacked: .*Nothing was installed/ });
        assert.ok(!existsSync(join(root, 'outside')) && !existsSync('/outside') && readdirSync(root).every((name) => !readdirSync(join(root, name)).includes('outside')));
      });
    }
    test('that is broken says so', async () => {
      const folder = place();
      const file = join(folder, '../archive');
      writeFileSync(file, make({ [`${top}a`]: 'x'.repeat(10_000) }).subarray(0, 40));
      await assert.rejects(unpack(file, folder, all), { name: 'UserError', message: /archive cannot be unpacked/ });
    });
    test('is left when cancelled', async () => {
      await assert.rejects(unpackFiles({ [`${top}a`]: 'x' }, all, AbortSignal.abort()), { name: 'Cancelled' });
    });
  });
}

test('links in a package are left out', async () => {
  const folder = place();
  const file = join(folder, '../archive');
  writeFileSync(file, makePackage('x', '1', { 'package/link': '→ /etc', 'package/link/passwd': 'evil', 'package/a': 'x' }).data);
  await unpackPackage(file, folder, (path) => path !== 'link/passwd');
  assert.deepEqual(readdirSync(folder), ['a']);
});
