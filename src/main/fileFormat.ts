/** The format of a file's rows, by its first ones. */

import type { ByteSource } from '../core/byteSource.ts';
import type { Format } from '../dataset/format.ts';
import { readLines } from '../dataset/lineReader.ts';
import { FileHeadReader } from '../language/fileHead.ts';

/** `wanted`: the one that someone named. */
export async function formatOfFile(source: ByteSource, wanted: Format | undefined, signal?: AbortSignal): Promise<Format | undefined> {
  const reader = new FileHeadReader(wanted);
  for await (const batch of readLines(source, signal)) {
    for (const line of batch) {
      if (reader.full) return reader.head.format;
      reader.add(line);
    }
  }
  return reader.head.format;
}
