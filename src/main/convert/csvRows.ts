/** Rows of CSV files. A cell holds text: what else a key may hold is written as JSON, and read as that where the format's schema says so. */

import { Readable } from 'node:stream';
import { parse, type CsvError, type Info } from 'csv-parse';
import { throwIfAborted } from '../../core/abort.ts';
import type { ByteSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import type { DatasetRow, Format, JsonSchema } from '../../dataset/format.ts';
import { lostIn, sameValue } from '../../dataset/convert/lost.ts';
import { isUnicode, type SourceRow } from './container.ts';

const CHUNK_BYTES = 256 * 1024;
const BATCH_ROWS = 500;
const LONGEST_ROW_BYTES = 64 * 1024 * 1024;

/** An empty cell is a key that is not there; `""` is an empty text. Without a format, whatever looks like JSON is read as such. */
export async function* csvRows(source: ByteSource, format: Format | undefined, signal: AbortSignal): AsyncGenerator<SourceRow[]> {
  const bad: SourceRow[] = [];
  const parser = parse({
    bom: true,
    info: true,
    columns: (header: string[]) => header.map((name) => name.trim()),
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_ROW_BYTES,
    cast: (value, { quoting, header }) => (header || quoting || value !== '' ? value : undefined),
    on_skip: (error: CsvError | undefined) => void bad.push({ place: Number((error as { lines?: number } | undefined)?.lines ?? 1), problem: `It is no row of this table: ${error?.message ?? 'unreadable'}.` }),
  });
  const input = Readable.from(chunks(source, signal));
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let rows: SourceRow[] = [];
  for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string | undefined>; info: Info }>) {
    rows.push({ place: info.lines, record: typed(record, format) });
    if (rows.length < BATCH_ROWS) continue;
    yield [...rows, ...bad.splice(0)];
    rows = [];
  }
  yield [...rows, ...bad];
}

async function* chunks(source: ByteSource, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < source.sizeBytes; ) {
    throwIfAborted(signal);
    const chunk = await source.read(offset, CHUNK_BYTES);
    if (chunk.byteLength === 0) return;
    offset += chunk.byteLength;
    yield Buffer.from(chunk);
  }
}

function typed(cells: Readonly<Record<string, string | undefined>>, format: Format | undefined): DatasetRow {
  const row: Record<string, unknown> = {};
  for (const [key, cell] of Object.entries(cells)) if (cell !== undefined) row[key] = readCell(cell, format ? format.schema.properties?.[key] : anything);
  return row;
}

const anything: JsonSchema = { type: ['array', 'object', 'boolean', 'number'] };

/** As the schema wants it where the cell can be that; text otherwise, and wherever text is as good. */
function readCell(cell: string, schema: JsonSchema | undefined): unknown {
  const types = typesOf(schema);
  const text = types.has('string');
  if (types.has('boolean') && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true';
  if (!text && (types.has('number') || types.has('integer')) && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell)) return Number(cell);
  const first = cell.trimStart()[0];
  if (!(first === '[' && types.has('array')) && !(first === '{' && types.has('object'))) return cell;
  try {
    const value = JSON.parse(cell) as unknown;
    // Where it may be text as well, only turns and the like are hardly meant as text.
    return text && Array.isArray(value) && !value.every((item) => typeof item === 'object' && item !== null) ? cell : value;
  } catch {
    return cell;
  }
}

function typesOf(schema: JsonSchema | undefined): Set<string> {
  return new Set(schema ? [...[schema.type ?? []].flat(), ...(schema.anyOf ?? []).flatMap((one) => [...typesOf(one)])] : []);
}

/** What a table of this format does not hold of the row: other keys' numbers and lists come back as text. */
export function lostInCsv(row: DatasetRow, format: Format): { key: string; what: string }[] {
  const schema = format.schema.properties ?? {};
  const cells = Object.fromEntries(Object.entries(row).flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, cellOf(value)]])));
  const back = typed(cells, format);
  const other = Object.keys(cells).filter((key) => !sameValue(back[key], row[key]));
  // A list of tools may become the same list as text.
  const [meant, read] = other.some((key) => Object.hasOwn(schema, key)) ? [format.toExample(row).value, format.toExample(back).value] : [];
  const same = meant && read && lostIn(meant, read).length === 0 && lostIn(read, meant).length === 0;
  return [
    ...other.filter((key) => !(same && Object.hasOwn(schema, key))).map((key) => ({ key, what: typeof row[key] === 'string' ? 'text that looks like a value becomes one' : 'a cell holds text: it is read again as text' })),
    ...Object.keys(cells).filter((key) => !isUnicode(row[key])).map((key) => ({ key, what: 'what is no Unicode character becomes U+FFFD' })),
  ];
}

function cellOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export async function* writeCsv(rows: AsyncIterable<readonly { record: DatasetRow }[]>, columns: readonly string[]): AsyncGenerator<Uint8Array> {
  if (columns.length === 0) throw new UserError('There is no row, so a CSV file would have no columns.', 'no-rows');
  yield Buffer.from(`${columns.map((name) => quoted(name)).join(',')}\n`);
  for await (const batch of rows) {
    if (batch.length > 0) yield Buffer.from(batch.map(({ record }) => `${columns.map((name) => (record[name] === undefined || record[name] === null ? '' : quoted(cellOf(record[name])))).join(',')}\n`).join(''));
  }
}

/** Quotes where they are needed; an empty text has them, because a cell without is no text at all. */
function quoted(text: string): string {
  return text === '' || /["\r\n,]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
