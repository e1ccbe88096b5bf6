/** The format of a file's rows, by its first ones. */

import type { ByteSource } from '../core/byteSource.ts';
import type { Format } from '../dataset/format.ts';
import { readLines } from '../dataset/lineReader.ts';
import { readFileHead } from '../language/fileHead.ts';

/** `wanted`: the one that someone named. */
export async function formatOfFile(source: ByteSource, wanted: Format | undefined, signal?: AbortSignal): Promise<Format | undefined> {
  const lines: string[] = [];
  for await (const batch of readLines(source, signal)) {
    lines.push(...batch.slice(0, 10_000));
    if (readFileHead(lines, wanted).full) break;
  }
  return readFileHead(lines, wanted).format;
}
