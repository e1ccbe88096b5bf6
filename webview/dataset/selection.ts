/** Which row is selected: in the list, on the card, and known to the extension, while rows are found, come and go. */

import type { Card } from './card.ts';
import type { Messages } from './messages.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import type { RowList } from './rowList.ts';
import type { RowReading } from './rowReading.ts';

export interface Selection {
  /** A row that is not in view is put there. */
  select(row: number, reveal: 'near' | 'centre' | 'no'): void;
  step(by: 1 | -1): void;
  /** There is no row to be selected. */
  clear(): void;
  /** The extension hears of the selected row under the number that it has now; for commands. */
  tell(): void;
  /** Rows were found, or all are in view again. The selected row stays where it is one of them. */
  viewChanged(how: 'all' | 'order' | 'more' | 'same'): void;
}

export interface SelectionOptions {
  host: DatasetPeer;
  model: PageModel;
  messages: Messages;
  rowList: RowList;
  card: Card;
  reading: RowReading;
  selected(row: number): void;
}

export function createSelection({ host, model, messages, rowList, card, reading, ...handlers }: SelectionOptions): Selection {
  const { view } = model;
  const { list, cache } = rowList;

  const tell = () => {
    const row = rowList.selected();
    host.emit('selected', row < 0 ? null : { row, revision: model.revision });
  };
  const clear = () => {
    reading.clear();
    list.select(-1, 'no');
    tell();
  };

  function select(wanted: number, reveal: 'near' | 'centre' | 'no'): void {
    if (model.rows === 0) return clear();
    const row = Math.min(model.rows - 1, Math.max(0, wanted));
    void card.flush();
    const { count } = view;
    const index = view.include(row);
    if (view.count !== count) rowList.refill();
    if (list.selected !== index || reveal !== 'no') list.select(index, reveal);
    handlers.selected(row);
    tell();
    card.element.scrollTop = 0;
    messages.run(reading.read());
  }

  return {
    select,
    step(by) {
      const row = view.rowAt(list.selected + by);
      if (row >= 0) select(row, 'near');
    },
    clear,
    tell,
    viewChanged(how) {
      if (how === 'same') return cache.clear();
      if (how === 'more') {
        const before = list.count;
        list.setCount(view.count);
        cache.changed([{ at: before, removed: view.count - before, inserted: view.count - before }]);
        if (model.detail && list.selected >= 0) return;
      }
      const { shown } = model;
      const row = shown && !shown.gone && how !== 'order' ? shown.row : -1;
      rowList.refill();
      const index = view.indexOf(row);
      if (index >= 0) {
        list.select(index, 'centre');
        tell();
      } else if (view.count > 0) select(view.rowAt(0), 'near');
      else if (view.filtered) clear();
    },
  };
}
