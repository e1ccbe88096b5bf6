/** Rows of JSON files: one a line, or the entries of one list over the whole file, cut out of it without parsing it whole. */

import { throwIfAborted } from '../../core/abort.ts';
import type { ByteSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { hasEscapedBytes, isBlank, withoutCr } from '../../dataset/lineText.ts';
import type { DatasetRow } from '../../dataset/format.ts';
import type { SourceRow } from './container.ts';

export async function* jsonLines(source: ByteSource, signal: AbortSignal): AsyncGenerator<SourceRow[]> {
  let place = 0;
  for await (const lines of readLines(source, signal)) {
    const rows: SourceRow[] = [];
    for (const line of lines) {
      place++;
      const text = withoutCr(place === 1 ? line.replace(/^\uFEFF/, '') : line);
      if (!isBlank(text)) rows.push(parse(text, place));
    }
    yield rows;
  }
}

/** Many files that are called .json hold a row a line. */
export async function isList(source: ByteSource): Promise<boolean> {
  const head = new TextDecoder().decode(await source.read(0, 4096));
  return head.replace(/^\uFEFF/, '').trimStart().startsWith('[');
}

const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const CHUNK_BYTES = 1024 * 1024;
const LONGEST_ROW_BYTES = 256 * 1024 * 1024;

/** The entries of the list that the file is, each with the line that it begins in. Memory is that of a chunk and one entry. */
export async function* jsonList(source: ByteSource, signal: AbortSignal): AsyncGenerator<SourceRow[]> {
  let line = 1;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let ended = false;
  /** The entry that is being read: what of it is in earlier chunks, and where it begins. */
  let parts: Uint8Array[] = [];
  let size = 0;
  let begun: number | undefined;
  for (let offset = 0; offset < source.sizeBytes; ) {
    throwIfAborted(signal);
    const chunk = await source.read(offset, CHUNK_BYTES);
    if (chunk.byteLength === 0) break;
    offset += chunk.byteLength;
    const rows: SourceRow[] = [];
    let start = 0;
    const end = (at: number) => {
      if (begun === undefined) return;
      rows.push(parse(decode([...parts, chunk.subarray(start, at)]), begun));
      [parts, size, begun] = [[], 0, undefined];
    };
    for (let i = 0; i < chunk.byteLength; i++) {
      const byte = chunk[i]!;
      if (byte === 0x0a) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inString = false;
        continue;
      }
      if (SPACE.has(byte)) continue;
      if (ended) throw new UserError(`Line ${line}: there is something behind the end of the list. Is this one JSON list?`, 'bad-json');
      if (depth === 0) {
        if (byte === 0x5b) depth = 1;
        continue; // a byte order mark comes before the list
      }
      if (depth === 1 && (byte === 0x2c || byte === 0x5d)) {
        end(i);
        if (byte === 0x5d) [depth, ended] = [0, true];
        continue;
      }
      if (begun === undefined) [begun, start] = [line, i];
      if (byte === 0x22) inString = true;
      else if (OPEN.has(byte)) depth++;
      else if (CLOSE.has(byte)) depth--;
    }
    if (begun !== undefined) {
      parts.push(chunk.slice(start));
      size += chunk.byteLength - start;
      if (size > LONGEST_ROW_BYTES) throw new UserError(`The row that begins in line ${begun} is longer than ${LONGEST_ROW_BYTES / 1024 / 1024} MB: no trainer can use it.`, 'row-too-long');
    }
    yield rows;
  }
  if (!ended) yield [{ place: begun ?? line, problem: 'The list has no end: the file was cut off.' }];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(parts: Uint8Array[]): string | undefined {
  try {
    return decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined, place: number): SourceRow {
  if (text === undefined || hasEscapedBytes(text)) return { place, problem: 'It is not UTF-8. Save the file as UTF-8 in the program that it comes from.' };
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { place, problem: 'It is JSON but no object in braces { }.' };
    return { place, record: value as DatasetRow, text };
  } catch (error) {
    return { place, problem: `It is not JSON: ${(error as Error).message}.` };
  }
}

/** A line for each row, or one list. What was read as text goes out as it came, so that no digit of it changes. */
export async function* writeJson(rows: AsyncIterable<readonly { record: DatasetRow; text?: string }[]>, container: 'jsonl' | 'json'): AsyncGenerator<Uint8Array> {
  const list = container === 'json';
  let any = false;
  for await (const batch of rows) {
    const texts = batch.map(({ record, text }) => text?.replace(/[\r\n]+/g, ' ').trim() ?? JSON.stringify(record));
    if (texts.length === 0) continue;
    yield Buffer.from(list ? `${any ? ',\n' : '[\n'}${texts.join(',\n')}` : `${texts.join('\n')}\n`);
    any = true;
  }
  if (list) yield Buffer.from(any ? '\n]\n' : '[]\n');
}
