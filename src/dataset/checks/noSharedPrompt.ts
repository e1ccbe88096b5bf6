/** Pairs of conversations that do not begin with the same turn. */

import { isChat } from '../example.ts';
import { extractPrompt } from '../impliedPrompt.ts';
import type { RowCheck } from './check.ts';

export const noSharedPrompt = {
  id: 'no-shared-prompt',
  severity: 'error',
  title: 'The two conversations begin differently',
  effect: 'The turns that both begin with are the prompt. Where the first ones differ there is none: DPO, ORPO and CPO stop at the row. Only a reward model can be trained on it, and it compares answers to different questions.',
  on: 'record',
  check(row, report) {
    const value = row.meaning?.value;
    if (value?.kind !== 'preference-implicit' || !isChat(value.chosen) || !isChat(value.rejected)) return;
    // Two turns of each are enough to see whether there is a prompt at all.
    if (extractPrompt(value.chosen.slice(0, 2), value.rejected.slice(0, 2))?.prompt.length !== 0) return;
    report({ at: row.rangeOf(['rejected', 0]), message: '"rejected" does not begin with a turn that "chosen" begins with, so they share no prompt: methods that need one stop at the row.' });
  },
  examples: [
    {
      format: 'preference-implicit',
      line: '{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "c"}]}',
      marks: '{"role": "user", "content": "a?"}',
    },
    { format: 'preference-implicit', line: '{"chosen": [{"role": "assistant", "content": "b"}], "rejected": [{"role": "assistant", "content": "c"}]}', marks: '{"role": "assistant", "content": "c"}' },
  ],
  counterExamples: [
    { format: 'preference-implicit', line: '{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"content": "a", "role": "user"}, {"role": "assistant", "content": "c"}]}' },
    { format: 'preference-implicit', line: '{"chosen": "The sky is blue.", "rejected": "No: green."}' },
    { format: 'preference', line: '{"prompt": [{"role": "user", "content": "a"}], "chosen": [{"role": "assistant", "content": "b"}], "rejected": [{"role": "assistant", "content": "c"}]}' },
  ],
} as const satisfies RowCheck;
