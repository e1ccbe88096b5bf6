/** Every code that can be shown to a person is explained on the page of checks. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checks } from '../../../src/dataset/checks/index.ts';
import { checksMarkdown, otherCodes } from '../../../src/language/docs.ts';

test('every code of a check, of a run spec and of the dry run is on the page', () => {
  const page = checksMarkdown();
  const sources = ['src/run', 'src/main', 'src/node', 'src/language', 'src/host'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  const used = new Set(sources.flatMap((text) => [...text.matchAll(/specProblem\(\s*'([a-z-]+)'|add\(\s*'(spec-[a-z-]+)'|code: '([a-z]+(?:-[a-z]+)+)'/g)].map((match) => match[1] ?? match[2] ?? match[3]!)));
  assert.ok(used.size > 15, [...used].join());
  for (const code of used) assert.ok(checks.has(code) || code in otherCodes, `"${code}" is explained neither by a check nor by otherCodes in src/language/docs.ts`);
  for (const code of [...checks.ids, ...Object.keys(otherCodes)]) assert.ok(page.includes(`\`${code}\``), code);
});

test('the page can be written as UTF-8 and read back', () => {
  const page = checksMarkdown();
  assert.equal(Buffer.from(page).toString(), page);
});
