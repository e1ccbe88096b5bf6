/** Finds where each token stands in the text that it came from; the tokenizer library gives ids only. */

import type { TokenizerJson } from './tokenizer.ts';

/** UTF-16 offsets, end exclusive. Tokens that share a character have overlapping ranges. */
export type Range = readonly [start: number, end: number];

/**
 * Returns a function that lays the tokens' bytes along the text, with the offsets of the tokenizers library. It answers undefined where
 * they do not fit, because the tokenizer changes more of the text than Unicode's forms and a space in front.
 */
export function createAligner(json: TokenizerJson, added: ReadonlyMap<number, string>, tokenOf: (id: number) => string | undefined): (text: string, ids: readonly number[]) => Range[] | undefined {
  const byteLevel = has(json.pre_tokenizer, 'ByteLevel') || has(json.decoder, 'ByteLevel');
  // The byte-level post-processor takes spaces out of the offsets, but leaves one that was added in front.
  const trims = has(json.post_processor, 'ByteLevel', (part) => part.trim_offsets !== false);
  const sparesPrefix = has(json.post_processor, 'ByteLevel', (part) => part.add_prefix_space !== false);
  const prepends = has(json.normalizer, 'Prepend');
  const form = (['NFC', 'NFD', 'NFKC', 'NFKD'] as const).find((name) => has(json.normalizer, name));
  const encoder = new TextEncoder();
  const cache = new Map<number, Uint8Array>();
  const bytesOf = (id: number): Uint8Array | undefined => {
    let bytes = cache.get(id);
    if (bytes) return bytes;
    const token = tokenOf(id);
    if (token === undefined) return undefined;
    if (added.has(id)) bytes = encoder.encode(added.get(id));
    else if (byteLevel) bytes = Uint8Array.from(token, (char) => byteOfChar.get(char) ?? 0x3f);
    else bytes = /^<0x[0-9A-F]{2}>$/.test(token) ? Uint8Array.of(parseInt(token.slice(3, 5), 16)) : encoder.encode(token.replaceAll('▁', ' '));
    cache.set(id, bytes);
    return bytes;
  };

  return (text, ids) => {
    const { bytes: source, starts, ends } = bytesWithPlaces(text, form, encoder);
    const ranges: Range[] = [];
    let at = 0;
    let sectionStart = true;
    for (const id of ids) {
      const whole = bytesOf(id);
      if (!whole) return undefined;
      let bytes = whole;
      // An added token may swallow the space before it; another may begin with a space that the text does not have.
      if (added.has(id)) while (at < source.length && source[at] !== bytes[0] && isSpace(source[at]!)) at++;
      else if (bytes[0] === 0x20 && sectionStart && (prepends || source[at] !== 0x20)) bytes = bytes.subarray(1);
      if (at + bytes.length > source.length) return undefined;
      for (let b = 0; b < bytes.length; b++) if (source[at + b] !== bytes[b]) return undefined;
      let start = starts[at]!;
      let end = ends[bytes.length === 0 ? at : at + bytes.length - 1]!;
      if (trims && !added.has(id)) {
        let leading = spacesAt(whole, 0, 1);
        const trailing = spacesAt(whole, whole.length - 1, -1);
        if (leading === 1 && sparesPrefix && (ranges.length === 0 || start === 0)) leading = 0;
        start = Math.min(start + leading, end);
        if (end >= trailing) end = Math.max(end - trailing, start);
      }
      ranges.push([start, end]);
      at += bytes.length;
      sectionStart = added.has(id);
    }
    return ranges;
  };
}

/** The first token whose range holds the character at `unit`, as `char_to_token` of the tokenizers library finds it. */
export function tokenAt(ranges: readonly Range[], unit: number): number | undefined {
  const index = ranges.findIndex(([start, end]) => start <= unit && unit < end);
  return index < 0 ? undefined : index;
}

/** The bytes that the tokenizer splits, each with the UTF-16 range of the characters that it comes from. */
function bytesWithPlaces(text: string, form: string | undefined, encoder: InstanceType<typeof TextEncoder>): { bytes: Uint8Array; starts: Uint32Array; ends: Uint32Array } {
  const normalized = form === undefined ? text : text.normalize(form);
  const bytes = encoder.encode(normalized);
  const starts = new Uint32Array(bytes.length + 1);
  const ends = new Uint32Array(bytes.length + 1);
  let byte = 0;
  let unit = 0;
  const place = (piece: string, from: number, to: number) => {
    for (let width = utf8Length(piece); width > 0; width--, byte++) {
      starts[byte] = from;
      ends[byte] = to;
    }
  };
  if (normalized === text) {
    for (const char of text) place(char, unit, (unit += char.length));
  } else {
    // A letter with its marks, or a run of Hangul, is normalised by itself.
    for (const [cluster] of text.matchAll(/[\u1100-\u11ff\uac00-\ud7a3]+|[^][\p{M}\u200c\u200d]*/gu)) place(cluster.normalize(form), unit, (unit += cluster.length));
  }
  starts[byte] = ends[byte] = text.length;
  return { bytes, starts, ends };
}

function utf8Length(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

function spacesAt(bytes: Uint8Array, from: number, step: 1 | -1): number {
  let count = 0;
  while (bytes[from + count * step] === 0x20) count++;
  return count;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

type Part = { type?: string; trim_offsets?: boolean; add_prefix_space?: boolean; [list: string]: unknown };

/** Whether this part of the tokenizer, or one inside its sequence, is of that type. */
function has(part: unknown, type: string, accept: (part: Part) => boolean = () => true): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const typed = part as Part;
  if (typed.type === type) return accept(typed);
  return ['pretokenizers', 'processors', 'decoders', 'normalizers'].some((list) => Array.isArray(typed[list]) && (typed[list] as unknown[]).some((child) => has(child, type, accept)));
}

/** GPT-2's alphabet: each byte is written as one printable character. */
const byteOfChar: ReadonlyMap<string, number> = (() => {
  const printable = (b: number) => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) map.set(String.fromCharCode(printable(byte) ? byte : next++), byte);
  return map;
})();
