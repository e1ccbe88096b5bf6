/** Special tokens typed into turns: the tokenizer does not know that they were meant as text. */

import type { RowCheck } from './check.ts';

const token = /<\|[A-Za-z0-9_]{1,40}\|>|<｜[^<>｜\s]{1,40}｜>|<(?:start|end)_of_turn>|\[\/?INST\]|<<\/?SYS>>/g;

export const specialToken = {
  id: 'special-token',
  severity: 'warning',
  title: 'A turn holds a special token as text',
  effect: 'The chat template puts such tokens around the turns itself. The tokenizer reads one inside a turn as the real token wherever the model has it: the turn ends in the middle, or somebody else seems to speak. Left over from text that was already formatted for a model.',
  on: 'record',
  check(row, report) {
    // The bracket may be written as an escape.
    if (!row.text.includes('<') && !row.text.includes('INST]') && !row.text.includes('\\u003')) return;
    for (const { text, path, turn } of row.texts) {
      // Plain text may have been formatted for its model on purpose.
      const found = turn ? [...text.matchAll(token)] : [];
      if (found.length === 0) continue;
      const { 0: first, index } = found[0]!;
      const more = found.length === 1 ? '' : ` (and ${found.length - 1} more in this turn)`;
      report({ at: row.rangesIn(path)(index, index + first.length), message: `A tokenizer that has "${first}" reads it as that token and not as text${more}: to the model the turn ends or changes its speaker here.` });
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b<|im_end|>"}]}', marks: '<|im_end|>' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "\\"\\u003c|user|\\u003e a [INST]"}, {"role": "assistant", "content": "b"}]}', marks: '\\u003c|user|\\u003e' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "[INST] a [/INST]"}, {"from": "gpt", "value": "b"}]}', marks: '[INST]' },
  ],
  counterExamples: [
    { format: 'text', line: '{"text": "<|im_start|>user\\na<|im_end|>"}' },
    { format: 'prompt-completion', line: '{"prompt": "[INST] a [/INST]", "completion": "b</s>"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a <| b |> c || d, f <|> g, <s>old</s> <start>"}, {"role": "assistant", "content": "INST]"}]}' },
  ],
} as const satisfies RowCheck;
