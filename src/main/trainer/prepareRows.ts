/** Dataset files to prepared rows: streamed through the token worker into typed arrays, with what was left out counted and said. */

import { throwIfAborted } from '../../core/abort.ts';
import { isObject } from '../../core/isObject.ts';
import { UserError } from '../../core/problem.ts';
import { detectFormat, formats, type FormatId } from '../../dataset/formats/index.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { RecordStore } from '../../dataset/recordStore.ts';
import { conversionHint, methods, methodsFor, takes, type MethodId } from '../../methods/index.ts';
import { withTextColumn } from '../../methods/prepareRows.ts';
import { openFileSource } from '../../node/fileSource.ts';
import type { TokenWorker } from '../../node/tokenWorker.ts';
import type { PreparedRow } from '../../tokens/prepare.ts';
import { packRows } from '../../train/packing.ts';
import { createRowStore, type Rows } from '../../train/rowStore.ts';

export interface PrepareOptions {
  path: string;
  /** What the rows are for, as it is said when there is none. */
  use: 'train on' | 'evaluate on';
  method: MethodId;
  params: Readonly<Record<string, unknown>>;
  vocabSize: number;
  worker: TokenWorker;
  warn: (code: string, message: string) => void;
  /** Told at most once a second how many of the file's lines are done. */
  progress: (rows: number, total: number) => void;
  signal?: AbortSignal;
}

/** Rows handed to the worker in one call: few enough that one slow row does not look like a hang. */
const rowsPerCall = 128;
const charsPerCall = 512 * 1024;

/** The usable rows of one file. Throws a UserError when there is none. */
export async function prepareFile(options: PrepareOptions): Promise<Rows> {
  const { path, use, method, worker, signal } = options;
  const params = use === 'evaluate on' ? { ...options.params, packing: options.params.eval_packing ?? options.params.packing } : options.params;
  const source = await openFileSource(path);
  try {
    let toldAt = performance.now();
    const tell = (rows: number, total: number) => {
      if (performance.now() - toldAt < 1000) return;
      toldAt = performance.now();
      options.progress(rows, total);
    };
    // Until all lines are found their number grows.
    const index = await new LineIndex(source.sizeBytes).build(source, { signal, onProgress: ({ lines }) => tell(0, lines) });
    const lines = new RecordStore(source, index);
    const format = await formatOf(lines, path, params);
    requireAccepted(method, format, path);
    const store = createRowStore(options.vocabSize, path);
    const tally = createTally();
    const arranged = methods.get(method).unpaired ? unpaired() : asTheyAre;
    const keep = (rows: PreparedRow[], last = false) => {
      for (const row of arranged(rows, last)) if (tally.usable(row)) store.add(row);
    };
    // Two calls are always under way, so that the worker never waits for this side.
    let before: Promise<PreparedRow[]> | undefined;
    for await (const rows of chunks(lines, signal)) {
      const next = worker.prepare(rows, { format, method, params: { ...params }, training: true }, signal);
      next.catch(() => undefined); // awaited below, after the one before it
      if (before) keep(await before);
      tell(rows[0]!.line - 1, lines.rows);
      before = next;
    }
    keep((await before) ?? [], true);
    tally.report(options, store.count);
    if (store.count === 0) throw new UserError(`${path} has no row to ${use}. ${tally.reasons() || 'The file is empty.'}`, 'no-rows');
    const strategy = methods.get(method).packing?.(params);
    // As in TRL, whose batches keep packed rows apart where the training packs.
    const apart = methods.get(method).packing?.(options.params) !== undefined;
    return strategy ? packRows(store, Math.min(params.max_length as number, 2 ** 24), strategy, apart) : store;
  } finally {
    await source.close();
  }
}

/** Rows that TRL turns from pairs into single answers at a time. */
const unpairedAtOnce = 1000;
const asTheyAre = (rows: PreparedRow[]) => rows;

/** The chosen sides of a thousand rows, then their rejected sides, as TRL's `unpair_preference_dataset`. `last`: no rows come after these. */
function unpaired(): (rows: PreparedRow[], last: boolean) => PreparedRow[] {
  const rejected: PreparedRow[] = [];
  return (rows, last) => {
    const out: PreparedRow[] = [];
    for (const row of rows) {
      if (row.sides.length < 2) {
        out.push(row);
        continue;
      }
      out.push({ ...row, sides: [row.sides[0]!] });
      rejected.push({ ...row, sides: [row.sides[1]!] });
      if (rejected.length === unpairedAtOnce) out.push(...rejected.splice(0));
    }
    return last ? [...out, ...rejected] : out;
  };
}

async function* chunks(lines: RecordStore, signal: AbortSignal | undefined): AsyncGenerator<{ line: number; text: string }[]> {
  let rows: { line: number; text: string }[] = [];
  let chars = 0;
  for (let at = 0; at < lines.rows; at += rowsPerCall) {
    throwIfAborted(signal);
    const texts = await lines.texts(at, rowsPerCall);
    for (let i = 0; i < texts.length; i++) {
      const text = withoutCr(texts[i]!);
      if (isBlank(text)) continue;
      rows.push({ line: at + i + 1, text });
      chars += text.length;
      if (rows.length >= rowsPerCall || chars >= charsPerCall) {
        yield rows;
        rows = [];
        chars = 0;
      }
    }
  }
  if (rows.length > 0) yield rows;
}

