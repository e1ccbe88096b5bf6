/** Conversations without a turn. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const noMessages = {
  id: 'no-messages',
  severity: 'error',
  title: 'The list of turns is empty',
  effect: "TRL looks at the first turn to see what the row is and stops with an IndexError; others train on the template's frame alone.",
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'no-messages')) {
      report({ at: row.rangeOf(path), message: `${problem.message} TRL stops at it, other trainers leave the row out.` });
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": []}', marks: '[]' },
    { format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": [ ]}', marks: '[ ]' },
  ],
  counterExamples: [{ format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": []}' }],
} as const satisfies RowCheck;
