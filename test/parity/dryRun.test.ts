/** The dry run against what TRL's trainers did to the same rows, as recorded by test/parity/record/dryRun.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { compareAll, outcomeOf, recordedFiles } from '../../src/build/dryRun/compare.ts';
import { knownDifferences } from '../../src/build/dryRun/known.ts';
import { dryRunPage } from '../../src/build/dryRun/page.ts';

const files = recordedFiles();
const comparing = compareAll(files);

describe('the dry run says of each row what TRL did to it', () => {
  for (const file of files) {
    test(file.name, async () => {
      const different = (await comparing).filter((row) => row.file === file && row.difference !== undefined && !knownDifferences.some(({ is }) => is(row)));
      assert.deepEqual(different.map(({ line, difference, told }) => ({ line, difference, told: told.map(({ message }) => message) })), []);
    });
  }
  test('and a difference that is listed is one', async () => {
    const rows = await comparing;
    for (const { what, is } of knownDifferences) assert.ok(rows.some((row) => row.difference !== undefined && is(row)), `No row is different so any more: ${what}`);
  });
});

test('all that can become of a row was recorded', () => {
  assert.deepEqual([...new Set(files.map(({ method }) => method))].sort(), ['cpo', 'dpo', 'kto', 'orpo', 'reward', 'sft']);
  for (const method of ['sft', 'dpo', 'kto']) {
    const seen = new Set(files.filter((file) => file.method === method).flatMap(({ rows }) => rows.map(outcomeOf)));
    assert.deepEqual([...seen].sort(), ['cut', 'dropped', 'kept', 'stops'], method);
  }
});

test('the page in the docs is up to date', async () => {
  assert.equal(readFileSync('media/docs/dry-run.md', 'utf8'), dryRunPage(await comparing, knownDifferences), 'Run: npm run dry-run:page');
});
