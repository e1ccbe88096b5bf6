/** Lines that are not JSON: what exactly is wrong, where, and an edit that mends it where one can be sure. */

import type { FaultReason, RowFault } from '../rowSyntax.ts';
import type { CheckFix, RowCheck } from './check.ts';

/** Reasons with a code of their own. */
const elsewhere: readonly FaultReason[] = ['trailing-comma', 'non-finite'];

export const malformedJson = {
  id: 'malformed-json',
  severity: 'error',
  title: 'The line is not JSON',
  effect: 'Nothing can read the row. Loaders stop at the first such line, with a message that seldom names it; some leave it out in silence.',
  on: 'line',
  check(row, report) {
    if (!row.malformed) return;
    const faults = row.tree.faults.filter(({ reason }) => !elsewhere.includes(reason));
    for (const [i, fault] of faults.entries()) {
      // A row in single quotes has dozens of them: said once, and mended together.
      const alike = faults.filter(({ reason, edit }) => reason === fault.reason && edit !== undefined);
      if (fault.edit && faults.findIndex(({ reason, edit }) => reason === fault.reason && edit) < i) continue;
      report({ at: fault, message: `${sentence(fault)} Loading stops here.`, ...(fault.edit && { fix: fixFor(fault, alike) }) });
    }
    // What only JSON.parse objects to: kept as a net, so that no unreadable row passes.
    if (row.tree.faults.length === 0) report({ at: row.all, message: 'This is not valid JSON. Loading stops here.' });
  },
  examples: [
    { line: '{"text": "a" "id": 1}', marks: '"id"', fixed: '{"text": "a", "id": 1}' },
    { line: "{'text': 'it''s', 'ok': True}", marks: "'text'", fixed: '{"text": "it\'\'s", "ok": true}' },
    { line: '{"text": "he said "hi" to me"}', marks: 'hi' },
    { line: '{"text": "never closed}', marks: '"never closed}' },
    { line: '{"text": "a"}{"text": "b"}', marks: '{"text": "b"}', fixed: '{"text": "a"}\n{"text": "b"}' },
    { line: '{"text": "a"},', marks: [13, 14], fixed: '{"text": "a"}' },
    { line: '{"text": None}', marks: 'None', fixed: '{"text": null}' },
    { line: '{text: "a"}', marks: 'text', fixed: '{"text": "a"}' },
    { line: '{"text": "C:\\data"}', marks: '\\d', fixed: '{"text": "C:\\\\data"}' },
    { line: '{"text": "a', marks: '"a' },
    { line: '{"text": ["a"}', marks: [13, 14] },
    { line: '{"text": 01}', marks: '01' },
    { line: 'id,prompt,completion', marks: 'id' },
  ],
  counterExamples: [{ line: '{"text": "\\u00e9 \\" \\\\ \\n 𝄞 \\ud834\\udd1e"}' }, { line: ' {"a": [1.5e-3, -0, true, null, {}]} \r' }, { line: '' }],
} as const satisfies RowCheck;

function fixFor({ reason, edit }: RowFault, alike: readonly RowFault[]): CheckFix {
  // A row with one escape that is none often has others that are, but were not meant: C:\data\new.
  return { title: fixTitle(reason, edit!.newText), edits: alike.map((fault) => fault.edit!), safe: reason !== 'bad-escape' };
}

function fixTitle(reason: FaultReason, newText: string): string {
  switch (reason) {
    case 'single-quotes': case 'curly-quotes': return 'Use double quotes';
    case 'unquoted': return 'Put keys in double quotes';
    case 'foreign-literal': return 'Write true, false and null as JSON does';
    case 'control-character': return 'Write it as an escape';
    case 'bad-escape': return 'Double the backslash';
    case 'missing-comma': return 'Insert the comma';
    case 'several-rows': return 'Put the next row on a line of its own';
    default: return newText === '' ? 'Remove it' : `Write ${newText}`;
  }
}

function sentence({ reason, found = '' }: RowFault): string {
  switch (reason) {
    case 'extra-comma': return 'A value is missing between two commas, or one comma is too many.';
    case 'missing-comma': return 'A comma is missing before this.';
    case 'missing-colon': return 'A colon and a value are missing after this key.';
    case 'missing-value': return 'This key has no value.';
    case 'missing-key': return `A key in double quotes is expected here, not ${found}.`;
    case 'foreign-literal': return `${found} is not JSON, which writes true, false and null.`;
    case 'single-quotes': return 'JSON has no single quotes: text goes in double quotes.';
    case 'curly-quotes': return 'Typographic quotes do not delimit text in JSON: straight ones (") do.';
    case 'unquoted': return `Text has to be in double quotes: ${found}.`;
    case 'text-after-string': return 'The text ends at the quote before this. A quote inside text is written \\".';
    case 'unclosed-string': return 'This text is not closed: its last double quote is missing, or the line is cut off.';
    case 'unclosed': return `The row ends before its "${found}" is closed. A row has to be on one line.`;
    case 'wrong-bracket': return `This ${found} closes nothing that is open.`;
    case 'control-character': return `A raw ${found} is not allowed inside text: write it as an escape.`;
    case 'bad-escape': return `${found} is no escape of JSON. A backslash is written \\\\.`;
    case 'bad-number': return `${found} is not a number as JSON writes them.`;
    case 'comment': return 'JSON has no comments.';
    case 'comma-after-row': return 'Rows are separated by line breaks, not by commas.';
    case 'several-rows': return 'More than one row is on this line.';
    case 'text-after-row': return 'There is more text after the end of the row.';
    default: return `${found ? `Unexpected ${JSON.stringify(found)}` : 'Something unexpected'}.`;
  }
}
