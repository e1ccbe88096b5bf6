/** Rows of Parquet files, a part of a row group at a time; nulls are keys that are not there. */

import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { throwIfAborted } from '../../core/abort.ts';
import type { ByteSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import type { DatasetRow } from '../../dataset/format.ts';
import type { SourceRow } from './container.ts';
import { schemaOf, stored, type ColumnType } from './parquetTypes.ts';

/** How much of a row group is unpacked at a time. */
const PART_BYTES = 16 * 1024 * 1024;
/** How much a row group holds that is written. */
const GROUP_BYTES = 16 * 1024 * 1024;
const GROUP_ROWS = 100_000;

export async function* parquetRows(source: ByteSource, path: string, signal: AbortSignal): AsyncGenerator<SourceRow[]> {
  const file: AsyncBuffer = {
    byteLength: source.sizeBytes,
    async slice(start, end = source.sizeBytes) {
      throwIfAborted(signal);
      const bytes = await source.read(start, end - start);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw broken(path, error);
  });
  let first = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const step = Math.max(1, Math.min(rows, Math.floor((PART_BYTES * rows) / Math.max(1, Number(group.total_byte_size)))));
    for (let at = 0; at < rows; at += step) {
      throwIfAborted(signal);
      const part = { rowStart: first + at, rowEnd: first + Math.min(rows, at + step) };
      const read = await parquetReadObjects({ file, metadata, compressors, utf8: false, ...part }).catch((error: unknown) => {
        throwIfAborted(signal);
        throw broken(path, error);
      });
      yield read.map((record, i) => plain(record, part.rowStart + i + 1));
    }
    first += rows;
  }
}

function broken(path: string, error: unknown): UserError {
  return new UserError(`${path} cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}. Is it whole?`, 'bad-parquet', { cause: error });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** As JSON holds it. */
function plain(record: Record<string, unknown>, place: number): SourceRow {
  const lost = new Map<string, string>();
  const of = (value: unknown, key: string): unknown => {
    if (value === null || value === undefined) return undefined;
    if (typeof value === 'bigint') {
      if (Number.isSafeInteger(Number(value))) return Number(value);
      lost.set(key, 'a number of more than 15 digits becomes text');
      return String(value);
    }
    if (value instanceof Date) return value.toISOString();
    if (value instanceof Uint8Array) {
      try {
        return utf8.decode(value);
      } catch {
        lost.set(key, 'bytes that are no text are left out');
        return undefined;
      }
    }
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (item) => of(item, key) ?? null);
    if (Array.isArray(value)) return value.map((item) => of(item, `${key}[]`) ?? null);
    if (typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).flatMap(([name, inner]) => ((kept) => (kept === undefined ? [] : [[name, kept]]))(of(inner, `${key}.${name}`))));
  };
  const entries = Object.entries(record).flatMap(([key, value]) => ((kept) => (kept === undefined ? [] : [[key, kept] as const]))(of(value, key)));
  return { place, record: Object.fromEntries(entries), ...(lost.size > 0 && { lost: [...lost].map(([key, what]) => ({ key, what })) }) };
}

/** A row group as soon as there is enough for one: memory is that of one group. */
export async function* writeParquet(rows: AsyncIterable<readonly { record: DatasetRow }[]>, columns: ReadonlyMap<string, ColumnType>): AsyncGenerator<Uint8Array> {
  if (columns.size === 0) throw new UserError('There is no row, so a Parquet file would have no columns.', 'no-rows');
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'posttrain' });
  const taken = (): Uint8Array => {
    const chunk = bytes.getBytes().slice();
    bytes.index = 0;
    return chunk;
  };
  let group: DatasetRow[] = [];
  let size = 0;
  const writeGroup = (): Uint8Array => {
    writer.write({ columnData: [...columns].map(([name, type]) => ({ name, data: group.map((row) => stored(row[name], type)) })), rowGroupSize: group.length });
    [group, size] = [[], 0];
    return taken();
  };
  for await (const batch of rows) {
    for (const { record } of batch) {
      group.push(record);
      size += sizeOf(record);
      if (size >= GROUP_BYTES || group.length >= GROUP_ROWS) yield writeGroup();
    }
  }
  if (group.length > 0) yield writeGroup();
  writer.finish();
  yield taken();
}

/** About how many bytes its texts have. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 8;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 16);
}
