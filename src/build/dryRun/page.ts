/** The page of the dry run beside TRL: how many rows were compared, what is said of which row, and what is different and why. */

import { outcomeOf, type ComparedRow } from './compare.ts';

const outcomes = ['kept', 'cut', 'dropped', 'stops'] as const;

/** media/docs/dry-run.md. `reasons`: why rows are different, by what is different. */
export function dryRunPage(rows: readonly ComparedRow[], reasons: readonly KnownDifference[]): string {
  const methods = [...new Set(rows.map(({ file }) => file.method))];
  return [
    '# The dry run, beside TRL 1.16',
    '',
    '`posttrain validate FILE --method ID --model DIR [--max_length N …]` prepares the rows of a file as the method does, and says which it leaves out, cuts, splits or rewrites, and where TRL would do something else.',
    '<!-- Written by "npm run dry-run:page" from the recording of TRL (test/parity/record/dryRun.py) and the dry run itself. -->',
    '',
    `TRL's own trainers were given ${new Set(rows.map(({ file }) => file)).size} small files with ${rows.length} rows, read as \`trl\` reads files. What they did to each row, against what the dry run says of it:`,
    '',
    '| method | rows | kept | cut | left out | TRL stops there | said the same | different |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...methods.map((method) => {
      const own = rows.filter(({ file }) => file.method === method);
      const different = own.filter(({ difference }) => difference !== undefined).length;
      return `| ${method} | ${own.length} | ${outcomes.map((outcome) => own.filter(({ recorded }) => outcomeOf(recorded) === outcome).length).join(' | ')} | ${own.length - different} | ${different} |`;
    }),
    '',
    'A row is the same when the outcome is, and of rows that are trained on every token, every mark of what is learnt, the length before a cut, the end of a prompt that is lost, and whether its words are changed.',
    '',
    '## What it says',
    '',
    'Each kind of sentence once, with a row of which it is true.',
    '',
    '| row | settings | TRL 1.16 | the dry run |',
    '|---|---|---|---|',
    ...examples(rows),
    '',
    '## Where it says something else',
    '',
    '| rows | what is different | why |',
    '|--:|---|---|',
    ...reasons.map(({ what, why, is }) => `| ${rows.filter((row) => row.difference !== undefined && is(row)).length} | ${what} | ${why} |`),
    '',
  ].join('\n');
}

export interface KnownDifference {
  what: string;
  why: string;
  is(row: ComparedRow): boolean;
}

function examples(rows: readonly ComparedRow[]): string[] {
  const seen = new Set<string>();
  return rows.flatMap(({ file, recorded, told, difference }) => {
    if (difference !== undefined) return [];
    return told.flatMap(({ code, message }) => {
      // The same sentence about other numbers and words is one kind.
      const kind = `${code} ${message.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+/g, '#').replace(/chosen|rejected/g, '')}`;
      if (seen.has(kind)) return [];
      seen.add(kind);
      const settings = Object.entries(file.settings).map(([key, value]) => `${key}: ${String(value)}`);
      return [`| ${cell(typeof recorded.row === 'string' ? recorded.row : JSON.stringify(recorded.row))} | ${[file.method, file.tokenizer, ...settings].join(', ')} | ${happened(recorded)} | ${escaped(message)} \`${code}\` |`];
    });
  });
}

function happened(recorded: ComparedRow['recorded']): string {
  const outcome = outcomeOf(recorded);
  if (outcome === 'stops') return `stops: ${escaped(recorded.stops!.slice(0, 80))}`;
  if (outcome === 'dropped') return 'leaves it out';
  if (outcome === 'cut') return `cuts ${recorded.uncut!.join(' and ')} tokens to ${recorded.sequences!.map(({ ids }) => ids.length).join(' and ')}`;
  return recorded.lost ? `leaves out ${escaped(recorded.lost.map((text) => JSON.stringify(text)).join(', '))}` : 'keeps it';
}

function cell(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 119)}…` : text;
  return `\`${short.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
