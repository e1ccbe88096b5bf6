/** The page of formats: each with its keys, and what can be converted into what. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formats } from '../../../src/dataset/formats/index.ts';
import { formatsMarkdown } from '../../../src/language/formatDocs.ts';

test('every format is on the page with its keys, and the table says what becomes of its rows', () => {
  const page = formatsMarkdown();
  for (const { id, schema } of formats.entries) {
    assert.ok(page.includes(`\n## ${id}\n`), id);
    for (const key of Object.keys(schema.properties ?? {})) assert.ok(page.includes(`| \`${key}\``), key);
  }
  const cell = (from: string, to: string) => page.split('\n').find((line) => line.startsWith(`| \`${from}\` | `) && line.split('|').length > 10)!.split('|')[formats.ids.indexOf(to as never) + 2]!.trim();
  assert.deepEqual([cell('sharegpt', 'messages'), cell('preference', 'messages'), cell('text', 'messages'), cell('prompt-only', 'verl')], ['●', '○', '', '○']);
  assert.match(page, /No method trains on it yet\. Converted, they can be used: `posttrain convert FILE NEW_FILE --to unpaired-preference`\./);
});
