/** Files without a row. */

import type { FileCheck } from './check.ts';

export const noRows = {
  id: 'no-rows',
  severity: 'warning',
  title: 'The file has no rows',
  effect: 'Training stops before the first step.',
  on: 'file',
  check: ({ lines }) => (lines.length === 0 ? { message: 'The file has no rows: training on it stops before the first step.' } : undefined),
  examples: [{ lines: [] }],
  counterExamples: [{ lines: ['{"text": "a"}'] }, { lines: ['broken'] }],
} as const satisfies FileCheck;
