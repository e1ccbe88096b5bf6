/** Characters that hide, reorder or control what is read: their places and names, so that they can be shown instead of being obeyed. No DOM. */

export interface BadCharacter {
  at: number;
  length: number;
  /** A few letters to stand in its place. */
  label: string;
  /** What it is, in English; a key of translations. */
  name: string;
}

const named: Readonly<Record<number, [string, string]>> = {
  0x00: ['NUL', 'NUL character'], 0x07: ['BEL', 'bell'], 0x08: ['BS', 'backspace'], 0x0d: ['CR', 'carriage return'], 0x1b: ['ESC', 'escape: begins a terminal code'], 0x7f: ['DEL', 'delete'], 0x9b: ['CSI', 'begins a terminal code'],
  0xad: ['SHY', 'soft hyphen'], 0x34f: ['CGJ', 'combining grapheme joiner'], 0x61c: ['ALM', 'Arabic letter mark'], 0x115f: ['HF', 'Hangul filler'], 0x1160: ['HF', 'Hangul filler'], 0x3164: ['HF', 'Hangul filler'], 0xffa0: ['HF', 'Hangul filler'], 0x180e: ['MVS', 'Mongolian vowel separator'],
  0x200b: ['ZWSP', 'zero-width space'], 0x200c: ['ZWNJ', 'zero-width non-joiner'], 0x200d: ['ZWJ', 'zero-width joiner'], 0x2060: ['WJ', 'word joiner'], 0xfeff: ['BOM', 'zero-width no-break space (byte order mark)'],
  0x200e: ['LRM', 'left-to-right mark'], 0x200f: ['RLM', 'right-to-left mark'], 0x202a: ['LRE', 'left-to-right embedding'], 0x202b: ['RLE', 'right-to-left embedding'], 0x202c: ['PDF', 'ends a change of direction'], 0x202d: ['LRO', 'left-to-right override'], 0x202e: ['RLO', 'right-to-left override'],
  0x2066: ['LRI', 'left-to-right isolate'], 0x2067: ['RLI', 'right-to-left isolate'], 0x2068: ['FSI', 'first strong isolate'], 0x2069: ['PDI', 'ends an isolate'],
  0x2028: ['LS', 'line separator'], 0x2029: ['PS', 'paragraph separator'], 0xfff9: ['IAA', 'annotation anchor'], 0xfffa: ['IAS', 'annotation separator'], 0xfffb: ['IAT', 'annotation end'],
};

/* eslint-disable-next-line no-control-regex -- they are what is looked for */
const suspects = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g;
/** Scripts whose spelling needs the joiners. */
const joining = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Mongolian}]$/u;
const pictogram = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
/** The flags of England, Scotland and Wales are spelt with tags. */
const taggedFlag = /\u{1f3f4}(?:[\u{e0020}-\u{e007f}])*$/u;

/** Sorted by place. Line feeds and tabs are text; so are joiners and tags where a script or an emoji needs them. */
export function badCharacters(text: string): BadCharacter[] {
  const found: BadCharacter[] = [];
  for (const { 0: match, index: at } of text.matchAll(suspects)) {
    const code = match.codePointAt(0)!;
    const before = text.slice(Math.max(0, at - 40), at);
    if ((code === 0x200c || code === 0x200d) && joining.test(before)) continue;
    if (code === 0x200d && pictogram.test(before)) continue;
    if (code >= 0xe0020 && taggedFlag.test(before)) continue;
    found.push({ at, length: match.length, ...nameOf(code) });
  }
  return found;
}

function nameOf(code: number): { label: string; name: string } {
  const known = named[code];
  if (known) return { label: known[0], name: known[1] };
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  if (code >= 0xdc80 && code <= 0xdcff) return { label: `x${hex.slice(2)}`, name: 'a byte that is not UTF-8' };
  if (code >= 0xd800 && code <= 0xdfff) return { label: `U+${hex}`, name: 'half a surrogate pair' };
  if (code >= 0xe0000) return { label: code >= 0xe0020 && code < 0xe007f ? `TAG ${String.fromCharCode(code - 0xe0000)}` : 'TAG', name: 'invisible tag character' };
  return { label: `U+${hex}`, name: code < 0xa0 ? 'control character' : 'invisible character' };
}

/** The text with every such character replaced by its label: for one line somewhere, where it is not edited. */
export function visibleText(text: string): string {
  let result = '';
  let from = 0;
  for (const { at, length, label } of badCharacters(text)) {
    result += `${text.slice(from, at)}⟦${label}⟧`;
    from = at + length;
  }
  return result + text.slice(from);
}
