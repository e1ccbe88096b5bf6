/** Which columns the list has beside the row's first words, and how many of them there is room for. No DOM. */

import type { FieldView } from '../../src/dataset/format.ts';

export interface Column {
  key: string;
  label: string;
}

export const LIST = { defaultPx: 320, minPx: 180, maxPx: 2400 };
export const COLUMN = { defaultPx: 180, minPx: 60, maxPx: 1200 };
/** Number, figure and problem of a row, with the gaps between them. */
const FIXED_PX = 150;
/** The first words need this much to be words. */
const MAIN_PX = 130;

/** The fields of the format but the first, whose words the list shows anyway; then other keys, which go to reward functions or mean something to somebody. */
export function columnsFor(fields: readonly FieldView[], keys: readonly string[]): { main: string; columns: Column[] } {
  const texts = fields.filter(({ key, type, optional }) => type !== 'flag' && (!optional || keys.includes(key)));
  const others = keys.filter((key) => !fields.some((field) => field.key === key)).map((key) => ({ key, label: key }));
  const [first, ...rest] = texts.length > 0 ? [...texts.map(({ key, label }) => ({ key, label })), ...others] : others;
  return { main: first?.label ?? '', columns: rest };
}

/** Those for which there is room, in their order. */
export function columnsThatFit(columns: readonly Column[], widthOf: (key: string) => number, listPx: number): Column[] {
  let left = listPx - FIXED_PX - MAIN_PX;
  const shown: Column[] = [];
  for (const column of columns) {
    left -= widthOf(column.key);
    if (left < 0) break;
    shown.push(column);
  }
  return shown;
}

export function clampWidth(px: number, { minPx, maxPx }: { minPx: number; maxPx: number }): number {
  return Math.min(maxPx, Math.max(minPx, Math.round(px)));
}
