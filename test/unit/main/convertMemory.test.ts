/** Converting a file that is larger than the memory that the worker may have. */

import assert from 'node:assert/strict';
import { buildSync } from 'esbuild';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startConvertWorker } from '../../../src/node/convertWorker.ts';

const ROWS = 24_000;
/** Less than the rows have as texts. */
const MEMORY_MB = 96;

describe('a file that does not fit', () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'posttrain-memory-'));
    buildSync({ entryPoints: ['src/main/convert.ts'], outfile: join(folder, 'convert.js'), bundle: true, platform: 'node', format: 'cjs', target: 'node20', mainFields: ['module', 'main'], logLevel: 'error' });
    const out = createWriteStream(join(folder, 'rows.jsonl'));
    for (let i = 0; i < ROWS; i++) if (!out.write(`${JSON.stringify({ messages: [{ role: 'user', content: `Question ${i} ${'é'.repeat(1000)}` }, { role: 'assistant', content: `Answer ${i} ${'x'.repeat(3000)}` }] })}\n`)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('goes through every kind of table and out again', async () => {
    assert.ok((await stat(join(folder, 'rows.jsonl'))).size > MEMORY_MB * 1024 * 1024);
    let input = join(folder, 'rows.jsonl');
    for (const container of ['csv', 'parquet', 'json']) {
      const worker = startConvertWorker(join(folder, 'convert.js'), {}, MEMORY_MB);
      const output = join(folder, `next.${container}`);
      const signal = new AbortController().signal;
      const request = { input, output, to: 'messages' };
      const survey = await worker.survey(request, signal);
      assert.deepEqual([survey.rows, survey.made, survey.losses], [ROWS, ROWS, []]);
      assert.deepEqual(await worker.write(request, signal), { rows: ROWS });
      worker.dispose();
      input = output;
    }
  });
});
