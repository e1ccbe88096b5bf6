/** Keys that mean the right thing under the name of another program: ShareGPT's "from", Alpaca's "output". */

import type { RowCheck } from './check.ts';

export const foreignKey = {
  id: 'foreign-key',
  severity: 'error',
  title: 'A key has another program\'s name',
  effect: 'The format of this file knows it by another name, which the row lacks: training stops, or leaves the row out.',
  on: 'record',
  check(row, report) {
    for (const { path, key, wanted, kind } of row.slips) {
      if (kind !== 'foreign') continue;
      const at = row.keyRangeOf([...path, key]);
      report({
        at,
        message: `What "${key}" holds is called "${wanted}" in this format: the row is read without it, so training stops or leaves it out.`,
        fix: { title: `Rename "${key}" to "${wanted}"`, edits: [{ ...at, newText: JSON.stringify(wanted) }], safe: false },
      });
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "response": "b"}', marks: '"response"', fixed: '{"prompt": "a", "completion": "b"}' },
    { format: 'messages', line: '{"messages": [{"from": "user", "value": "a"}, {"role": "assistant", "content": "b"}]}', marks: '"from"', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b", "response": "c", "input": "d"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "answer": "b"}' },
    { format: 'prompt-completion', line: '{"prompt": "a", "output": 3}' },
  ],
} as const satisfies RowCheck;
