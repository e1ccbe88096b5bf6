/** Characters that nobody sees and the tokenizer reads all the same. */

import { badCharacters, type BadCharacter } from '../badText.ts';
import type { RowCheck } from './check.ts';

const likely = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u115f\u1160\u180e\u200b-\u200d\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\udb40]|\u034f/;
/** Not seen and without any meaning, wherever they stand. */
const idle = new Set([0x200b, 0x2060, 0xfeff]);
/** They hide nothing: ends of lines, hyphens that show where a line breaks, marks of direction; halves of characters have their own check. */
const harmless = /[\r\xad\u061c\u200e\u200f\u2028\u2029\x85]/;
const directions = /[\u202a-\u202e\u2066-\u2069]/;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
/** Scripts without spaces, where a zero-width one tells words apart. */
const spaceless = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

export const hiddenCharacter = {
  id: 'hidden-character',
  severity: 'warning',
  title: 'A text holds characters that cannot be seen',
  effect: 'The tokenizer makes tokens of them: the model learns words that are broken in the middle, or text that no reader of the row ever saw. They come with text that was copied from web pages, and hide instructions on purpose. A form feed or backspace before letters is a backslash that JSON took for an escape (`"\\frac"`). Joiners that an emoji or a script needs are left alone.',
  on: 'record',
  check(row, report) {
    if (row.plain) return;
    for (const { text, path } of row.texts) {
      if (!likely.test(text)) continue;
      const turns = rightToLeft.test(text);
      const found = badCharacters(text).filter((bad) => isHidden(text, bad, turns));
      const first = found[0];
      if (!first) continue;
      const rangeOf = row.rangesIn(path);
      const edits = found.map(({ at, length }) => ({ ...rangeOf(at, at + length), newText: withBackslash(text, at) }));
      const at = { start: edits[0]!.start, end: edits[0]!.end };
      const fix = { edits, safe: found.every((one) => idle.has(text.codePointAt(one.at)!)) };
      const many = found.length === 1 ? '' : ` (and ${found.length - 1} more in this text)`;
      const lost = lostBackslash(text, first.at);
      if (lost) {
        const command = `\\${lost.letter}${lost.rest}`;
        report({ at, message: `Before "${lost.rest}" stands a ${first.name}, which cannot be seen${many}: "${command}" was probably meant, and the model learns it without.`, fix: { title: `Write "${command}"`, ...fix } });
      } else {
        report({ at, message: `A character that cannot be seen stands here, ${first.name}${many}: the model learns it as part of the text.`, fix: { title: 'Remove what cannot be seen from this text', ...fix } });
      }
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "zero\\u200bwidth\u2060 \\ufeff"}', marks: '\\u200b', fixed: '{"prompt": "a", "completion": "zerowidth "}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "see \u202eexe.txt"}, {"role": "assistant", "content": "b"}]}', marks: '\u202e', fixed: '{"messages": [{"role": "user", "content": "see exe.txt"}, {"role": "assistant", "content": "b"}]}' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "$\\frac{1}{2}$"}', marks: '\\f', fixed: '{"prompt": "a", "completion": "$\\\\frac{1}{2}$"}' },
    { format: 'text', line: '{"text": "a\\udb40\\udc41b \\u0000"}', marks: '\\udb40\\udc41', fixed: '{"text": "ab "}' },
  ],
  counterExamples: [
    { format: 'text', line: '{"text": "👩\u200d💻 \\ud83d\\udc69\\u200d\\ud83d\\ude80 می\u200cخواهم क्\u200dष ภาษา\u200bไทย"}' },
    { format: 'text', line: '{"text": "a\\tb\\r\\nc \\u2028 soft\u00adhyphen \u200eleft é \\u00e9 page\\f\\n"}' },
    { format: 'text', line: '{"text": "\u2067שלום\u2069 \\\\frac \\\\u200b"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "note": "zero\\u200bwidth"}' },
  ],
} as const satisfies RowCheck;

/** `turns`: the text changes its direction, so marks of that are needed. */
function isHidden(text: string, { at, length }: BadCharacter, turns: boolean): boolean {
  const c = text[at]!;
  if (harmless.test(c) || (length === 1 && c >= '\ud800' && c <= '\udfff')) return false;
  // Among other signs of a wrong encoding, which have their own check.
  if (c >= '\x80' && c <= '\x9f') return (text[at - 1] ?? '') < '\x80';
  if (c === '\f') return lostBackslash(text, at) !== undefined;
  if (c === '\u200b') return !spaceless.test(text.slice(Math.max(0, at - 2), at + 3));
  return !(turns && directions.test(c));
}

const letters: Readonly<Record<string, string>> = { '\b': 'b', '\f': 'f' };

/** `\b` and `\f` are escapes of JSON, and so swallow the first letter of LaTeX's commands. */
function lostBackslash(text: string, at: number): { letter: string; rest: string } | undefined {
  const letter = letters[text[at]!];
  const rest = /^[A-Za-z]{1,20}/.exec(text.slice(at + 1, at + 21))?.[0];
  return letter && rest ? { letter, rest } : undefined;
}

/** What is to stand in the line instead of a hidden character. */
function withBackslash(text: string, at: number): string {
  const lost = lostBackslash(text, at);
  return lost ? `\\\\${lost.letter}` : '';
}
