/** Text that was once read in the wrong encoding: "Ã©" for "é", "�" for what is lost. */

import type { RowCheck } from './check.ts';

/** What Windows-1252 shows for the bytes 0x80 to 0x9f; a space stands where it has nothing. */
const windows = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
/** The first byte of a letter in UTF-8 as Latin letters, and what its second byte looks like. Pairs that also end a word and close a quotation are left out. */
const mangled = /Â\xa0|[ÃÂ][\x80-\x9f¡-ª¬-º¼-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ•–—˜™š›œžŸ]|â[\x80€][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|ðŸ[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}/g;
const signs = /[ÃÂâð\ufffd]/;

export const brokenEncoding = {
  id: 'broken-encoding',
  severity: 'warning',
  title: 'The text was read in the wrong encoding',
  effect: 'Where UTF-8 was read as Latin text, each letter that is not ASCII became two or three ("Ã©" for "é", "â€™" for an apostrophe), and the model learns to write it so. Where "\uFFFD" stands a character is lost, and the model learns to write that sign. Best mended in the program that made the file.',
  on: 'record',
  check(row, report) {
    if (row.plain) return;
    for (const { text, path } of row.texts) {
      if (!signs.test(text)) continue;
      const lost = text.indexOf('\ufffd');
      if (lost >= 0) {
        const count = text.split('\ufffd').length - 1;
        report({ at: row.rangesIn(path)(lost, lost + 1), message: `"\ufffd" stands for a character that was lost when the text was decoded${count > 1 ? ` (${count} in this text)` : ''}: the model learns to write it.` });
      }
      const found = [...text.matchAll(mangled)].flatMap(({ 0: wrong, index }) => {
        const right = decoded(wrong);
        return right === undefined ? [] : [{ wrong, right, index }];
      });
      const first = found[0];
      if (!first) continue;
      const rangeOf = row.rangesIn(path);
      const edits = found.map(({ wrong, right, index }) => ({ ...rangeOf(index, index + wrong.length), newText: right }));
      const count = found.length > 1 ? ` (${found.length} such places in this text)` : '';
      report({
        at: { start: edits[0]!.start, end: edits[0]!.end },
        message: `"${visible(first.wrong)}" is "${first.right}" read in the wrong encoding${count}: the model learns to write it so.`,
        fix: { title: 'Read this text in the right encoding', edits, safe: false },
      });
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "CafÃ© donâ€™t"}', marks: 'Ã©', fixed: '{"prompt": "a", "completion": "Café don’t"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "\\u00f0\\u0178\\u02dc\\u20ac 20Â°"}]}', marks: '\\u00f0\\u0178\\u02dc\\u20ac', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "😀 20°"}]}' },
    { format: 'text', line: '{"text": "caf\ufffd"}', marks: '\ufffd' },
  ],
  counterExamples: [
    { format: 'text', line: '{"text": "São Paulo, AMANHÃ, “IRMÔ, «IRMû, crâne, â € 5, Âge, ÃO, ðú, \\u00e2ge"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "note": "CafÃ©"}' },
  ],
} as const satisfies RowCheck;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decoded(wrong: string): string | undefined {
  const bytes = [...wrong].map((c) => (c.charCodeAt(0) < 0x100 ? c.charCodeAt(0) : windows.indexOf(c) + 0x80));
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** Some of the second bytes cannot be seen. */
function visible(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
}
