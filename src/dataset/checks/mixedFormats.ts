/** Rows of another format than the file's. */

import type { Format } from '../format.ts';
import { detectFormat } from '../formats/index.ts';
import type { RowFacts } from '../across/rowFacts.ts';
import type { SetCheck } from './check.ts';

export const mixedFormats = {
  id: 'mixed-formats',
  severity: 'warning',
  title: 'Rows of another format are among the rows',
  effect: 'A trainer takes a file for what its first rows are. Rows of another kind lack the columns that it reads: it stops at them, or leaves them out. `posttrain convert` brings files into one format before they are joined.',
  on: 'set',
  watch() {
    const found = new Map<Format, { line: number; rows: number }>();
    let line = 0;
    return {
      add(facts) {
        const other = facts && otherFormat(facts);
        const seen = other && found.get(other);
        if (seen) seen.rows++;
        else if (other) found.set(other, { line, rows: 1 });
        line++;
      },
      end() {
        const suspects = [...found].map(([format, { line: at, rows }]) => ({
          line: at,
          others: [],
          confirm: ({ row }: RowFacts) => ({
            at: row.rangeOf([]),
            message: `${rows === 1 ? 'This row is' : `From here on ${rows.toLocaleString('en')} rows are`} of format ${format.id}, and the file is taken for ${row.format!.id}: a trainer cannot read both.`,
          }),
        }));
        return { total: suspects.length, suspects: suspects.sort((a, b) => a.line - b.line) };
      },
    };
  },
  examples: [
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"instruction": "c", "output": "d"}', '{"instruction": "e", "output": "f"}', '{"text": "g"}'], marks: { 2: '{', 4: '{' } },
    { format: 'messages', lines: ['{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}', '{"prompt": "a", "chosen": "b", "rejected": "c"}'], marks: { 2: '{' } },
  ],
  counterExamples: [
    // A key was forgotten; that the rest is a format as well says nothing.
    { format: 'prompt-completion', lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "c"}', '{"prompt": "d", "compleiton": "e"}'] },
    { format: 'prompt-only', lines: ['{"prompt": "a"}', '{"prompt": "b", "completion": "c"}'] },
  ],
} as const satisfies SetCheck;

/** Of a row that the file's format cannot read: the one that can, and that has a key of its own. */
function otherFormat({ row, example }: RowFacts): Format | undefined {
  if (!row.format || example) return undefined;
  const own = row.format.schema.properties ?? {};
  const other = detectFormat([row.record!])?.format;
  if (!other || other.id === row.format.id || other.toExample(row.record!).value === undefined) return undefined;
  return (other.schema.required ?? []).some((key) => !(key in own)) ? other : undefined;
}
