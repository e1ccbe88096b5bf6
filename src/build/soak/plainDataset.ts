/** A dataset as a person would keep it by hand, for holding the editor to: rows as bytes, every state that can be undone to, and JSON spelled out. Shares no code with the editor. */

import type { Rng } from '../../core/rng.ts';

/** Bytes as a string of characters up to U+00FF. A row with `literal` has the text of "completion" there; the rest of it never changes. */
export interface PlainRow {
  readonly before: string;
  readonly literal?: string;
  readonly after: string;
  /** Spelled without any character beyond ASCII. */
  readonly ascii?: boolean;
}

/** What surrounds the rows. */
export interface PlainStyle {
  bom: boolean;
  crlf: boolean;
  finalNewline: boolean;
}

export function plainBytes(rows: readonly PlainRow[], { bom, crlf, finalNewline }: PlainStyle): Buffer {
  const eol = crlf ? '\r\n' : '\n';
  return Buffer.from((bom ? '\xef\xbb\xbf' : '') + rows.map(lineOf).join(eol) + (finalNewline && rows.length > 0 ? eol : ''), 'latin1');
}

export function lineOf(row: PlainRow): string {
  return row.before + (row.literal ?? '') + row.after;
}

export function withText(row: PlainRow, text: string): PlainRow {
  return { ...row, literal: literalOf(text, row.ascii === true) };
}

export function rawRow(text: string): PlainRow {
  return { before: Buffer.from(text).toString('latin1'), after: '' };
}

function literalOf(text: string, ascii: boolean): string {
  const short: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  let literal = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const lone = code >= 0xd800 && code <= 0xdfff;
    if (short[character]) literal += short[character];
    else if (code < 0x20 || lone || (ascii && code > 0x7e)) for (let i = 0; i < character.length; i++) literal += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    else literal += character;
  }
  return `"${Buffer.from(literal).toString('latin1')}"`;
}

/** Spellings that people have, and some that nobody should. */
export function randomRow(rng: Rng, n: number): PlainRow {
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const kinds: (() => PlainRow)[] = [
    () => ({ before: `{"prompt": "p${n}", "completion": `, literal: '"c"', after: '}' }),
    () => ({ before: `{ "completion":`, literal: '""', after: `,  "n":1.0,"big":1234567890123456789${n} }` }),
    () => ({ before: `{"prompt": "\xff\xfe ${utf8('é')} ${n}", "completion": `, literal: '"x"', after: '}' }),
    () => ({ before: `{"prompt": "caf\\u00e9 ${n}", "completion": `, literal: '"y"', after: '}  ', ascii: true }),
    () => ({ before: `{"completion": "first ${n}", "completion": `, literal: '"last"', after: '}' }),
    () => ({ before: `{"__proto__": {"a": ${n}}, "completion": `, literal: 'null', after: '}' }),
    () => ({ before: `no JSON ${n} \x00 ${utf8('\u2028')} \xe2\x80`, after: '' }),
    () => ({ before: `{"prompt": "${'long '.repeat(3000)}${n}", "completion": `, literal: '"z"', after: '}' }),
  ];
  return kinds[rng.below(12) % kinds.length]!();
}

const texts = ['plain', '', 'é漢字🙂', 'line\nbreak\ttab\r', 'quote " back \\ slash /', 'é\u2028\u2029', 'é\ud800', 'é\u0000\u001b[31m', 'wordy '.repeat(800)];
export function randomText(rng: Rng): string {
  const text = texts[rng.below(texts.length)]!;
  return rng.below(2) ? `${text}${rng.below(1000)}` : text;
}
