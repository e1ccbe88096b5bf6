/** What the trainer writes is byte for byte what transformers and PEFT were seen to load (traces/loads.json, made by record/loads.py). */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../trainerRun.ts';
import { writeFolders } from './writtenFolders.ts';

test('saved folders are the ones that transformers and PEFT loaded', async (t) => {
  const recorded = JSON.parse(await readFile(resolve('test/parity/traces/loads.json'), 'utf8')) as { folders: Record<string, { files: Record<string, string> }> };
  const folder = await temporaryFolder(t);
  await writeFolders(folder);
  for (const [name, { files }] of Object.entries(recorded.folders)) {
    const written: Record<string, string> = {};
    for (const file of (await readdir(join(folder, name))).sort()) {
      written[file] = createHash('sha256').update(await readFile(join(folder, name, file))).digest('hex');
    }
    assert.deepEqual(written, files, `${name}: run "npm run parity:record -- --only loads" if the change is meant`);
  }
});
