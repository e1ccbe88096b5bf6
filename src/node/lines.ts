/** The lines of a stream of bytes with their numbers. Lines end at LF only, so that numbers and columns are the same as everywhere else. */

import { throwIfAborted } from '../core/abort.ts';

export interface ByteLine {
  /** Without its LF; a CR before it belongs to the line, a byte order mark to the first line. Valid until the next line is asked for. */
  bytes: Uint8Array;
  /** From 1. */
  line: number;
  /** Longer than `maxLineBytes`: its bytes are left out. */
  tooLong: boolean;
}

/** A row longer than this cannot be a training row, and as text it would not fit into memory. */
export const maxLineBytes = 128 * 1024 * 1024;

/** Holds one line at a time. An empty rest after the last LF is no line. */
export async function* readLines(stream: AsyncIterable<Uint8Array>, options: { signal?: AbortSignal; maxLineBytes?: number } = {}): AsyncGenerator<ByteLine> {
  const most = options.maxLineBytes ?? maxLineBytes;
  const empty = new Uint8Array(0);
  let parts: Uint8Array[] = [];
  let length = 0;
  let line = 0;
  const add = (part: Uint8Array) => {
    length += part.byteLength;
    if (length > most) parts = [];
    else if (part.byteLength > 0) parts.push(part);
  };
  const take = (): ByteLine => {
    const tooLong = length > most;
    const bytes = tooLong || parts.length === 0 ? empty : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    length = 0;
    return { bytes, line: ++line, tooLong };
  };
  for await (const chunk of stream) {
    throwIfAborted(options.signal);
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.byteLength) add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
