/** What the page remembers of itself while it is hidden. */

import type { FindRequest } from '../../src/protocol/datasetView.ts';
import { openViewState, type ViewState } from '../shared/viewState.ts';

export interface PageMemory {
  row: number;
  /** First visible row of the list, and how far it is scrolled out. */
  top: { index: number; offsetPx: number };
  json: boolean;
  tokens: boolean;
  blind?: boolean;
  find?: FindRequest;
}

export function openPageMemory(): ViewState<PageMemory> {
  const first: PageMemory = { row: 0, top: { index: 0, offsetPx: 0 }, json: false, tokens: false };
  return openViewState(1, first, ({ row, top, json }) => Number.isInteger(row) && typeof (top as { index?: unknown } | undefined)?.index === 'number' && typeof json === 'boolean');
}
