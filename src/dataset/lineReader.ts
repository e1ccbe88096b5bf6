/** The lines of a file from its first to its last, in batches: for passes over a whole dataset in bounded memory. */

import { throwIfAborted } from '../core/abort.ts';
import type { ByteSource } from '../core/byteSource.ts';
import { UserError } from '../core/problem.ts';
import { concat, decodeLine, decodeLines } from './lineText.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A longer row cannot be held as one text. */
const LONGEST_ROW_BYTES = 256 * 1024 * 1024;

/**
 * As lineIndex.ts counts them: only LF ends a line, a CR before it belongs to the line, an empty rest after the last LF is none. A byte
 * order mark is the first character of the first line. Throws a UserError for a row that is too long, `Cancelled` when aborted.
 */
export async function* readLines(source: ByteSource, signal?: AbortSignal, longestRowBytes = LONGEST_ROW_BYTES): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let lines = 0;
  for (let offset = 0; offset < source.sizeBytes; ) {
    throwIfAborted(signal);
    const chunk = await source.read(offset, CHUNK_BYTES);
    if (chunk.byteLength === 0) break; // the file is shorter than it was when it was opened
    offset += chunk.byteLength;
    const end = chunk.lastIndexOf(10);
    if (end >= 0) {
      const batch = decodeLines(concat([...rest, chunk.subarray(0, end)])).split('\n');
      lines += batch.length;
      [rest, restBytes] = [[], 0];
      yield batch;
    }
    // A copy: the source may use its buffer again.
    if (end + 1 < chunk.byteLength) rest.push(chunk.slice(end + 1));
    restBytes += chunk.byteLength - end - 1;
    if (restBytes > longestRowBytes) throw new UserError(`Line ${lines + 1} is longer than ${longestRowBytes / 1024 / 1024} MB: no trainer can use such a row. Is this a JSONL file?`, 'row-too-long');
  }
  if (restBytes > 0) yield [decodeLine(concat(rest))];
}
