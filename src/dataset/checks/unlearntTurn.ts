/** Answers that OpenAI would read and not learn, where nobody else can leave them out. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const unlearntTurn = {
  id: 'unlearnt-turn',
  severity: 'error',
  title: 'An answer in the middle is not to be learnt',
  effect: 'OpenAI leaves answers with `weight` 0 out of the loss. Other trainers do not read the key and learn them as well. Where only the last answer is to be learnt, the row becomes a prompt and its completion, and nothing is lost.',
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'unlearnt-turn')) report({ at: row.rangeOf(path), message: `${problem.message} The row is left out.` });
  },
  examples: [
    {
      format: 'openai-chat',
      line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d", "weight": 0}]}',
      marks: [169, 170],
    },
  ],
  counterExamples: [{ format: 'openai-chat', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}' }],
} as const satisfies RowCheck;
