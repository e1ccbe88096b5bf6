/** Answers without a word. */

import type { RowCheck } from './check.ts';
import { isEmptyText } from './turns.ts';

/** Plain text fields that are there to be learnt. */
const fields = ['text', 'completion', 'chosen', 'rejected'];

export const emptyAnswer = {
  id: 'empty-answer',
  severity: 'error',
  title: 'The answer is empty',
  effect: 'All that is left to learn is the end token: the model learns to say nothing, and with a loss over completions only it can become NaN. An empty rejected answer is a warning: the pair teaches only not to stop at once.',
  on: 'record',
  check(row, report) {
    const record = row.record!;
    for (const { key } of row.format?.fields ?? []) {
      if (!fields.includes(key) || !isEmptyText(record[key])) continue;
      if (key === 'rejected') report({ at: row.rangeOf([key]), severity: 'warning', message: '"rejected" is empty: the pair only teaches the model not to stop at once.' });
      else report({ at: row.rangeOf([key]), message: `"${key}" is empty: ${key === 'text' ? 'there is nothing to learn, so the row is dropped or wasted.' : 'the model learns to say nothing.'}` });
    }
    for (const { key, turns } of row.conversations) {
      if (key === 'prompt') continue;
      for (const { role, content, actsOtherwise, path } of turns) {
        if (role !== 'assistant' || actsOtherwise || !isEmptyText(content)) continue;
        report({ at: row.rangeOf([...path, 'content']), severity: key === 'rejected' ? 'warning' : 'error', message: "The assistant's turn is empty: the model learns to say nothing." });
      }
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": ""}', marks: '""' },
    { format: 'preference', line: '{"prompt": "a", "chosen": " \\n", "rejected": "b"}', marks: '" \\n"' },
    { format: 'preference', line: '{"prompt": "a", "chosen": "b", "rejected": ""}', marks: '""', severity: 'warning' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}', marks: '""' },
    { format: 'text', line: '{"text": ""}', marks: '""' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "", "completion": " b"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "completion_hint": ""}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{}]}, {"role": "tool", "content": ""}, {"role": "assistant", "content": "b"}]}' },
  ],
} as const satisfies RowCheck;
