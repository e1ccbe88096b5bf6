/** Lines as text and back without losing a byte: what is not UTF-8 becomes lone surrogates (U+DC80 to U+DCFF), which UTF-8 never holds. */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeLine(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** Several lines with LF between them: all at once where the bytes are UTF-8, which is much faster; else each on its own. */
export function decodeLines(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      lines.push(decodeLine(bytes.subarray(start, end)));
      start = end + 1;
    }
    lines.push(decodeLine(bytes.subarray(start)));
    return lines.join('\n');
  }
}

export function encodeLine(text: string): Uint8Array {
  return hasEscapedBytes(text) ? encodeEscaped(text) : encoder.encode(text);
}

/** Whether the text holds bytes that were not UTF-8. */
export function hasEscapedBytes(text: string): boolean {
  return /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/.test(text);
}

/** Without the carriage return of a CRLF file, which belongs to the line's ending and not to its content. */
export function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The first line of a file without the byte order mark that it may begin with. */
export function withoutMark(line: string): string {
  return line.charCodeAt(0) === 0xfeff ? line.slice(1) : line;
}

export function isBlank(line: string): boolean {
  return !/[^ \t\r]/.test(line);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

/** Valid sequences as they are, every other byte escaped. Unit by unit: there may be as many of the one as of the other, and a string for each would cost hundreds of times as much. */
function decodeEscaping(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length < 2) {
      units[size++] = length === 1 ? bytes[i]! : 0xdc00 + bytes[i]!;
      i++;
      continue;
    }
    let code = bytes[i]! & (0xff >> (length + 1));
    for (let k = 1; k < length; k++) code = (code << 6) | (bytes[i + k]! & 0x3f);
    if (code > 0xffff) units[size++] = 0xd7c0 + (code >> 10);
    units[size++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
    i += length;
  }
  const parts: string[] = [];
  for (let i = 0; i < size; i += UNITS_AT_ONCE) parts.push(String.fromCharCode.apply(undefined, units.subarray(i, Math.min(size, i + UNITS_AT_ONCE)) as unknown as number[]));
  return parts.join('');
}

/** Small enough to be the arguments of one call. */
const UNITS_AT_ONCE = 4096;

/** The way back. Any other half of a character becomes U+FFFD, as in every encoder. */
function encodeEscaped(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) bytes[size++] = code;
    else if (code >= 0xdc80 && code <= 0xdcff) bytes[size++] = code - 0xdc00;
    else if (code < 0x800) {
      bytes[size++] = 0xc0 | (code >> 6);
      bytes[size++] = 0x80 | (code & 0x3f);
    } else if (code > 0xffff) {
      bytes[size++] = 0xf0 | (code >> 18);
      bytes[size++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[size++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[size++] = 0x80 | (code & 0x3f);
      i++;
    } else {
      const whole = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
      bytes[size++] = 0xe0 | (whole >> 12);
      bytes[size++] = 0x80 | ((whole >> 6) & 0x3f);
      bytes[size++] = 0x80 | (whole & 0x3f);
    }
  }
  return bytes.slice(0, size);
}

/** Length of the valid UTF-8 sequence at `i`, 0 when there is none (RFC 3629, table in section 4). */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const second = bytes[i + 1]!;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return 0;
  return length;
}

/** The line as a JSON object, undefined when it is none. */
export function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
