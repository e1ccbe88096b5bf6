/** What each UTF-16 unit is in a text that is read word by word. Made the first time it is asked for, in some milliseconds. */

export const LETTER = 1;
export const ALONE = 2;

export interface UnicodeTable {
  /** 0 stands between words. */
  readonly kinds: Uint8Array;
  readonly lower: Uint16Array;
}

const letter = /[\p{L}\p{N}\p{M}]/u;
const alone = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

let table: UnicodeTable | undefined;

export function unicodeTable(): UnicodeTable {
  return (table ??= makeTable());
}

function makeTable(): UnicodeTable {
  const kinds = new Uint8Array(0x10000);
  const lower = new Uint16Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit++) {
    // halves of pairs: rare characters, emoji
    if (unit >= 0xd800 && unit < 0xe000) {
      kinds[unit] = ALONE;
      continue;
    }
    const character = String.fromCharCode(unit);
    if (!letter.test(character)) continue;
    kinds[unit] = alone.test(character) ? ALONE : LETTER;
    const small = character.toLowerCase();
    lower[unit] = small.length === 1 ? small.charCodeAt(0) : unit;
  }
  return { kinds, lower };
}