/** Decided once for a file, over its first rows. */
export async function formatOf(lines: RecordStore, path: string, params: Readonly<Record<string, unknown>> = {}): Promise<FormatId> {
  const records: Record<string, unknown>[] = [];
  // The first line that is no row: what is wrong with it, and how many lines come before it.
  let odd: string | undefined;
  let regular = 0;
  for (let at = 0; at < Math.min(lines.rows, 1000) && records.length < 100; at += 50) {
    for (const text of await lines.texts(at, 50)) {
      try {
        const record: unknown = JSON.parse(withoutCr(text));
        if (isObject(record)) records.push(withTextColumn(record, params));
        else odd ??= oddity(text);
      } catch (error) {
        // A broken line says nothing about the format; it is counted when its row is prepared.
        if (!isBlank(text)) odd ??= oddity(text, error);
      }
      if (odd === undefined) regular++;
    }
  }
  if (lines.rows === 0) throw new UserError(`${path} is empty. Give a file with one JSON object a line.`, 'no-rows');
  const detected = detectFormat(records);
  if (detected) return detected.format.id;
  if (records.length === 0) {
    throw new UserError(odd === undefined ? `${path} has only blank lines. Give a file with one JSON object a line.` : `${path} has no row: line ${regular + 1} ${odd}. Every line has to be one JSON object; "posttrain validate" names all that are not.`, 'no-rows');
  }
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, 8);
  throw new UserError(`${path}: no known dataset format fits its first rows (${keys.length > 0 ? `keys: ${keys.join(', ')}` : 'they have no keys'}). Known: ${formats.ids.join(', ')}. See them with "posttrain formats".`, 'unknown-format');
}

/** Why a line is no row. */
function oddity(text: string, error?: unknown): string {
  if (text.includes('\u0000')) return 'holds zero bytes, as in UTF-16: save the file as UTF-8';
  if (text.trimStart().startsWith('[')) return 'begins a list: write each row on a line of its own, without the brackets and commas around them';
  return error instanceof Error ? `is not JSON (${error.message})` : 'is JSON, but no object in braces { }';
}

function requireAccepted(method: MethodId, format: FormatId, path: string): void {
  const wanted = formats.get(format);
  if (takes(method, wanted)) return;
  const { accepts } = methods.get(method);
  const fitting = methodsFor(wanted);
  throw new UserError(`${path} is of the format "${format}", which method "${method}" cannot use (it takes ${accepts.join(', ')}).${fitting.length > 0 ? ` Methods for this format: ${fitting.join(', ')}.` : ''}${conversionHint(wanted, [method])}`, 'wrong-format');
}

/** Counts what is left out or cut, with the first lines of each kind of reason. */
function createTally() {
  const dropped = new Map<string, Kept>();
  let droppedRows = 0;
  const truncated: Kept = { reason: '', lines: [], count: 0 };
  const untaught: Kept = { reason: '', lines: [], count: 0 };
  const note = (kept: Kept, line: number) => {
    kept.count++;
    if (kept.lines.length < 5) kept.lines.push(line);
  };
  return {
    usable(row: PreparedRow): boolean {
      const reason = reasonToDrop(row);
      if (reason !== undefined) {
        droppedRows++;
        // The same reason with other numbers in it is one reason.
        const kind = reason.replace(/\d+/g, '#').slice(0, 200);
        const kept = dropped.get(kind) ?? { reason, lines: [], count: 0 };
        dropped.set(kind, kept);
        if (kept.reason !== reason) kept.varies = true;
        note(kept, row.line);
        return false;
      }
      if (row.sides.some((side) => side.truncatedFrom !== null)) note(truncated, row.line);
      if (row.sides.every((side) => !side.trained.includes(1))) note(untaught, row.line);
      return true;
    },
    reasons(): string {
      const kinds = [...dropped.values()].sort((a, b) => b.count - a.count);
      const more = kinds.length > 3 ? `; and ${kinds.length - 3} other reasons` : '';
      return kinds.length === 0 ? '' : `${kinds.slice(0, 3).map((kept) => `${placeOf(kept)}: ${kept.varies ? `as in line ${kept.lines[0]}, ` : ''}${kept.reason.replace(/\.$/, '')}`).join('; ')}${more}.`;
    },
    report({ path, warn, params }: PrepareOptions, used: number) {
      if (droppedRows > 0) warn('row-dropped', `${path}: ${droppedRows} of ${used + droppedRows} rows are left out. ${this.reasons()}`);
      if (truncated.count > 0) warn('row-truncated', `${path}: ${truncated.count} of ${used} rows are cut to max_length ${String(params.max_length)} (${placeOf(truncated)}).`);
      if (untaught.count > 0) warn('row-untaught', `${path}: ${untaught.count} of ${used} rows have no token that counts in the loss (${placeOf(untaught)}). They stay, as in TRL, and teach nothing.`);
    },
  };
}

interface Kept {
  /** As it was said of the first such row. */
  reason: string;
  /** Other rows have other numbers in it. */
  varies?: boolean;
  lines: number[];
  count: number;
}

function reasonToDrop(row: PreparedRow): string | undefined {
  const side = row.sides.find(({ dropped }) => dropped !== null);
  if (side) return side.dropped!;
  if (row.sides.length > 0) return undefined;
  return (row.problems.find(({ severity }) => severity === 'error') ?? row.problems[0])?.message ?? 'not a usable row';
}

function placeOf({ lines, count }: Kept): string {
  return `line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}${count > lines.length ? ` and ${count - lines.length} more` : ''}`;
}
