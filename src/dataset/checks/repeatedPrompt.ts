/** Answers that begin with their own prompt. */

import type { RowCheck } from './check.ts';
import type { Path, Row } from './row.ts';

/** Fewer characters may be there by chance. */
const least = 20;

export const repeatedPrompt = {
  id: 'repeated-prompt',
  severity: 'warning',
  title: 'The answer repeats the prompt',
  effect: 'Trainers put the answer behind the prompt, so the question stands there twice, and the second time it is learnt: the model repeats the question before it answers. Where `chosen` and `rejected` are whole conversations the row needs no `prompt`.',
  on: 'record',
  check(row, report) {
    const { prompt } = row.record!;
    if (row.format?.fields.some(({ key, asks }) => key === 'prompt' && asks) !== true) return;
    for (const { key, asks, type } of row.format.fields) {
      if (asks || type !== 'content') continue;
      const answer = row.record![key];
      const again = typeof prompt === 'string' ? inText(prompt, answer, [key]) : inTurns(row, key);
      if (!again) continue;
      const at = again.to === undefined ? row.rangeOf(again.path) : row.rangesIn(again.path)(0, again.to);
      report({ at, message: `"${key}" begins with the prompt again: it is put behind the prompt, so the model reads the question twice and learns to repeat it.` });
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "Question: \\"how much\\"?", "completion": "Question: \\"how much\\"? Answer: 5"}', marks: [53, 76] },
    {
      format: 'preference',
      line: '{"prompt": [{"role": "user", "content": "a"}], "chosen": [{"role": "user",  "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "assistant", "content": "c"}]}',
      marks: '{"role": "user",  "content": "a"}',
    },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"prompt": "Say: hello", "completion": "Say: hello"}' },
    { format: 'prompt-completion', line: '{"prompt": "Is the sky blue on Mars?", "completion": "You ask: Is the sky blue on Mars? No."}' },
    { format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]}' },
    { format: 'preference-implicit', line: '{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "c"}]}' },
  ],
} as const satisfies RowCheck;

/** Where the answer says the prompt again: as far as `to`, or all of what is at `path`. */
interface Again {
  path: Path;
  to?: number;
}

function inText(prompt: string, answer: unknown, path: Path): Again | undefined {
  const said = prompt.trimEnd();
  return said.length >= least && typeof answer === 'string' && answer.startsWith(said) ? { path, to: said.length } : undefined;
}

/** The answer begins with somebody who asks, and the last question of the prompt is asked again. */
function inTurns(row: Row, key: string): Again | undefined {
  const turnsOf = (name: string) => row.conversations.find(({ field }) => field.key === name)?.turns ?? [];
  const asked = turnsOf('prompt').findLast(({ speaker }) => speaker === 'user');
  const turns = turnsOf(key);
  if (typeof asked?.content !== 'string' || turns.find(({ speaker }) => speaker !== 'system')?.speaker !== 'user') return undefined;
  const again = turns.find(({ speaker, content }) => speaker === 'user' && content === asked.content);
  return again && { path: again.path };
}
