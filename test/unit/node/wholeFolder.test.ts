/** Folders appear whole or not at all, and a failed write leaves the old one. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, afterEach, test } from 'node:test';
import { openWeightsFile, writeWeightsFile } from '../../../src/node/weightsFile.ts';
import { removeLeftovers, writeFolderWhole } from '../../../src/node/wholeFolder.ts';
import { memoryWeights } from '../../../src/model/weights/source.ts';

let parent: string;
beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), 'posttrain-whole-'))));
afterEach(() => rm(parent, { recursive: true, force: true }));

const target = () => join(parent, 'step-000001');

test('a new folder and a replaced one', async () => {
  await writeFolderWhole(target(), (folder) => writeFile(join(folder, 'a'), '1'));
  await writeFolderWhole(target(), (folder) => writeFile(join(folder, 'b'), '2'));
  assert.deepEqual(await readdir(parent), ['step-000001']);
  assert.deepEqual(await readdir(target()), ['b']);
});

test('a full disk leaves the old folder, nothing beside it, and says what to do', async () => {
  await writeFolderWhole(target(), (folder) => writeFile(join(folder, 'a'), '1'));
  const full = async (folder: string) => {
    await writeFile(join(folder, 'a'), 'half');
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  await assert.rejects(writeFolderWhole(target(), full), /step-000001: the disk is full\. Free some space and try again; a run can be resumed\./);
  assert.deepEqual(await readdir(parent), ['step-000001']);
  assert.equal(await readFile(join(target(), 'a'), 'utf8'), '1');
});

test('what killed writers left is removed, whole folders are not', async () => {
  await mkdir(join(parent, 'step-000002.77-abcd.tmp'));
  await mkdir(join(parent, 'step-000003'));
  await removeLeftovers(parent);
  assert.deepEqual(await readdir(parent), ['step-000003']);
  await removeLeftovers(join(parent, 'missing'));
});

test('tensors survive the way to a file and back; an unwritable path is named', async () => {
  const data = Float32Array.from([1, -2.5, 3e-30, 4, 5, 6]);
  const path = join(parent, 'x.safetensors');
  await writeWeightsFile(path, memoryWeights(new Map([['w', { shape: [2, 3], data }]])), { step: '1' });
  const file = await openWeightsFile(path);
  assert.deepEqual(await file.read('w'), data);
  assert.deepEqual(file.shape('w'), [2, 3]);
  assert.equal(file.metadata.step, '1');
  await file.close();
  await assert.rejects(writeWeightsFile(join(parent, 'no/such/x.safetensors'), memoryWeights(new Map())), /x\.safetensors: no such file or folder/);
});
