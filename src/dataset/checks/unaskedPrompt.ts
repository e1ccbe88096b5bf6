/** Prompts whose last turn sets the stage and asks nothing. */

import type { RowCheck } from './check.ts';

export const unaskedPrompt = {
  id: 'unasked-prompt',
  severity: 'error',
  title: 'The prompt ends before anybody asks',
  effect: 'An answer follows a turn of the user or of a tool, or goes on with one of the assistant. After any other TRL stops ("Invalid role in the last message: system").',
  on: 'record',
  check(row, report) {
    const value = row.meaning?.value;
    if (!value || !('prompt' in value) || typeof value.prompt === 'string') return;
    const last = row.conversations.find(({ field }) => field.asks)?.turns.at(-1);
    if (last?.speaker !== 'system' && last?.speaker !== 'developer') return;
    report({ at: row.rangeOf(last.path), message: `The prompt ends with a turn of the role "${last.speaker}", so there is nobody to answer: training stops at the row.` });
  },
  examples: [
    { format: 'prompt-only', line: '{"prompt": [{"role": "system", "content": "a"}]}', marks: '{"role": "system", "content": "a"}' },
    { format: 'preference', line: '{"prompt": [{"role": "user", "content": "a"}, {"role": "developer", "content": "b"}], "chosen": [{"role": "assistant", "content": "c"}], "rejected": [{"role": "assistant", "content": "d"}]}', marks: '{"role": "developer", "content": "b"}' },
  ],
  counterExamples: [
    { format: 'prompt-only', line: '{"prompt": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]}' },
    { format: 'prompt-only', line: '{"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "Sure, "}]}' },
    { format: 'prompt-only', line: '{"prompt": [{"role": "user", "content": "a"}, {"role": "critic", "content": "b"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "assistant", "content": "a"}, {"role": "system", "content": "b"}]}' },
  ],
} as const satisfies RowCheck;
