/** What an outline of a dataset shows: its rows by their first words, the keys of each, and stretches of rows to fold. */

import { Cancelled } from '../core/abort.ts';
import type { Slicer } from '../core/slice.ts';
import { oneLine } from '../core/text.ts';
import type { Format } from '../dataset/format.ts';
import { isBlank, withoutMark } from '../dataset/lineText.ts';
import { summariseRow } from '../dataset/rowSummary.ts';
import { parseRow, type RowNode } from '../dataset/rowSyntax.ts';
import type { RowDocument } from './rowDocument.ts';

export interface Outline {
  rows: OutlineRow[];
  /** Where the rows begin that are not shown, and how many they are. */
  rest: { line: number; rows: number } | undefined;
}

/** Offsets are into the line, which counts from 0. */
export interface OutlineRow {
  line: number;
  length: number;
  words: string;
  keys: { key: string; type: RowNode['type']; start: number; end: number; keyEnd: number }[];
}

/** Rows and keys together: nobody looks through more, and an editor draws them all. */
const MOST_ENTRIES = 5000;
/** A longer row is shown without its keys. */
const MOST_CHARS = 64 * 1024;
const WORDS = 60;

/** Reads only as many rows as it shows. Throws `Cancelled` when the document changes meanwhile. */
export async function outlineOf(document: RowDocument, format: Format | undefined, slicer: Slicer): Promise<Outline> {
  const { version } = document;
  const rows: OutlineRow[] = [];
  let entries = 0;
  for (let line = 0; line < document.lineCount; line++) {
    const text = document.lineAt(line);
    if (isBlank(text)) continue;
    if (entries >= MOST_ENTRIES) return { rows, rest: { line, rows: document.rowCount - rows.length } };
    await slicer.pause();
    if (document.version !== version) throw new Cancelled();
    const row = outlineRow(line, text, format);
    entries += 1 + row.keys.length;
    rows.push(row);
  }
  return { rows, rest: undefined };
}

function outlineRow(line: number, text: string, format: Format | undefined): OutlineRow {
  const { length } = text;
  if (length > MOST_CHARS) return { line, length, words: oneLine(text.slice(0, MOST_CHARS), WORDS), keys: [] };
  const { root } = parseRow(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  const words = oneLine(summariseRow({ text: withoutMark(text), sizeBytes: length, cut: false }, format?.fields ?? []).text, WORDS);
  const entries = root?.type === 'object' ? root.entries : [];
  return { line, length, words, keys: entries.flatMap(({ key, keyStart, keyEnd, value }) => (value ? [{ key, type: value.type, start: keyStart, end: value.end, keyEnd }] : [])) };
}

/** An editor takes some thousand folds. */
const MOST_FOLDS = 1000;

/** Stretches of a hundred rows, of more where the document is long; none where it is short. Lines count from 0, `end` included. */
export function foldsOf(document: RowDocument): { start: number; end: number }[] {
  const last = document.isRow(document.lineCount - 1) ? document.lineCount - 1 : document.lineCount - 2;
  let size = 100;
  while (last / size > MOST_FOLDS) size *= 10;
  const folds: { start: number; end: number }[] = [];
  for (let start = 0; last >= size && start < last; start += size) folds.push({ start, end: Math.min(start + size - 1, last) });
  return folds;
}
