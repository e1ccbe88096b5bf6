/** Which rows the list shows, and in which order: all of them, or those that were found. Follows the rows as they change. No DOM. */

import type { RowChange } from '../../src/protocol/datasetView.ts';
import { follow } from './shownRow.ts';

export interface RowView {
  /** Only what was found is shown. */
  readonly filtered: boolean;
  readonly count: number;
  /** -1 where there is none. */
  rowAt(index: number): number;
  indexOf(row: number): number;
  /** The rows at some places of the list. */
  slice(from: number, count: number): number[];
  /** Shows all rows, in the file's order. */
  showAll(rows: number): void;
  /** Shows nothing until something is found. */
  clear(): void;
  /** Rows that were found next, after the others in the file. */
  append(rows: ArrayLike<number>): void;
  /** The same rows in another order. */
  order(rows: ArrayLike<number>): void;
  /**
   * Rows changed, which are now so many. A row that no longer fits stays until it is looked for again; rows that were added are shown,
   * because someone put them there.
   */
  follow(changes: readonly RowChange[], rows: number): void;
  /** Shows the row as well, where it was not found; answers its place. */
  include(row: number): number;
}

export function createRowView(all: number): RowView {
  let total = all;
  let found: Uint32Array | undefined;
  let length = 0;
  let ordered = true;

  const place = (row: number): number => {
    if (!found) return -1;
    if (!ordered) return found.subarray(0, length).indexOf(row);
    const at = lowerBound(found, length, row);
    return at < length && found[at] === row ? at : -1;
  };
  const reserve = (more: number) => {
    if (length + more <= found!.length) return;
    const larger = new Uint32Array(Math.max(1024, 2 * found!.length, length + more));
    larger.set(found!.subarray(0, length));
    found = larger;
  };
  const insert = (row: number): number => {
    reserve(1);
    const at = ordered ? lowerBound(found!, length, row) : length;
    found!.copyWithin(at + 1, at, length++);
    found![at] = row;
    return at;
  };

  return {
    get filtered() {
      return found !== undefined;
    },
    get count() {
      return found ? length : total;
    },
    rowAt: (index) => (index < 0 || index >= (found ? length : total) ? -1 : found ? found[index]! : index),
    indexOf: (row) => (found ? place(row) : row >= 0 && row < total ? row : -1),
    slice(from, count) {
      if (found) return [...found.subarray(from, Math.min(length, from + count))];
      return Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, i) => from + i);
    },
    showAll(rows) {
      total = rows;
      found = undefined;
      length = 0;
    },
    clear() {
      found = new Uint32Array(1024);
      length = 0;
      ordered = true;
    },
    append(rows) {
      if (length > 0 && rows.length > 0 && found![length - 1]! >= rows[0]!) {
        // a row was put in further down meanwhile
        for (let i = 0; i < rows.length; i++) if (place(rows[i]!) < 0) insert(rows[i]!);
        return;
      }
      reserve(rows.length);
      found!.set(rows, length);
      length += rows.length;
    },
    order(rows) {
      found = Uint32Array.from(rows);
      length = found.length;
      ordered = false;
    },
    follow(changes, rows) {
      total = rows;
      if (!found || changes.every(({ removed, inserted }) => removed === inserted)) return;
      let kept = 0;
      for (let i = 0; i < length; i++) {
        const { row, gone } = follow(changes, found[i]!);
        if (!gone) found[kept++] = row;
      }
      length = kept;
      let shift = 0;
      for (const { at, removed, inserted } of changes) {
        for (let row = at + shift + removed; row < at + shift + inserted; row++) insert(row);
        shift += inserted - removed;
      }
    },
    include(row) {
      const at = found ? place(row) : row;
      return at >= 0 ? at : insert(row);
    },
  };
}

function lowerBound(rows: Uint32Array, length: number, row: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
