/** Goes through a dataset once, from its first line to its last, and counts what it holds: in memory that does not grow with the file. */

import type { ByteSource } from '../../core/byteSource.ts';
import type { Format } from '../../dataset/format.ts';
import { detectFormat } from '../../dataset/formats/index.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { hasEscapedBytes, isBlank, parseRecord, withoutCr, withoutMark } from '../../dataset/lineText.ts';
import { RowCounter } from '../../dataset/stats/rowStats.ts';
import type { DatasetStats } from '../../methods/datasetStats.ts';
import { takes, usualMethod, type MethodId } from '../../methods/index.ts';
import { withTextColumn } from '../../methods/prepareRows.ts';
import { TokenTally } from '../../methods/tokenTally.ts';
import type { TokenWorker } from '../../node/tokenWorker.ts';
import type { PreparedRow } from '../../tokens/prepare.ts';
import { formatOfFile } from '../fileFormat.ts';

export interface StatsOptions {
  format?: Format | undefined;
  /** With it rows are prepared as `method` does (the usual one of their format when not given). */
  tokens?: { worker: TokenWorker; method?: MethodId | undefined; paramsOf(method: MethodId): Record<string, unknown> } | undefined;
  /** Told for each part that is read. */
  progress?(fraction: number): void;
  signal?: AbortSignal;
}

/** Few enough that one slow row does not look like a hang. */
const rowsPerCall = 128;

export async function fileStats(source: ByteSource, options: StatsOptions): Promise<DatasetStats> {
  const { signal } = options;
  const format = await formatOfFile(source, options.format, signal);
  const method = options.tokens && (options.tokens.method ?? (format && usualMethod(format)));
  const params = method && options.tokens!.paramsOf(method);
  const tally = method && format && takes(method, format) ? new TokenTally(method, params!) : undefined;
  const stats: DatasetStats = { bytes: source.sizeBytes, rows: 0, blank: 0, invalid: 0, format: format?.id, formats: {}, content: new RowCounter().stats };
  const content = new RowCounter();
  let done = 0;
  const told: ByteSource = {
    sizeBytes: source.sizeBytes,
    close: () => source.close(),
    read(offset, length) {
      done = Math.min(source.sizeBytes, offset + length);
      return source.read(offset, length);
    },
  };
  let first = true;
  // One call is always under way, so that neither thread waits for the other.
  let before: Promise<PreparedRow[]> | undefined;
  const settle = async () => {
    for (const row of (await before) ?? []) tally!.add(row);
    before = undefined;
  };
  for await (const batch of readLines(told, signal)) {
    let rows: { line: number; text: string }[] = [];
    for (const line of batch) {
      const text = withoutCr(first ? withoutMark(line) : line);
      first = false;
      if (isBlank(text)) {
        stats.blank++;
        continue;
      }
      stats.rows++;
      countRow(text, format, params ?? {}, content, stats);
      if (!tally) continue;
      rows.push({ line: stats.rows, text });
      if (rows.length < rowsPerCall) continue;
      await settle();
      before = prepare(rows);
      rows = [];
    }
    await settle();
    if (rows.length > 0) before = prepare(rows);
    options.progress?.(done / source.sizeBytes);
  }
  await settle();
  return { ...stats, content: content.stats, ...(tally && { tokens: tally.stats }) };

  function prepare(rows: { line: number; text: string }[]): Promise<PreparedRow[]> {
    const prepared = options.tokens!.worker.prepare(rows, { format: format!.id, method: method!, params: params!, training: true }, signal);
    prepared.catch(() => undefined); // awaited before the next part
    return prepared;
  }
}

function countRow(text: string, format: Format | undefined, params: Record<string, unknown>, content: RowCounter, stats: DatasetStats): void {
  const record = hasEscapedBytes(text) ? undefined : parseRecord(text);
  if (!record) return void stats.invalid++;
  const example = format?.toExample(withTextColumn(record, params)).value;
  if (example) content.add(example);
  else stats.invalid++;
  const id = example ? format!.id : detectFormat([record])?.format.id;
  if (id !== undefined) stats.formats[id] = (stats.formats[id] ?? 0) + 1;
}
