/** One prompt that is answered in different ways. */

import { canonical } from '../canonical.ts';
import { HashColumn } from '../across/hashColumn.ts';
import { askedPath } from '../across/places.ts';
import { namedLines, RowGroups } from '../across/rowGroups.ts';
import type { RowFacts } from '../across/rowFacts.ts';
import { hashValue } from '../across/valueHash.ts';
import type { SetCheck } from './check.ts';

export const samePrompt = {
  id: 'same-prompt',
  severity: 'info',
  title: 'One prompt has different answers',
  effect: 'All of them are learnt: the model spreads what it says over them. That is wanted where several answers were written or sampled on purpose, and an accident where files were joined or labels disagree. Only rows that teach one answer are looked at: pairs and rated answers have several by nature.',
  on: 'set',
  watch() {
    const prompts = new HashColumn();
    const answers = new HashColumn();
    return {
      add(facts) {
        const taught = facts && taughtBy(facts);
        prompts.push(taught && hashValue(taught.asked));
        answers.push(taught && hashValue(taught.answer));
      },
      end() {
        const first = prompts.firstRows();
        const groups = new RowGroups(first.length);
        for (let line = 0; line < first.length; line++) if (first[line]! >= 0 && !answers.same(first[line]!, line)) groups.add(first[line]!, line);
        return {
          total: groups.total,
          suspects: groups.listed.map(({ first: line, rows, count }) => ({
            line,
            others: rows,
            confirm(facts, others) {
              const asked = canonical(taughtBy(facts)?.asked);
              if (asked === undefined || others.some((other) => canonical(taughtBy(other)?.asked) !== asked)) return undefined;
              const verbs = count === 1 ? 'asks the same and is' : 'ask the same and are';
              return { at: facts.row.rangeOf(askedPath(facts.row)), message: `${namedLines({ rows, count })} ${verbs} answered otherwise: the model learns all of these answers.` };
            },
          })),
          inAll: `${groups.total.toLocaleString('en')} prompts have different answers, and the model learns all of them.`,
        };
      },
    };
  },
  examples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "c", "completion": "d"}', '{"prompt": "a", "completion": "e"}', '{"prompt": "a", "completion": "f"}'], marks: { 1: '"a"' } },
    {
      format: 'messages',
      lines: ['{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}', '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "c"}]}'],
      marks: { 1: '"a"' },
    },
  ],
  counterExamples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "a", "completion": "b"}', '{"prompt": "A", "completion": "c"}'] },
    { format: 'preference', lines: ['{"prompt": "a", "chosen": "b", "rejected": "c"}', '{"prompt": "a", "chosen": "d", "rejected": "c"}'] },
    {
      format: 'messages',
      lines: ['{"messages": [{"role": "system", "content": "German"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}', '{"messages": [{"role": "system", "content": "French"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "c"}]}'],
    },
  ],
} as const satisfies SetCheck;

/** Of a row that teaches one answer: all that it is an answer to, and the answer. */
function taughtBy({ example, parts }: RowFacts): { asked: unknown; answer: unknown } | undefined {
  if (example?.kind !== 'prompt-completion' && example?.kind !== 'messages') return undefined;
  const [answer] = parts!.answers;
  if (parts!.prompt === undefined || !answer || answer.length === 0) return undefined;
  return { asked: [parts!.prompt, example.tools, example.chat_template_kwargs, example.images], answer };
}
