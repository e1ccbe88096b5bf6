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
  const splitter = new LineSplitter(longestRowBytes);
  for (let offset = 0; offset < source.sizeBytes; ) {
    throwIfAborted(signal);
    const chunk = await source.read(offset, CHUNK_BYTES);
    if (chunk.byteLength === 0) break; // the file is shorter than it was when it was opened
    offset += chunk.byteLength;
    const batch = splitter.add(chunk);
    if (batch) yield batch;
  }
  const last = splitter.end();
  if (last !== undefined) yield [last];
}

/** Cuts the bytes of a file into lines, whatever pieces they come in. */
export class LineSplitter {
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #lines = 0;

  constructor(private readonly longestRowBytes = LONGEST_ROW_BYTES) {}

  /** The lines that end in this piece; undefined where none does. Throws a UserError for a row that is too long. */
  add(chunk: Uint8Array): string[] | undefined {
    const end = chunk.lastIndexOf(10);
    let batch: string[] | undefined;
    if (end >= 0) {
      batch = decodeLines(concat([...this.#rest, chunk.subarray(0, end)])).split('\n');
      this.#lines += batch.length;
      [this.#rest, this.#restBytes] = [[], 0];
    }
    // A copy: the memory of the piece may be used again.
    if (end + 1 < chunk.byteLength) this.#rest.push(chunk.slice(end + 1));
    this.#restBytes += chunk.byteLength - end - 1;
    if (this.#restBytes > this.longestRowBytes) throw new UserError(`Line ${this.#lines + 1} is longer than ${this.longestRowBytes / 1024 / 1024} MB: no trainer can use such a row. Is this a JSONL file?`, 'row-too-long');
    return batch;
  }

  /** The last line, where the file does not end in LF. */
  end(): string | undefined {
    return this.#restBytes > 0 ? decodeLine(concat(this.#rest)) : undefined;
  }
}
