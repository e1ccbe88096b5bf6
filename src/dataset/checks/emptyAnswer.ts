/** Answers without a word. */

import type { RowCheck } from './check.ts';
import { isEmptyText } from './turns.ts';

export const emptyAnswer = {
  id: 'empty-answer',
  severity: 'error',
  title: 'The answer is empty',
  effect: 'All that is left to learn is the end token: the model learns to say nothing, and with a loss over completions only it can become NaN. An empty rejected answer is a warning: the pair teaches only not to stop at once.',
  on: 'record',
  check(row, report) {
    const record = row.record!;
    // An OpenRLHF row without an answer is a prompt.
    const answers = row.meaning?.value?.kind === 'prompt-only' ? [] : (row.format?.fields ?? []).filter(({ asks }) => !asks);
    for (const { key, side } of answers) {
      if (!isEmptyText(record[key])) continue;
      if (side === 'rejected') report({ at: row.rangeOf([key]), severity: 'warning', message: `"${key}" is empty: the pair only teaches the model not to stop at once.` });
      else report({ at: row.rangeOf([key]), message: `"${key}" is empty: ${key === 'text' ? 'there is nothing to learn, so the row is dropped or wasted.' : 'the model learns to say nothing.'}` });
    }
    for (const { field, keys, turns } of row.conversations) {
      if (field.asks) continue;
      for (const { speaker, content, actsOtherwise, path } of turns) {
        if (speaker !== 'assistant' || actsOtherwise || !isEmptyText(content)) continue;
        report({ at: row.rangeOf([...path, keys.content]), severity: field.side === 'rejected' ? 'warning' : 'error', message: "The assistant's turn is empty: the model learns to say nothing." });
      }
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": ""}', marks: '""' },
    { format: 'preference', line: '{"prompt": "a", "chosen": " \\n", "rejected": "b"}', marks: '" \\n"' },
    { format: 'preference', line: '{"prompt": "a", "chosen": "b", "rejected": ""}', marks: '""', severity: 'warning' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}', marks: '""' },
    { format: 'text', line: '{"text": ""}', marks: '""' },
    { format: 'alpaca', line: '{"instruction": "a", "input": "", "output": " "}', marks: '" "' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": ""}]}', marks: '""' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "", "completion": " b"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "completion_hint": ""}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{}]}, {"role": "tool", "content": ""}, {"role": "assistant", "content": "b"}]}' },
  ],
} as const satisfies RowCheck;
