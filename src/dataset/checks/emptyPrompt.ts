/** Prompts without a word, where the model has to write the answer itself. */

import type { RowCheck } from './check.ts';
import { isEmptyText } from './turns.ts';

export const emptyPrompt = {
  id: 'empty-prompt',
  severity: 'error',
  title: 'The prompt is empty',
  effect: 'Online methods ask the model to answer it: generation from no token at all fails, and from the start token alone it gives anything.',
  on: 'record',
  check(row, report) {
    if (row.meaning?.value?.kind !== 'prompt-only') return;
    for (const { key, asks } of row.format!.fields) {
      if (asks && isEmptyText(row.record![key])) report({ at: row.rangeOf([key]), message: `"${key}" is empty: there is nothing to answer, so generation fails or gives anything.` });
    }
  },
  examples: [{ format: 'prompt-only', line: '{"prompt": " ", "answer": "72"}', marks: '" "' }],
  counterExamples: [{ format: 'prompt-completion', line: '{"prompt": "", "completion": "a"}' }],
} as const satisfies RowCheck;
