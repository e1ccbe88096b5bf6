/** Columns whose values are of one type in some rows and of another in others. */

import type { RowFacts } from '../across/rowFacts.ts';
import type { SetCheck, Suspect } from './check.ts';

type Type = 'text' | 'a number' | 'true or false' | 'an object' | 'a list';

interface Seen {
  line: number;
  rows: number;
}

/** Where keys are data, there is no end of them. */
const MOST_KEYS = 1000;

export const typeDrift = {
  id: 'type-drift',
  severity: 'warning',
  title: 'The type of a column changes between rows',
  effect: 'Tables have one type for each column. Older versions of `datasets` stop at such a file ("changed from string to number"), newer ones keep the column as JSON. Where a prompt or an answer is text in one row and a list of turns in another, TRL takes all rows for what the first one is. `null` fits every type, and so do whole numbers and others.',
  on: 'set',
  watch() {
    const columns = new Map<string, Map<Type, Seen>>();
    let line = 0;
    return {
      add(facts) {
        if (facts && isReadable(facts)) note(columns, facts.row.record!, line);
        line++;
      },
      end() {
        const suspects: Suspect[] = [];
        for (const [key, types] of columns) {
          if (types.size < 2) continue;
          const [[usual, first], ...others] = [...types] as [[Type, Seen], ...[Type, Seen][]];
          for (const [type, seen] of others) {
            const more = seen.rows === 1 ? '' : ` and in ${(seen.rows - 1).toLocaleString('en')} more rows`;
            suspects.push({
              line: seen.line,
              others: [],
              confirm: ({ row }) => ({ at: row.rangeOf([key]), message: `"${key}" is ${type} here${more}, and ${usual} in line ${first.line + 1}: a table has one type for a column, and many loaders stop at this.` }),
            });
          }
        }
        return { total: suspects.length, suspects: suspects.sort((a, b) => a.line - b.line) };
      },
    };
  },
  examples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b", "id": 1}', '{"prompt": "c", "completion": "d", "id": null}', '{"prompt": "e", "completion": "f", "id": "x2"}'], marks: { 3: '"x2"' } },
    { format: 'prompt-only', lines: ['{"prompt": "a"}', '{"prompt": [{"role": "user", "content": "b"}]}', '{"prompt": [{"role": "user", "content": "c"}]}'], marks: { 2: '[{"role": "user", "content": "b"}]' } },
  ],
  counterExamples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b", "score": 1}', '{"prompt": "c", "completion": "d", "score": 0.5}', '{"prompt": "e", "completion": "f", "score": null}', '{"prompt": "g", "completion": "h"}'] },
    // what the format cannot read is an error already
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "c", "completion": 4}'] },
  ],
} as const satisfies SetCheck;

function isReadable({ row, example }: RowFacts): boolean {
  return !row.format || example !== undefined;
}

function note(columns: Map<string, Map<Type, Seen>>, record: Readonly<Record<string, unknown>>, line: number): void {
  for (const key in record) {
    const type = typeOf(record[key]);
    if (!type) continue;
    let types = columns.get(key);
    if (!types) {
      if (columns.size === MOST_KEYS) continue;
      columns.set(key, (types = new Map()));
    }
    const seen = types.get(type);
    if (seen) seen.rows++;
    else types.set(type, { line, rows: 1 });
  }
}

function typeOf(value: unknown): Type | undefined {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  if (Array.isArray(value)) return 'a list';
  return value === null ? undefined : 'an object';
}
