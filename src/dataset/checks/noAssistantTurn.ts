/** Conversations in which nobody answers. */

import type { RowCheck } from './check.ts';

export const noAssistantTurn = {
  id: 'no-assistant-turn',
  severity: 'error',
  title: 'No turn of the assistant',
  effect: "There is no answer to learn: with `assistant_only_loss` the row is dropped, without it the model learns to write the user's part.",
  on: 'record',
  check(row, report) {
    if (!row.meaning?.value) return;
    for (const { field, path, turns } of row.conversations) {
      // Prompts may end before the answer; everything else is there to be learnt from.
      if (field.asks || turns.some(({ speaker }) => speaker === 'assistant')) continue;
      // Under a role that no template knows there may be an answer: that is another check's finding.
      if (turns.some(({ speaker }) => speaker === undefined)) continue;
      report({ at: row.rangeOf(path), message: `No turn in "${path.join('.')}" is the assistant's: there is no answer to learn, so the row is dropped or teaches the user's part.` });
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}]}', marks: '[{"role": "user", "content": "a"}]' },
    { format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "user", "content": "b"}]}', marks: '[{"role": "user", "content": "b"}]' },
  ],
  counterExamples: [
    { format: 'prompt-only', line: '{"prompt": [{"role": "user", "content": "a"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "gpt", "content": "b"}]}' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b"}' },
  ],
} as const satisfies RowCheck;
