/** Rows that are JSON, but a list, a text or a number. */

import type { RowCheck } from './check.ts';

export const notAnObject = {
  id: 'not-an-object',
  severity: 'error',
  title: 'The row is not an object',
  effect: 'A row is an object with keys. `datasets` stops at anything else, except `null`, which becomes a row without values.',
  on: 'line',
  check(row, report) {
    if (row.blank || row.malformed || row.record) return;
    const what = row.value === null ? 'null' : Array.isArray(row.value) ? 'a list' : typeof row.value === 'string' ? 'a text' : typeof row.value === 'number' ? 'a number' : String(row.value);
    report({ at: row.all, message: `The row is ${what}, not an object in braces { }: no trainer can use it, and most loaders stop here.` });
  },
  examples: [
    { line: '["a", "b"]', marks: '["a", "b"]' },
    { line: ' "text" ', marks: '"text"' },
    { line: 'null', marks: 'null' },
    { line: '42\r', marks: '42' },
  ],
  counterExamples: [{ line: '{}' }, { line: '' }],
} as const satisfies RowCheck;
