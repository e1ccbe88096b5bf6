/** The short form of `npm run soak:editor`: whatever is done in the dataset editor and wherever it ends, its rows are those of a plain model. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editorScript, emptyReport } from '../../../src/build/soak/editorLoop.ts';

test('200 random scripts with crashes, power cuts, full disks and other writers lose no row and double none', async (t) => {
  const report = emptyReport();
  for (let seed = 1; seed <= 200; seed++) await editorScript(seed, report);
  t.diagnostic(JSON.stringify(report));
  const { crashes, ...counts } = report;
  for (const [what, count] of [...Object.entries(crashes), ...Object.entries(counts)]) assert.ok(count >= 20, `${what}: ${count}`);
});
