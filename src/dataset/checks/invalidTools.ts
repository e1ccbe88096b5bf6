/** Tool lists that no chat template can show to the model. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const invalidTools = {
  id: 'invalid-tools',
  severity: 'error',
  title: 'The tools are no list of schemas',
  effect: 'The chat template gets something that it cannot print as tools: it stops, or the model never sees which tools it has.',
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'invalid-tools')) {
      report({ at: row.rangeOf(path), message: `${problem.message} The chat template cannot use it, so the row is lost.` });
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": "search"}', marks: '"search"' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": ["search"]}', marks: '["search"]' },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": "[{\\"name\\": \\"search\\"}]"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": null}' },
  ],
} as const satisfies RowCheck;
