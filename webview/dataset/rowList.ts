/** The list of rows: which rows it shows, fetched as they come into view, with the columns that their format has. */

import type { FindRequest, GridLayout } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { createList, type List } from '../shared/list.ts';
import { blindItem } from './blind.ts';
import { columnsFor } from './gridColumns.ts';
import { createGridHead, type GridHead } from './gridHead.ts';
import { drawListRow } from './listRow.ts';
import type { Messages } from './messages.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import { createRowCache, type RowCache } from './rowCache.ts';

export interface RowList {
  readonly list: List;
  readonly cache: RowCache;
  readonly head: GridHead;
  /** The number of the selected row; -1 where there is none. */
  selected(): number;
  /** Other rows are in view. */
  refill(): void;
  /** The format, its first row or what may be shown of it is another. */
  setColumns(): void;
  /** Goes to the rows; false in a narrow editor, where there is no list. */
  focus(): boolean;
}

export interface RowListOptions {
  host: DatasetPeer;
  model: PageModel;
  messages: Messages;
  /** The widths that someone gave to list and columns. */
  layout: GridLayout | undefined;
  /** The replacement that rows show. */
  replacing(): FindRequest | undefined;
  select(row: number): void;
  open(): void;
  scrolled(top: { index: number; offsetPx: number }): void;
}

const ROW_PX = 26;

export function createRowList({ host, model, messages, layout, ...handlers }: RowListOptions): RowList {
  const { view } = model;
  const cache = createRowCache({
    revision: () => model.revision,
    read(from, count, signal) {
      if (!view.filtered) return host.request('rows/read', { from, count }, signal);
      return host.request('rows/pick', { rows: view.slice(from, count), replace: handlers.replacing() }, signal);
    },
    onRows(from, count) {
      if (from === 0) setColumns();
      list.refresh(from, count);
    },
  });
  const list = createList({
    label: t('Rows'),
    rowPx: ROW_PX,
    render: (element, index) => drawListRow(element, view.rowAt(index), shownItem(index), head.columns),
    onWindow: (from, count) => {
      cache.want(from, count);
      handlers.scrolled(list.anchor());
    },
    onSelect: (index) => handlers.select(view.rowAt(index)),
    onOpen: () => handlers.open(),
  });
  const head = createGridHead(list.element, layout, { changed: () => list.refresh(), remember: (next) => messages.run(host.request('layout/write', { layout: next })) });

  const shownItem = (index: number) => {
    const item = cache.get(index);
    return item && model.blind && model.isPair ? blindItem(item) : item;
  };

  /** The first row says which keys there are beside those of the format. */
  function setColumns(): void {
    const { fields, blind, isPair } = model;
    const open = blind ? fields.filter(({ side }) => side === undefined) : fields;
    const keys = Object.keys(cache.get(0)?.cells ?? {}).filter((key) => !blind || !fields.some((field) => field.side && field.key === key));
    const { main, columns } = columnsFor(open.map((field) => ({ ...field, label: t(field.label) })), keys);
    const figure = isPair ? (blind ? '' : 'Δ') : cache.get(0)?.turns !== undefined ? t('turns') : '';
    head.setColumns(model.document.format?.id ?? '', main || t('Row'), columns, figure);
  }

  return {
    list,
    cache,
    head,
    setColumns,
    selected: () => view.rowAt(list.selected),
    refill() {
      cache.clear();
      list.setCount(view.count);
      list.refresh();
    },
    focus() {
      if (!list.element.offsetParent) return false;
      list.focus();
      return true;
    },
  };
}
