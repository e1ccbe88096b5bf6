/** What the card shows of a row: sections by format, texts and turns with their place in the line, and the problems beside them. No DOM. */

import type { Problem } from '../../src/core/problem.ts';
import type { LineEdit } from '../../src/dataset/checks/check.ts';
import type { FieldView } from '../../src/dataset/format.ts';
import { parseRecord } from '../../src/dataset/lineText.ts';
import { lengthOf } from '../../src/dataset/rowSummary.ts';
import { parseRow, type RowEntry, type RowNode } from '../../src/dataset/rowSyntax.ts';
import type { JsonPath } from '../../src/protocol/datasetView.ts';

/** One thing that takes the focus: a text, or a turn of a conversation. */
export interface Unit {
  /** The path as text: equal for the same place in every row of this shape. */
  id: string;
  label: string;
  /** Where its text is. */
  path: JsonPath;
  /** Undefined: it holds something else than text, which is shown as JSON. */
  text: string | undefined;
  /** The key is not there yet, or null; typing puts it there. */
  absent: boolean;
  /** Of a turn; undefined for a plain text. */
  role?: string;
  /** What else the turn has (tool calls, a name), or the value itself where it is no text. */
  extras: { key: string; json: string }[];
  /** Its place in the line, key included. */
  range: { start: number; end: number } | undefined;
}

export interface Section {
  key: string;
  label: string;
  side?: 'chosen' | 'rejected';
  units: Unit[];
  /** Turns of a conversation rather than one text. */
  turns: boolean;
  chars: number;
  /** Where the field is a mark, true or false, and no text; `value` is undefined while it is neither. */
  flag?: { value: boolean | undefined };
}

export interface RowLayout {
  sections: Section[];
  /** Keys that the format does not know, with their values as JSON. */
  others: { key: string; json: string }[];
}

const MAX_PREVIEW = 400;

/** Undefined when the line is no JSON object: then there is only the line itself. */
export function layoutRow(line: string, fields: readonly FieldView[]): RowLayout | undefined {
  const record = parseRecord(line);
  if (!record) return undefined;
  const { root } = parseRow(line);
  const entries = root?.type === 'object' ? root.entries : [];
  const entryOf = (key: string) => entries.findLast((entry) => entry.key === key);
  const own = (key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
  const shown = fields.length > 0 ? fields.filter((field) => !field.optional || own(field.key) !== undefined) : Object.keys(record).map((key): FieldView => ({ key, label: key, type: 'content' }));
  const known = new Set(shown.map((field) => field.key));
  return {
    sections: shown.map((field) => section(field, own(field.key), entryOf(field.key))),
    others: Object.keys(record).filter((key) => !known.has(key)).map((key) => ({ key, json: preview(record[key]) })),
  };
}

/** Writes a mark into a line and touches nothing else; one that is missing comes after the other keys. Undefined where there is no place for it. */
export function markEdit(line: string, key: string, value: boolean): LineEdit | undefined {
  const { root } = parseRow(line);
  if (root?.type !== 'object') return undefined;
  const entry = root.entries.findLast((each) => each.key === key);
  if (entry) return entry.value && { start: entry.value.start, end: entry.value.end, newText: String(value) };
  const last = root.entries.at(-1);
  if (!last?.value) return undefined;
  const colon = line.slice(last.keyEnd, last.value.start);
  return { start: last.value.end, end: last.value.end, newText: `,${/\s$/.test(colon) ? ' ' : ''}${JSON.stringify(key)}${colon}${value}` };
}

export interface PlacedProblems {
  /** By unit id. */
  at: Map<string, Problem[]>;
  /** About the row as a whole, or about a key that the card has no place for. */
  rest: Problem[];
}

export function placeProblems(layout: RowLayout | undefined, problems: readonly Problem[]): PlacedProblems {
  const placed: PlacedProblems = { at: new Map(), rest: [] };
  const units = layout?.sections.flatMap((each) => each.units) ?? [];
  for (const problem of problems) {
    const unit = units.find(({ range }) => range && problem.start >= range.start && problem.end <= range.end);
    if (!unit) placed.rest.push(problem);
    else placed.at.set(unit.id, [...(placed.at.get(unit.id) ?? []), problem]);
  }
  return placed;
}

function section(field: FieldView, value: unknown, entry: RowEntry | undefined): Section {
  const base = { key: field.key, label: field.label, ...(field.side && { side: field.side }), chars: lengthOf(value) };
  if (field.type === 'flag') return { ...base, turns: false, units: [], flag: { value: typeof value === 'boolean' ? value : undefined } };
  const range = entry && { start: entry.keyStart, end: entry.value?.end ?? entry.keyEnd };
  if (Array.isArray(value) && value.length > 0 && value.every((turn) => isTurn(turn, field))) {
    const items = entry?.value?.type === 'array' ? entry.value.items : [];
    return { ...base, turns: true, units: value.map((turn, index) => turnUnit(field, turn, index, items[index])) };
  }
  const isText = typeof value === 'string' || value === undefined || value === null;
  const unit: Unit = {
    id: field.key,
    label: field.label,
    path: [field.key],
    text: isText ? (value ?? '') : undefined,
    absent: value === undefined || value === null,
    extras: isText ? [] : [{ key: field.key, json: JSON.stringify(value, null, 2) }],
    range,
  };
  return { ...base, turns: false, units: [unit] };
}

function turnUnit(field: FieldView, turn: Record<string, unknown>, index: number, node: RowNode | undefined): Unit {
  const { key } = field;
  const names = namesIn(turn, field);
  const [role, content] = [turn[names.role], turn[names.content]];
  const isText = typeof content === 'string' || content === null || content === undefined;
  const extras = Object.entries(turn).filter(([name]) => name !== names.role && (name !== names.content || !isText));
  return {
    id: `${key}.${index}`,
    label: typeof role === 'string' ? role : '?',
    path: [key, index, names.content],
    text: isText ? (content ?? '') : undefined,
    absent: content === null || content === undefined,
    role: typeof role === 'string' ? role : '',
    extras: extras.map(([name, value]) => ({ key: name, json: JSON.stringify(value, null, 2) })),
    range: node && { start: node.start, end: node.end },
  };
}

function isTurn(value: unknown, field: FieldView): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = namesIn(value as Record<string, unknown>, field);
  return names.role in value || names.content in value;
}

/** What the turn calls its speaker and its words. */
function namesIn(turn: Record<string, unknown>, { turns }: FieldView): { role: string; content: string } {
  return turns && !('role' in turn && !(turns.role in turn)) ? turns : { role: 'role', content: 'content' };
}

function preview(value: unknown): string {
  const json = JSON.stringify(value) ?? '';
  return json.length > MAX_PREVIEW ? `${json.slice(0, MAX_PREVIEW)}…` : json;
}
