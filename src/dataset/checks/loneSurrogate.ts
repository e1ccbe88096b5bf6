/** Half of a character written as an escape: JSON allows it, UTF-8 and every loader that is built on it does not. */

import type { RowCheck } from './check.ts';

/** An escape of a high half with its low half, or of either half alone; other escapes are passed over, so that `\\\\ud800` is none. */
const escapes = /\\(?:u(?:[dD][89abAB][0-9a-fA-F]{2}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[dD][c-fC-F][0-9a-fA-F]{2})|[^])/g;

export const loneSurrogate = {
  id: 'lone-surrogate',
  severity: 'error',
  title: 'Half of a character',
  effect: '`datasets` stops ("The surrogate pair in string is invalid"), and a tokenizer cannot encode it. Left over where text was cut by length in the middle of an emoji.',
  on: 'line',
  check(row, report) {
    if (row.malformed || !row.text.includes('\\u') || !/\\u[dD][89a-fA-F]/.test(row.text)) return;
    for (const match of row.text.matchAll(escapes)) {
      // A pair is twelve long; any other escape that is not of a half is two.
      if (match[0].length !== 6) continue;
      const at = { start: match.index, end: match.index + 6 };
      report({ at, message: `${match[0]} is half of a character, the rest was cut off: loading stops here.`, fix: { title: 'Remove it', edits: [{ ...at, newText: '' }], safe: true } });
    }
  },
  examples: [
    { line: '{"text": "cut \\ud83d"}', marks: '\\ud83d', fixed: '{"text": "cut "}' },
    { line: '{"text": "\\uDE00 first"}', marks: '\\uDE00', fixed: '{"text": " first"}' },
  ],
  counterExamples: [{ line: '{"text": "\\ud83d\\ude00 and \\\\ud83d and 😀"}' }, { line: '{"text": "\\uD83D\\uDE00\\u00df"}' }, { line: '{"path": "C:\\\\ud800"}' }],
} as const satisfies RowCheck;
