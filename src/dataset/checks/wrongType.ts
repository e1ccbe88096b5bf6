/** Values of a type that the format has no use for. */

import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';

export const wrongType = {
  id: 'wrong-type',
  severity: 'error',
  title: 'A value has the wrong type',
  effect: 'The trainer, or the chat template, expects text or turns: it stops, leaves the row out, or (a template that prints anything) teaches the model the value as Python writes it.',
  on: 'record',
  check(row, report) {
    for (const { problem, path } of meaningProblems(row, 'wrong-type')) {
      report({ at: row.rangeOf(path), message: `${problem.message} Training stops at it, or leaves the row out.` });
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": 42}', marks: '42' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": null}', marks: 'null' },
    { format: 'messages', line: '{"messages": "a"}', marks: [13, 16] },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": ["a"]}]}', marks: '["a"]' },
    { format: 'messages', line: '{"messages": [{"role": 1, "content": "a"}, "b"]}', marks: [23, 24] },
    { format: 'preference', line: '{"prompt": "a", "chosen": {"content": "b"}, "rejected": "c"}', marks: '{"content": "b"}' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b", "score": 1, "meta": {"x": [null]}}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{}]}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": null}' },
  ],
} as const satisfies RowCheck;
