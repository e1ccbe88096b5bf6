/** Judgements that say the opposite of each other. */

import { joinHashes, sumHashes, type Hash64 } from '../../core/hash.ts';
import { canonical } from '../canonical.ts';
import { HashColumn } from '../across/hashColumn.ts';
import { NumberColumn } from '../across/numberColumn.ts';
import { chosenPath, flagPath } from '../across/places.ts';
import type { RowFacts } from '../across/rowFacts.ts';
import { hashValue } from '../across/valueHash.ts';
import { MOST_LISTED, type SetCheck, type Suspect } from './check.ts';

export const contradictoryPairs = {
  id: 'contradictory-pairs',
  severity: 'warning',
  title: 'Two rows say the opposite of each other',
  effect: 'The one row prefers an answer to another, the other row the other way round; or the same answer is marked as good and as bad. Their gradients cancel out, and the accuracy of the two together is one half whatever the model learns.',
  on: 'set',
  watch() {
    const judged = new HashColumn();
    const verdicts = new NumberColumn();
    return {
      add(facts) {
        const one = facts && judgementOf(facts);
        judged.push(one?.about);
        verdicts.push(one?.verdict ?? 0);
      },
      end() {
        const first = judged.firstRows();
        const suspects: Suspect[] = [];
        let total = 0;
        for (let line = 0; line < first.length; line++) {
          const earlier = first[line]!;
          if (earlier < 0 || verdicts.at(earlier) === verdicts.at(line) || ++total > MOST_LISTED) continue;
          suspects.push({ line, others: [earlier], confirm: (facts, [other]) => confirm(facts, other!, earlier + 1) });
        }
        return { total, suspects, inAll: `${total.toLocaleString('en')} rows say the opposite of an earlier one: what the two teach cancels out.` };
      },
    };
  },
  examples: [
    { format: 'preference', lines: ['{"prompt": "a", "chosen": "b", "rejected": "c"}', '{"prompt": "a", "chosen": "c", "rejected": "b"}'], marks: { 2: '"c"' } },
    { format: 'preference-implicit', lines: ['{"chosen": "Q?\\nyes", "rejected": "Q?\\nno"}', '{"chosen": "Q?\\nno", "rejected": "Q?\\nyes"}'], marks: { 2: '"Q?\\nno"' } },
    { format: 'unpaired-preference', lines: ['{"prompt": "a", "completion": "b", "label": true}', '{"prompt": "a", "completion": "b", "label": false}'], marks: { 2: 'false' } },
  ],
  counterExamples: [
    { format: 'preference', lines: ['{"prompt": "a", "chosen": "b", "rejected": "c"}', '{"prompt": "a", "chosen": "b", "rejected": "c"}', '{"prompt": "d", "chosen": "c", "rejected": "b"}', '{"prompt": "a", "chosen": "c", "rejected": "d"}', '{"prompt": "a", "chosen": "c", "rejected": "c"}'] },
    { format: 'unpaired-preference', lines: ['{"prompt": "a", "completion": "b", "label": true}', '{"prompt": "a", "completion": "c", "label": false}'] },
  ],
} as const satisfies SetCheck;

/** What is judged, whichever way, and which way. */
function judgementOf({ example, parts }: RowFacts): { about: Hash64; verdict: number } | undefined {
  if (example?.kind !== 'unpaired-preference' && example?.kind !== 'preference' && example?.kind !== 'preference-implicit') return undefined;
  const [one, other] = parts!.answers.map((answer) => hashValue(answer));
  const prompt = hashValue(parts!.prompt ?? '');
  if (example.kind === 'unpaired-preference') return { about: joinHashes([prompt, one!]), verdict: example.label ? 1 : 2 };
  if (!one || !other || (one.low === other.low && one.high === other.high)) return undefined;
  const isFirst = one.high < other.high || (one.high === other.high && one.low < other.low);
  return { about: joinHashes([prompt, sumHashes(one, other)]), verdict: isFirst ? 1 : 2 };
}

function confirm({ row, example, parts }: RowFacts, other: RowFacts, line: number) {
  if (canonical(parts?.prompt ?? '') !== canonical(other.parts?.prompt ?? '')) return undefined;
  const [answers, others] = [parts!.answers.map(canonical), other.parts!.answers.map(canonical)];
  if (example?.kind === 'unpaired-preference') {
    if (answers[0] !== others[0]) return undefined;
    return { at: row.rangeOf(flagPath(row)), message: `Line ${line} marks the same answer as ${example.label ? 'bad' : 'good'}: what the two rows teach cancels out.` };
  }
  if (answers[0] !== others[1] || answers[1] !== others[0]) return undefined;
  return { at: row.rangeOf(chosenPath(row)), message: `Line ${line} has the same two answers the other way round: what the two pairs teach cancels out.` };
}
