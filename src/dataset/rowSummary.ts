/** A row in one line of a list: its first words, and the one number that tells rows of its format apart. */

import { oneLine, shownValue } from '../core/text.ts';
import type { FieldView } from './format.ts';
import { isBlank, parseRecord, withoutCr } from './lineText.ts';
import type { Line } from './recordStore.ts';

export interface RowSummary {
  /** Its first words: of the first field, of the first question in turns, or of the line where it is no JSON. */
  text: string;
  blank: boolean;
  /** Could not be read as a JSON object; `text` is the line itself. */
  raw: boolean;
  /** Turns of the conversation, where the row has one. */
  turns?: number;
  /** Characters of the chosen minus those of the rejected answer. */
  delta?: number;
  /** The beginning of each of its values, by key, for the columns of a wide list. */
  cells?: Record<string, string>;
  /** Whether its one answer is marked as good or as bad, where the format has such marks. */
  flag?: boolean;
  sizeBytes: number;
}

const MAX_TEXT = 120;
const MAX_CELLS = 12;

export function summariseRow(line: Line, fields: readonly FieldView[]): RowSummary {
  const text = withoutCr(line.text);
  if (!line.cut && isBlank(text)) return { text: '', blank: true, raw: false, sizeBytes: line.sizeBytes };
  const record = line.cut ? undefined : parseRecord(text);
  if (!record) return { text: oneLine(text, MAX_TEXT), blank: false, raw: true, sizeBytes: line.sizeBytes };
  const summary: RowSummary = { text: '', blank: false, raw: false, sizeBytes: line.sizeBytes };
  const shown = fields.map((field) => record[field.key]);
  summary.text = oneLine(firstText(shown.some((value) => value !== undefined) ? shown : Object.values(record)), MAX_TEXT);
  summary.cells = Object.fromEntries(Object.entries(record).slice(0, MAX_CELLS).map(([key, value]) => [key, typeof value === 'number' ? spelling(text, key, value) : cell(value)]));
  const conversation = fields.filter(({ optional }) => !optional).length === 1 ? fields.map(({ key }) => record[key]).find(Array.isArray) : undefined;
  if (Array.isArray(conversation)) summary.turns = conversation.length;
  const sides = [fields.find((field) => field.side === 'chosen'), fields.find((field) => field.side === 'rejected')];
  if (sides[0] && sides[1]) summary.delta = lengthOf(record[sides[0].key]) - lengthOf(record[sides[1].key]);
  const flag = fields.find(({ type }) => type === 'flag');
  const marked = flag && record[flag.key];
  if (typeof marked === 'boolean') summary.flag = marked;
  return summary;
}

/** A number as the line spells it: `1.0`, and integers that JavaScript cannot hold. */
function spelling(line: string, key: string, value: number): string {
  const name = JSON.stringify(key).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found = [...line.matchAll(new RegExp(`${name}\\s*:\\s*(-?\\d[\\d.eE+-]*)`, 'g'))].find(([, digits]) => Number(digits) === value);
  return found?.[1] ?? String(value);
}

function cell(value: unknown): string {
  return firstText([value]) === '' && typeof value !== 'string' ? shownValue(value, MAX_TEXT) : oneLine(firstText([value]), MAX_TEXT);
}

function firstText(values: readonly unknown[]): string {
  for (const value of values) {
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (Array.isArray(value)) {
      const turns = value.map(saidIn).filter((turn): turn is Said => turn !== undefined);
      const turn = turns.find(({ role }) => role === 'user' || role === 'human') ?? turns[0];
      if (turn) return turn.text;
    }
  }
  return '';
}

interface Said {
  role: unknown;
  text: string;
}

/** Turns of TRL and of ShareGPT alike. */
function saidIn(turn: unknown): Said | undefined {
  const { role, from, content, value } = (turn ?? {}) as Record<string, unknown>;
  const text = content ?? value;
  return typeof text === 'string' ? { role: role ?? from, text } : undefined;
}

/** Characters of a text, or of all turns together. */
export function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, turn) => sum + (saidIn(turn)?.text.length ?? 0), 0);
  return saidIn(value)?.text.length ?? 0;
}
