/** Rows that a file has twice. */

import { canonical } from '../canonical.ts';
import { MOST_LISTED, type SetCheck, type Suspect } from './check.ts';

export const duplicateRow = {
  id: 'duplicate-row',
  severity: 'info',
  title: 'The row is the same as an earlier one',
  effect: 'It is learnt twice in every epoch, as if it mattered twice as much, and when a part of the file is kept for evaluation, one copy may end up on either side. What no trainer reads (other columns, order of keys) does not count; for rows that only ask, all columns do, because reward functions get them. `posttrain rows dedupe` writes a file without copies.',
  on: 'set',
  watch: (table) => ({
    add() {}, // the table has all that is needed
    end() {
      const first = table.firstSame;
      const suspects: Suspect[] = [];
      let total = 0;
      let rows = 0;
      for (let line = 0; line < first.length; line++) {
        const earlier = first[line]!;
        if (earlier >= 0) rows++;
        if (earlier < 0 || earlier === line) continue;
        if (++total > MOST_LISTED) continue;
        suspects.push({
          line,
          others: [earlier],
          confirm({ row, whole }, [other]) {
            const said = canonical(whole);
            if (said === undefined || said !== canonical(other!.whole)) return undefined;
            const edit = { start: 0, end: row.text.length, newText: '', removesLine: true } as const;
            return { at: row.rangeOf([]), message: `The row is the same as line ${earlier + 1}: every epoch learns it once more.`, fix: { title: 'Remove this copy', edits: [edit], safe: false } };
          },
        });
      }
      return { total, suspects, inAll: `${total.toLocaleString('en')} of ${rows.toLocaleString('en')} rows (${percent(total / rows)}) are the same as an earlier one: what they say is learnt several times in every epoch.` };
    },
  }),
  examples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b", "id": 1}', '{"prompt": "a", "completion": "c"}', '{"id": 2, "completion": "\\u0062", "prompt": "a"}'], marks: { 3: '{' } },
    { format: 'text', lines: ['{"text": "a"}', '', '{"text": "a"}', '{"text": "a"}'], marks: { 3: '{', 4: '{' } },
    { format: 'prompt-only', lines: ['{"prompt": "a", "answer": 1}', '{"prompt": "a", "answer": 1}'], marks: { 2: '{' } },
  ],
  counterExamples: [
    { format: 'prompt-only', lines: ['{"prompt": "a", "answer": 1}', '{"prompt": "a", "answer": 2}'] },
    { format: 'text', lines: ['{"text": "a"}', '{"text": "A"}', '{"text": "a "}', 'broken', 'broken', '[]', '[]'] },
    { format: 'unpaired-preference', lines: ['{"prompt": "a", "completion": "b", "label": true}', '{"prompt": "a", "completion": "c", "label": true}'] },
  ],
} as const satisfies SetCheck;

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
