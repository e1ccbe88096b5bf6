/** Rows that ask what an evaluation asks as well. */

import { askedPath } from '../across/places.ts';
import { MOST_LISTED, type SetCheck, type Suspect } from './check.ts';

export const evalOverlap = {
  id: 'eval-overlap',
  severity: 'warning',
  title: 'The evaluation asks the same',
  effect: 'What was learnt by heart is measured as if it were understood: the evaluation loss is too low, the accuracy too high. Compared is what is asked, whatever the format; upper and lower case, spaces and system prompts do not count. `posttrain validate FILE --eval EVAL_FILE` looks for it; for a run spec its `eval_dataset` does.',
  on: 'set',
  watch(_table, { evals }) {
    if (!evals) return undefined;
    const suspects: Suspect[] = [];
    let [total, rows, line] = [0, 0, 0];
    return {
      add(facts) {
        const asked = facts?.questionHash;
        const where = asked && evals.find(asked);
        if (asked) rows++;
        if (where !== undefined && ++total <= MOST_LISTED) {
          suspects.push({ line, others: [], confirm: ({ row }) => ({ at: row.rangeOf(askedPath(row)), message: `The evaluation asks the same, in ${where}: what is learnt here by heart is measured there.` }) });
        }
        line++;
      },
      end: () => ({ total, suspects, inAll: `${total.toLocaleString('en')} of ${rows.toLocaleString('en')} rows ask what the evaluation asks too: what is learnt by heart is measured.` }),
    };
  },
  examples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "How  far is it?", "completion": "d"}'], evals: ['{"prompt": "how far is it?", "completion": "e"}'], marks: { 2: '"How  far is it?"' } },
    { format: 'messages', lines: ['{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}'], evals: ['{"prompt": "a", "completion": "c"}'], marks: { 1: '"a"' } },
    { format: 'text', lines: ['{"text": "a"}'], evals: ['broken', '{"text": "a"}'], marks: { 1: '"a"' } },
  ],
  counterExamples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "", "completion": "b"}'], evals: ['{"prompt": "b", "completion": "a"}', '{"prompt": " ", "completion": "b"}'] },
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "a", "completion": "b"}'] },
  ],
} as const satisfies SetCheck;
