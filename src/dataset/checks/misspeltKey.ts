/** Keys that are nearly right. */

import type { RowCheck } from './check.ts';

export const misspeltKey = {
  id: 'misspelt-key',
  severity: 'error',
  title: 'A key is misspelt',
  effect: 'The trainer takes it for an extra column and finds the right key missing: it stops, or leaves the row out. A key that may be missing is a warning only: its value is passed over in silence.',
  on: 'record',
  check(row, report) {
    for (const { path, key, wanted, required, kind } of row.slips) {
      if (kind !== 'misspelt') continue;
      const at = row.keyRangeOf([...path, key]);
      report({
        at,
        message: required
          ? `"${key}" looks like a slip for "${wanted}": the row is read without "${wanted}", so training stops or leaves it out.`
          : `"${key}" looks like a slip for "${wanted}": as it is, it has no effect.`,
        severity: required ? 'error' : 'warning',
        fix: { title: `Rename "${key}" to "${wanted}"`, edits: [{ ...at, newText: JSON.stringify(wanted) }], safe: true },
      });
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"promt": "a", "completion": "b"}', marks: '"promt"', fixed: '{"prompt": "a", "completion": "b"}' },
    { format: 'prompt-completion', line: '{"Prompt": "a", "complet\\u0069ons": "b"}', marks: '"Prompt"', fixed: '{"prompt": "a", "completion": "b"}' },
    { format: 'preference', line: '{"prompt": "a", "chosen": "b", "reject": "c"}', marks: '"reject"', fixed: '{"prompt": "a", "chosen": "b", "rejected": "c"}' },
    { format: 'messages', line: '{"messages": [{"rol": "user", "content": "a"}, {"role": "assistant", "contnet": "b"}]}', marks: '"rol"', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tool": []}', marks: '"tool"', severity: 'warning', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": []}' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b", "prompts": ["c"], "promt": "d"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "answer": "72", "tool": "calculator", "id": 4}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a", "names": 1}, {"role": "assistant", "content": "b"}]}' },
  ],
} as const satisfies RowCheck;
