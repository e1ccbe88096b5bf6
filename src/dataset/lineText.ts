/** Lines as text and back without losing a byte: what is not UTF-8 becomes lone surrogates (U+DC80 to U+DCFF), which UTF-8 never holds. */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeLine(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeByParts(bytes);
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
  if (!hasEscapedBytes(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = escapedByte(text, i);
    if (byte === undefined) continue;
    if (i > start) parts.push(encoder.encode(text.slice(start, i)));
    parts.push(Uint8Array.of(byte));
    start = i + 1;
  }
  parts.push(encoder.encode(text.slice(start)));
  return concat(parts);
}

/** Whether the text holds bytes that were not UTF-8. */
export function hasEscapedBytes(text: string): boolean {
  return /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/.test(text);
}

/** Without the carriage return of a CRLF file, which belongs to the line's ending and not to its content. */
export function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
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

function escapedByte(text: string, i: number): number | undefined {
  const unit = text.charCodeAt(i);
  if (unit < 0xdc80 || unit > 0xdcff) return undefined;
  const before = i > 0 ? text.charCodeAt(i - 1) : 0;
  return before >= 0xd800 && before <= 0xdbff ? undefined : unit - 0xdc00;
}

/** Valid sequences as they are, every other byte escaped. */
function decodeByParts(bytes: Uint8Array): string {
  let text = '';
  let start = 0;
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    if (i > start) text += decoder.decode(bytes.subarray(start, i));
    text += String.fromCharCode(0xdc00 + bytes[i]!);
    start = ++i;
  }
  return text + (start < bytes.length ? decoder.decode(bytes.subarray(start)) : '');
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
