/** Where the parts of a line of JSON end, and what its escapes mean: the steps of the row parser that need no state. */

const spaces = /[ \t\r\n]*/y;

/** Length of the escape that begins with the backslash at `at`; 0 when it is none of JSON's. */
export function escapeLength(text: string, at: number): number {
  const next = text[at + 1];
  if (next === undefined) return 0;
  if (next !== 'u') return '"\\/bfnrt'.includes(next) ? 2 : 0;
  return /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0;
}

/** Where the text ends but for white space. */
export function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1]!)) end--;
  return end;
}

/** The offset after the closing quote, or the end of the text. */
export function endOfString(text: string, start: number): number {
  for (let close = text.indexOf('"', start + 1); close >= 0; close = text.indexOf('"', close + 1)) if (!escapedAt(text, close)) return close + 1;
  return text.length;
}

/** An apostrophe inside ends nothing: the closing quote is followed by what can follow a value or a key. -1: none. */
export function endOfSingleQuoted(text: string, start: number): number {
  for (let close = text.indexOf("'", start + 1); close >= 0; close = text.indexOf("'", close + 1)) {
    if (escapedAt(text, close)) continue;
    spaces.lastIndex = close + 1;
    spaces.exec(text);
    const next = text[spaces.lastIndex];
    if (next === undefined || ',:}]'.includes(next)) return close + 1;
  }
  return -1;
}

export function endOfCurlyQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) if ('“”"'.includes(text[i]!) && !escapedAt(text, i)) return i + 1;
  return -1;
}

function escapedAt(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

export function controlName(c: string): string {
  const names: Readonly<Record<string, string>> = { '\t': 'tab', '\r': 'carriage return', '\n': 'line break' };
  return names[c] ?? `U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text of a string's inside as far as its escapes are valid; others stay as they are. */
export function unescape(inner: string): string {
  return inner.replace(/\\(?:u([0-9a-fA-F]{4})|(["'\\/bfnrt]))/g, (_all, code: string | undefined, c: string) => {
    if (code) return String.fromCharCode(parseInt(code, 16));
    return ({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' } as Record<string, string>)[c] ?? c;
  });
}
