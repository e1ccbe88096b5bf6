/** The row whose texts the card shows, under the number that it has now. What is typed belongs to it, whatever is selected by then. */

import type { RowChange } from '../../src/protocol/datasetView.ts';

export interface ShownRow {
  row: number;
  /** The revision that `row` counts in. */
  revision: number;
  /** It was removed; number and revision are its last, so that the extension can say so. */
  gone: boolean;
}

export function moveShown(shown: ShownRow, changes: readonly RowChange[], revision: number): void {
  if (shown.gone) return;
  const { row, gone } = follow(changes, shown.row);
  if (gone) shown.gone = true;
  else Object.assign(shown, { row, revision });
}

/** Where a row is after changes (the row in its place where it is gone), and whether it was one of those that changed. */
export function follow(changes: readonly RowChange[], row: number): { row: number; touched: boolean; gone: boolean } {
  let shift = 0;
  for (const { at, removed, inserted } of changes) {
    if (row < at) break;
    if (row < at + removed) return { row: at + shift + Math.min(row - at, Math.max(0, inserted - 1)), touched: true, gone: row - at >= inserted };
    shift += inserted - removed;
  }
  return { row: row + shift, touched: false, gone: false };
}
