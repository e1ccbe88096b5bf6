/** The byte order mark that Windows programs put before a file, and that stays in the middle when files are joined. */

import type { RowCheck } from './check.ts';

export const bom = {
  id: 'bom',
  severity: 'warning',
  title: 'A byte order mark stands before the row',
  effect: 'It cannot be seen. At the start of a file `datasets` reads past it, and programs that parse line by line stop. At the start of a later row, where joined files leave it, everything stops.',
  on: 'line',
  check(row, report) {
    if (row.bom === 0) return;
    const first = row.options.first === true;
    report({
      at: { start: 0, end: 1 },
      message: first ? 'An invisible byte order mark begins this file: some loaders stop at it.' : 'An invisible byte order mark stands before this row, left over from joining files: loading stops here.',
      severity: first ? 'warning' : 'error',
      fix: { title: 'Remove the byte order mark', edits: [{ start: 0, end: 1, newText: '' }], safe: true },
    });
  },
  examples: [
    { line: '\uFEFF{"text": "a"}', options: { first: true }, marks: [0, 1], fixed: '{"text": "a"}' },
    { line: '\uFEFF{"text": "a"}', marks: [0, 1], severity: 'error', fixed: '{"text": "a"}' },
  ],
  counterExamples: [{ line: '{"text": "\uFEFF"}', options: { first: true } }],
} as const satisfies RowCheck;
