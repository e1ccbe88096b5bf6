/** Converts a file of rows: first a pass that says what would become of it, then one that writes. Both stream, so memory does not grow with the file. */

import { realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { UserError } from '../../core/problem.ts';
import type { Loss } from '../../dataset/convert/kinds.ts';
import { convertRow, targetsOf } from '../../dataset/convert/rows.ts';
import type { DatasetRow, Format } from '../../dataset/format.ts';
import { detectFormat, formats } from '../../dataset/formats/index.ts';
import { parseRow, type RowNode } from '../../dataset/rowSyntax.ts';
import { openFileSource, type FileSource } from '../../node/fileSource.ts';
import { saveFile } from '../../node/saveFile.ts';
import type { ConvertChoices, ConvertRequest, RefusedRow, Survey } from '../../protocol/convert.ts';
import { containerOf, isUnicode, type Container, type SourceRow } from './container.ts';
import { csvRows, lostInCsv, writeCsv } from './csvRows.ts';
import { isList, jsonLines, jsonList, writeJson } from './jsonRows.ts';
import { parquetRows, writeParquet } from './parquetRows.ts';
import { createColumns, widen, type ColumnType } from './parquetTypes.ts';

export interface ConvertHooks {
  signal: AbortSignal;
  /** Of the file, from 0 to 1. */
  progress(fraction: number): void;
  refused(row: RefusedRow): void;
}

/** A survey with what the second pass needs of it. */
export interface Surveyed {
  survey: Survey;
  columns: Map<string, ColumnType>;
  /** Of the old file: another one now has to be surveyed again. */
  fingerprint: string;
}

const ROWS_FOR_FORMAT = 100;
const REFUSALS_KEPT = 1000;
const MOST_COLUMNS = 10_000;

export async function choicesFor({ input, from }: { input: string; from?: string }, signal: AbortSignal): Promise<ConvertChoices> {
  return withRows(input, signal, () => undefined, async (rows) => {
    const format = from === undefined ? await formatOf(rows) : formats.find(from);
    const targets = format ? targetsOf(format) : [];
    return { from: format && { id: format.id, label: format.label }, targets: targets.map(({ id, label, description }) => ({ id, label, description })) };
  });
}

export async function surveyFile(request: ConvertRequest, { signal, progress, refused }: ConvertHooks): Promise<Surveyed> {
  const { input, output } = request;
  const to = formats.find(request.to);
  const container = containerOf(output);
  await requireFree(request);
  return withRows(input, signal, progress, async (rows) => {
    const from = request.from === undefined ? await formatOf(rows) : formats.find(request.from);
    if (!from) throw new UserError(`${input}: no known format fits its first rows. Say which one they have: ${formats.ids.join(', ')}.`, 'unknown-format');
    if (!targetsOf(from).includes(to)) throw new UserError(`${from.id} rows cannot become ${to.id} rows. They can become ${targetsOf(from).map(({ id }) => id).join(', ')}.`, 'no-way');
    const survey: Survey = { from: from.id, to: to.id, rows: 0, made: 0, losses: [], refused: 0, refusals: [] };
    const losses = new Map<string, Survey['losses'][number]>();
    const columns = createColumns();
    const refuse = (row: RefusedRow) => {
      survey.refused++;
      if (survey.refusals.length < REFUSALS_KEPT) survey.refusals.push(row);
      refused(row);
    };
    const asText = keepsText(from, to, rows.container, container);
    for await (const batch of rows.read(from)) {
      for (const row of batch) {
        survey.rows++;
        const made = row.record ? convertRow(row.record, from, to) : (row.problem ?? 'It cannot be read.');
        if (typeof made === 'string') {
          refuse({ place: row.place, reason: made });
          continue;
        }
        survey.made += made.rows.length;
        const lost: Loss[] = [...(row.lost ?? []), ...made.lost, ...(asText ? [] : roundedIn(row.text)), ...made.rows.flatMap((one) => lostIn(one, to, container))];
        for (const { key, what, change } of new Map(lost.map((loss) => [`${loss.key}\n${loss.what}`, loss])).values()) {
          const sofar = losses.get(`${key}\n${what}`);
          if (sofar) sofar.rows++;
          else losses.set(`${key}\n${what}`, { key, what, rows: 1, ...(change && { change }) });
        }
        if (container === 'csv' || container === 'parquet') {
          for (const one of made.rows) widen(columns, one);
          if (columns.size > MOST_COLUMNS) throw new UserError(`The rows have more than ${MOST_COLUMNS} different keys, which is no table. Convert to .jsonl.`, 'columns');
        }
      }
    }
    survey.losses = [...losses.values()].sort((a, b) => b.rows - a.rows);
    return { survey, columns, fingerprint: rows.fingerprint };
  });
}

/** Rows that cannot be converted are left out: who calls has shown the survey and been told to go on. */
export async function writeFile(request: ConvertRequest, { survey, columns, fingerprint }: Surveyed, { signal, progress }: ConvertHooks): Promise<{ rows: number }> {
  const [from, to] = [formats.find(survey.from), formats.find(survey.to)];
  const container = containerOf(request.output);
  let written = 0;
  await withRows(request.input, signal, progress, async (rows) => {
    const asText = keepsText(from, to, rows.container, container);
    const made = async function* () {
      for await (const batch of rows.read(from)) {
        const out = batch.flatMap(({ record, text }) => {
          const converted = record ? convertRow(record, from, to) : '';
          return typeof converted === 'string' ? [] : converted.rows.map((one) => ({ record: one, ...(asText && { text }) }));
        });
        written += out.length;
        yield out;
      }
    };
    const bytes = container === 'csv' ? writeCsv(made(), [...columns.keys()]) : container === 'parquet' ? writeParquet(made(), columns) : writeJson(made(), container);
    if (rows.fingerprint !== fingerprint) throw changed(request.input);
    await saveFile(request.output, bytes, {
      spareFolder: tmpdir(),
      signal,
      async beforeReplace() {
        await requireFree(request);
        if (rows.fingerprint !== (await withRows(request.input, signal, () => undefined, (now) => Promise.resolve(now.fingerprint)))) throw changed(request.input);
      },
      whileClosed: (replace) => rows.source.whileClosed(replace),
    });
  });
  return { rows: written };
}

function changed(path: string): UserError {
  return new UserError(`${path} was changed while it was read, so nothing was written. Convert it again.`, 'changed');
}

async function requireFree({ output, overwrite }: ConvertRequest): Promise<void> {
  const there = await stat(output).catch(() => undefined);
  if (there?.isDirectory()) throw new UserError(`${output} is a folder. Give the name of a file.`, 'exists');
  if (there && !overwrite) throw new UserError(`${output} is there already. Give another name, or --overwrite to replace it.`, 'exists');
}

interface Rows {
  source: FileSource;
  container: Container;
  fingerprint: string;
  read(format?: Format): AsyncGenerator<SourceRow[]>;
}

async function withRows<T>(input: string, signal: AbortSignal, progress: (fraction: number) => void, use: (rows: Rows) => Promise<T>): Promise<T> {
  const named = containerOf(input);
  const file = await openFileSource(await realpath(input).catch(() => input));
  try {
    const source = { ...file, read: (offset: number, length: number) => (progress(Math.min(1, offset / Math.max(1, file.sizeBytes))), file.read(offset, length)) };
    const container = named === 'json' && !(await isList(file)) ? 'jsonl' : named;
    const read = { jsonl: () => jsonLines(source, signal), json: () => jsonList(source, signal), csv: (format?: Format) => csvRows(source, format, signal), parquet: () => parquetRows(source, input, signal) }[container];
    return await use({ source: file, container, fingerprint: `${file.sizeBytes} ${file.modifiedMs}`, read });
  } finally {
    await file.close();
  }
}

async function formatOf(rows: Rows): Promise<Format | undefined> {
  const records: DatasetRow[] = [];
  for await (const batch of rows.read()) {
    for (const { record } of batch) if (record) records.push(record);
    if (records.length >= ROWS_FOR_FORMAT) break;
  }
  if (records.length === 0) throw new UserError(`${rows.source.path} holds no row.`, 'no-rows');
  return detectFormat(records)?.format;
}

/** Rows that stay as they are, from JSON to JSON, are copied letter by letter. */
function keepsText(from: Format, to: Format, ...containers: Container[]): boolean {
  return from.id === to.id && containers.every((container) => container === 'jsonl' || container === 'json');
}

function lostIn(row: DatasetRow, to: Format, container: Container): { key: string; what: string }[] {
  if (container === 'csv') return lostInCsv(row, to);
  return container === 'parquet' ? Object.entries(row).filter(([, value]) => !isUnicode(value)).map(([key]) => ({ key, what: 'what is no Unicode character becomes U+FFFD' })) : [];
}

/** Numbers of more digits than JavaScript keeps. */
function roundedIn(text: string | undefined): { key: string; what: string }[] {
  if (text === undefined || !/[:[,]\s*-?\d{16}/.test(text)) return [];
  const { root } = parseRow(text);
  if (root?.type !== 'object') return [];
  const rounded = (node: RowNode | undefined): boolean => {
    if (node?.type === 'object') return node.entries.some(({ value }) => rounded(value));
    if (node?.type === 'array') return node.items.some(rounded);
    const written = node?.type === 'number' ? text.slice(node.start, node.end) : '';
    return /^-?\d{16,}$/.test(written) && BigInt(written) !== BigInt(Number(written));
  };
  return root.entries.filter(({ value }) => rounded(value)).map(({ key }) => ({ key, what: 'a number of more than 15 digits is rounded' }));
}
