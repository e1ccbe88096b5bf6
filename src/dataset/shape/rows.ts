/** The rows of a file for passes that make other files of them: without blank lines and byte order marks, otherwise to the byte. */

import type { ByteSource } from '../../core/byteSource.ts';
import { readLines } from '../lineReader.ts';
import { encodeLine, isBlank } from '../lineText.ts';

/** In batches, in order; without LF, with the CR of a CRLF file. */
export async function* readRows(source: ByteSource, signal?: AbortSignal): AsyncGenerator<string[]> {
  let first = true;
  for await (const lines of readLines(source, signal)) {
    if (first && lines[0]!.charCodeAt(0) === 0xfeff) lines[0] = lines[0]!.slice(1);
    first = false;
    yield lines.filter((line) => !isBlank(line));
  }
}

export async function countRows(source: ByteSource, signal?: AbortSignal): Promise<number> {
  let rows = 0;
  for await (const lines of readRows(source, signal)) rows += lines.length;
  return rows;
}

/** Rows as a file: each with a newline behind it. */
export async function* rowBytes(batches: AsyncIterable<readonly string[]>): AsyncGenerator<Uint8Array> {
  for await (const lines of batches) if (lines.length > 0) yield encodeLine(`${lines.join('\n')}\n`);
}
