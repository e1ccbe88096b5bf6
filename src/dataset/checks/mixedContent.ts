/** Rows in which one field is text and another one turns. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const mixedContent = {
  id: 'mixed-content',
  severity: 'error',
  title: 'Text and turns are mixed',
  effect: 'TRL takes the kind of the row from one of its fields and then fails at the other, or joins text to a list.',
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'mixed-content')) report({ at: row.rangeOf(path), message: `${problem.message} As it is, training stops at the row.` });
  },
  examples: [{ format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": "b"}', marks: '"b"' }],
  counterExamples: [{ format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}' }],
} as const satisfies RowCheck;
