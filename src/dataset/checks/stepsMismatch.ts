/** Answers in steps whose marks are more or fewer than the steps. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const stepsMismatch = {
  id: 'steps-mismatch',
  severity: 'error',
  title: 'Steps and marks do not come in equal number',
  effect: 'TRL pairs each step with its mark; with one too few or too many it stops, or marks the wrong step.',
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'steps-mismatch')) report({ at: row.rangeOf(path), message: `${problem.message} Training stops at the row, or learns wrong marks.` });
  },
  examples: [{ format: 'stepwise', line: '{"prompt": "a", "completions": ["b", "c"], "labels": [true]}', marks: '[true]' }],
  counterExamples: [{ format: 'stepwise', line: '{"prompt": "a", "completions": ["b", "c"], "labels": [true, false]}' }],
} as const satisfies RowCheck;
