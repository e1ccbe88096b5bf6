/** Values that were missing, and became words when the file was written. */

import type { RowCheck } from './check.ts';

/** Words that programs write for nothing. */
const words = new Set(['nan', 'NaN', '<NA>', 'NaT', '[object Object]']);
/** Words for it that people answer, too. */
const answers = new Set(['None', 'null', 'NULL', 'undefined']);
const longest = '[object Object]'.length;

export const literalNull = {
  id: 'literal-null',
  severity: 'warning',
  title: 'A text is the word for nothing',
  effect: 'The value was missing when a program wrote the file, and its word for that ("nan" of pandas, "None" of Python, "undefined" of JavaScript) became the text: the model is asked that, or learns to answer it. "None", "null" and "undefined" can be meant, and are an info.',
  on: 'record',
  check(row, report) {
    for (const { text, path, turn } of row.texts) {
      if (text.length > longest || (!words.has(text) && !answers.has(text))) continue;
      const learnt = turn ? turn.speaker === 'assistant' : row.format!.fields.some(({ key, asks }) => key === path[0] && !asks);
      report({ at: row.rangeOf(path), severity: answers.has(text) ? 'info' : 'warning', message: `The text is "${text}", probably a value that was missing: the model ${learnt ? 'learns to answer that' : 'is told just that'}.` });
    }
  },
  examples: [
    { format: 'alpaca', line: '{"instruction": "a", "input": "nan", "output": "b"}', marks: '"nan"' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "[object Object]"}]}', marks: '"[object Object]"' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "None"}', marks: '"None"', severity: 'info' },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "Naan or none?", "completion": " None", "note": "nan"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "What is undefined?"}, {"role": "assistant", "content": "In JavaScript \\"undefined\\" is a value."}]}' },
  ],
} as const satisfies RowCheck;
