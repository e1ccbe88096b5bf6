/** What an edit does to the rows, as a splice: in the style of the file, and with every row that is concerned as it was. */

import { UserError } from '../../core/problem.ts';
import type { LineEdit } from '../../dataset/checks/check.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { emptyRow } from '../../dataset/emptyRow.ts';
import type { Format } from '../../dataset/format.ts';
import { setText, type JsonPath } from '../../dataset/jsonEdit.ts';
import { setJson, setJsonText } from '../../dataset/jsonValue.ts';
import { withoutCr } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { applyRowOp, type RowOp } from '../../dataset/rowOps.ts';
import { applyEdits } from '../../language/fixes.ts';
import type { TextForm } from '../../protocol/datasetView.ts';

/** A row that is longer can be read in part, but not edited in a form. */
export const MAX_ROW_BYTES = 2 * 1024 * 1024;

/** The rows as they are now. */
export interface EditableRows {
  readonly rows: number;
  readonly format: Format | undefined;
  readonly finalNewline: boolean;
  read(from: number, count: number, maxBytes: number): Promise<Line[]>;
}

const setters = { text: setText, json: setJson, jsonText: setJsonText } as const satisfies Record<TextForm, typeof setText>;

export async function textSplice(document: EditableRows, row: number, path: JsonPath, text: string, form: TextForm): Promise<Splice | undefined> {
  const line = await editableLine(document, row);
  const edited = setters[form](withoutCr(line), path, text);
  if (edited === undefined) throw new UserError(`Row ${row + 1} has no text at "${path.join('.')}" any more. Edit the row as JSON.`, 'no-text');
  return replaced(row, line, edited);
}

export async function changeSplice(document: EditableRows, row: number, op: RowOp): Promise<Splice | undefined> {
  const line = await editableLine(document, row);
  const edited = applyRowOp(withoutCr(line), op);
  if (edited === undefined) throw new UserError(`Row ${row + 1} has no place for this any more. Edit the row as JSON.`, 'no-place');
  return replaced(row, line, edited);
}

export async function lineSplice(document: EditableRows, row: number, text: string): Promise<Splice | undefined> {
  // a line break would make two rows; between the parts of JSON a space means the same
  return replaced(row, await editableLine(document, row), text.replace(/[ \t]*[\r\n]+[ \t]*/g, ' '));
}

export async function fixSplice(document: EditableRows, row: number, edits: readonly LineEdit[]): Promise<Splice | undefined> {
  if (edits.some(({ removesLine }) => removesLine)) return deletedSplice(document, row);
  const line = await editableLine(document, row);
  return replaced(row, line, applyEdits(withoutCr(line), [...edits].sort((a, b) => a.start - b.start)));
}

/** A row after the row `after` (-1: before the first). */
export async function addedSplice(document: EditableRows, after: number, what: 'empty' | 'copy'): Promise<Splice> {
  const neighbour = document.rows === 0 ? undefined : await editableLine(document, Math.max(0, after));
  const text = what === 'copy' && neighbour !== undefined ? withoutCr(neighbour) : emptyRow(document.format?.fields, neighbour);
  const [first] = await document.read(0, 1, MAX_ROW_BYTES);
  const cr = first?.text.endsWith('\r') ? '\r' : '';
  const row = after + 1;
  // the new last line of a file without a last newline: the line before it gets the ending that it lacked
  const joins = row === document.rows && row > 0 && !document.finalNewline && neighbour !== undefined;
  return joins ? { at: after, removed: [neighbour], inserted: [neighbour + cr, text] } : { at: row, removed: [], inserted: [text + cr] };
}

export async function deletedSplice(document: EditableRows, row: number): Promise<Splice | undefined> {
  const whole = async (at: number) => (await document.read(at, 1, Infinity))[0]?.text;
  const line = await whole(row);
  if (line === undefined) return undefined;
  const becomesLast = row > 0 && row === document.rows - 1 && !document.finalNewline;
  const before = becomesLast ? await whole(row - 1) : undefined;
  return before?.endsWith('\r') ? { at: row - 1, removed: [before, line], inserted: [withoutCr(before)] } : { at: row, removed: [line], inserted: [] };
}

/** Throws where it is too long to be edited. */
export async function editableLine(document: EditableRows, row: number): Promise<string> {
  const [line] = await document.read(row, 1, MAX_ROW_BYTES);
  if (!line) throw new UserError(`There is no row ${row + 1}.`, 'row-gone');
  if (line.cut) throw new UserError(`Row ${row + 1} is ${Math.ceil(line.sizeBytes / 1048576)} MB long, too long to be edited here. Open the file as text.`, 'row-too-long');
  return line.text;
}

function replaced(row: number, before: string, after: string): Splice | undefined {
  const line = before.endsWith('\r') ? `${after}\r` : after;
  return line === before ? undefined : { at: row, removed: [before], inserted: [line] };
}
