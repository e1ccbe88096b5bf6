/** Bytes that are not UTF-8: the file was saved in another encoding, or cut inside a character. */

import { hasEscapedBytes } from '../lineText.ts';
import type { RowCheck } from './check.ts';

export const invalidUtf8 = {
  id: 'invalid-utf8',
  severity: 'error',
  title: 'The row is not UTF-8',
  effect: '`datasets` stops with a UnicodeDecodeError. Programs that go on put U+FFFD (�) where letters were, and the model learns to write it.',
  on: 'line',
  check(row, report) {
    // The first test is native and nearly free.
    if (isWellFormed(row.text) || !hasEscapedBytes(row.text)) return;
    const start = row.text.search(/(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/);
    const end = start + 1;
    report({ at: { start, end }, message: 'Here the row is not UTF-8, so loading stops. Save the file as UTF-8 in the program that it comes from.' });
  },
  // A byte that is not UTF-8 is read as a lone surrogate (lineText.ts).
  examples: [{ line: '{"text": "caf\udce9"}', marks: '\udce9' }],
  counterExamples: [{ line: '{"text": "the sign \uFFFD itself, 😀"}' }],
} as const satisfies RowCheck;

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
