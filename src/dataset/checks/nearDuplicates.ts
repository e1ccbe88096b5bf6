/** Rows that say nearly the same. */

import { NEARLY, NearRows } from '../across/nearRows.ts';
import { namedLines } from '../across/rowGroups.ts';
import type { RowFacts } from '../across/rowFacts.ts';
import { askedPath } from '../across/places.ts';
import type { SetCheck } from './check.ts';

export const nearDuplicates = {
  id: 'near-duplicates',
  severity: 'info',
  title: 'Rows are nearly the same',
  effect: 'What they say counts as often as there are such rows, and where one of them is kept for evaluation, the result is too good. Two rows are nearly the same when four fifths of all runs of three words in them are in both; upper and lower case, punctuation and what more than half of all rows share (a template) do not count, and rows of a few words are left alone. One finding names a whole cluster, at its first row.',
  on: 'set',
  watch(table) {
    const near = new NearRows();
    return {
      add: (facts) => near.add(facts?.said || undefined),
      end() {
        const first = table.firstSame;
        const groups = near.groups((row) => first[row] !== row);
        return {
          total: groups.total,
          suspects: groups.listed.map(({ first: line, rows, count }) => ({
            line,
            others: rows,
            confirm(facts: RowFacts, others: readonly RowFacts[]) {
              const alike = rows.map((row, i) => ({ row, share: near.shingler.similarity(facts.said, others[i]!.said) })).filter(({ share }) => share >= NEARLY);
              if (alike.length === 0) return undefined;
              const further = count - rows.length + alike.length;
              const [least, most] = [Math.min, Math.max].map((of) => Math.floor(100 * of(...alike.map(({ share }) => share))));
              const named = namedLines({ rows: alike.map(({ row }) => row), count: further });
              const [says, times] = further === 1 ? ['says', 'twice'] : ['say', `${(further + 1).toLocaleString('en')} times`];
              return { at: facts.row.rangeOf(askedPath(facts.row)), message: `${named} ${says} nearly the same (${least === most ? '' : `${least} to `}${most} % of it), so it counts ${times}.` };
            },
          })),
          inAll: `${groups.total.toLocaleString('en')} times two or more rows are nearly the same.`,
        };
      },
    };
  },
  examples: [
    {
      format: 'prompt-completion',
      lines: [
        '{"prompt": "Tell me in short how a bicycle stays upright while somebody rides it along a road.", "completion": "It steers into the side on which it begins to fall, and so its wheels come back under its weight."}',
        '{"prompt": "Why is the sky blue?", "completion": "Air scatters short waves of light more than long ones, so the light that comes from all sides is blue."}',
        '{"prompt": "Tell me in short how a bicycle stays upright while somebody rides it along a road!", "completion": "It steers into the side on which it begins to fall, and so the wheels come back under its weight."}',
      ],
      marks: { 1: '"Tell me in short how a bicycle stays upright while somebody rides it along a road."' },
    },
    {
      format: 'text',
      lines: ['{"text": "细胞理论是生物科学的一个理论，它认为所有生命体都是由微小的基本单元细胞所构成。"}', '{"text": "细胞理论是生物科学的一个理论，它认为所有的生命体都是由微小的基本单元细胞所构成。"}'],
      marks: { 1: '"细胞理论是生物科学的一个理论，它认为所有生命体都是由微小的基本单元细胞所构成。"' },
    },
  ],
  counterExamples: [
    { format: 'text', lines: ['{"text": "The capital of France is Paris, and it lies on the Seine."}', '{"text": "The capital of Austria is Vienna, and it lies on the Danube."}'] },
    { format: 'prompt-completion', lines: ['{"prompt": "hi", "completion": "Hello, how can I help?"}', '{"prompt": "Hi!", "completion": "Hello, how can I help?"}'] },
    { format: 'text', lines: ['{"text": "Once and once more: one two three four five six seven eight nine ten eleven twelve."}', '{"text": "Once and once more: one two three four five six seven eight nine ten eleven twelve."}'] },
  ],
} as const satisfies SetCheck;
