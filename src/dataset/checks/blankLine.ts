/** Lines without a row. */

import type { RowCheck } from './check.ts';

export const blankLine = {
  id: 'blank-line',
  severity: 'info',
  title: 'The line is empty',
  effect: '`datasets` and Posttrain skip it. Programs that parse line by line stop at it.',
  on: 'line',
  check(row, report) {
    if (!row.blank) return;
    const edit = { start: 0, end: row.text.length, newText: '', removesLine: true } as const;
    report({ at: { start: 0, end: row.text.length }, message: 'This line is empty: most loaders skip it, some stop at it.', fix: { title: 'Remove the empty line', edits: [edit], safe: true } });
  },
  examples: [
    { line: '', marks: [0, 0], fixed: '' },
    { line: ' \t ', marks: [0, 3], fixed: '' },
  ],
  counterExamples: [{ line: '{"text": ""}' }],
} as const satisfies RowCheck;
