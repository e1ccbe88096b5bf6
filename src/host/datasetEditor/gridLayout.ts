/** How wide list and columns are: kept with the workspace, and validated when it comes back. */

import type { Memento } from 'vscode';
import { isObject } from '../../core/isObject.ts';
import type { GridLayout } from '../../protocol/datasetView.ts';

export interface GridLayoutMemory {
  read(): GridLayout | undefined;
  write(layout: GridLayout): Promise<void>;
}

const KEY = 'posttrain.dataset.layout';

export function gridLayoutMemory(memento: Memento): GridLayoutMemory {
  return {
    read: () => checkedLayout(memento.get(KEY)),
    write: async (layout) => memento.update(KEY, checkedLayout(layout)),
  };
}

/** Undefined where it is nothing of ours. */
export function checkedLayout(stored: unknown): GridLayout | undefined {
  if (!isObject(stored) || !isObject(stored.columns)) return undefined;
  const columns = Object.entries(stored.columns).map(([format, widths]) => [format, isObject(widths) ? Object.fromEntries(Object.entries(widths).filter(isWidth)) : {}] as const);
  return { ...(isPixels(stored.listPx) ? { listPx: stored.listPx } : {}), columns: Object.fromEntries(columns) };
}

function isWidth(entry: [string, unknown]): entry is [string, number] {
  return isPixels(entry[1]);
}

function isPixels(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 10_000;
}
