/** Keeps the page true while rows change, here and elsewhere: what the extension tells of the document goes to list, bars, card and search. */

import type { DatasetHost, DocumentState, RowChange } from '../../src/protocol/datasetView.ts';
import type { AnnotationView } from './annotationView.ts';
import type { Bars } from './bars.ts';
import type { Find } from './find.ts';
import type { Messages } from './messages.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import type { RowList } from './rowList.ts';
import type { RowReading } from './rowReading.ts';
import type { Selection } from './selection.ts';
import { follow, moveShown } from './shownRow.ts';

export interface DocumentFollower {
  setState(state: DocumentState): void;
  rowsChanged(change: DatasetHost['events']['changed']): void;
  reloaded(state: DocumentState): Promise<void>;
}

export interface FollowOptions {
  host: DatasetPeer;
  model: PageModel;
  messages: Messages;
  rowList: RowList;
  selection: Selection;
  reading: RowReading;
  bars: Bars;
  annotation: AnnotationView;
  find: Find;
  /** The row that was selected when the page was last seen. */
  remembered(): number;
}

export function followDocument({ host, model, messages, rowList, selection, reading, bars, annotation, find, remembered }: FollowOptions): DocumentFollower {
  const { view } = model;
  const { list, cache } = rowList;

  function setRows(count: number): void {
    const before = model.rows;
    model.rows = count;
    view.follow([], count);
    list.setCount(view.count);
    if (count === 0) selection.clear();
    else if (view.filtered) return;
    else if (before === 0 || list.selected < 0) selection.select(remembered(), 'centre');
    else if (list.selected >= count) selection.select(count - 1, 'near');
  }

  function placesOf(row: number, count: number): RowChange[] {
    return Array.from({ length: count }, (_, i) => view.indexOf(row + i)).flatMap((at) => (at < 0 ? [] : [{ at, removed: 1, inserted: 1 }]));
  }

  return {
    setState(next) {
      find.setState(next);
      const redraw = next.format?.id !== model.document.format?.id || next.readOnly !== model.document.readOnly;
      model.document = next;
      bars.setState(next, model.rows);
      annotation.setProgress(next.annotations);
      if (next.revision === model.revision && next.rows !== model.rows) {
        setRows(next.rows); // lines are still being counted
        cache.want(list.anchor().index, 100);
      }
      if (!redraw) return;
      cache.clear();
      rowList.setColumns();
      messages.run(reading.read());
    },
    rowsChanged({ revision: now, rows: count, changes, stroke }) {
      model.revision = now;
      for (const shown of new Set([...(model.shown ? [model.shown] : []), ...model.asked])) moveShown(shown, changes, now);
      const [row, index] = [rowList.selected(), list.selected];
      view.follow(changes, count);
      // by places in the list, where they can be told; a list of all rows has the rows' own
      const moved = count !== model.rows || changes.some(({ removed, inserted }) => removed !== inserted);
      if (!view.filtered) cache.changed(changes);
      else if (moved) cache.clear();
      else cache.changed(changes.flatMap(({ at, removed }) => placesOf(at, removed)));
      const after = follow(changes, row);
      model.rows = count;
      find.rowsChanged(changes, now);
      if (moved) {
        list.setCount(view.count);
        bars.setState(model.document, count);
        if (view.count === 0) return selection.clear();
        list.refresh();
      }
      // an undone or repeated edit of another row brings that row into view; another page's typing does not
      const elsewhere = stroke === undefined && changes.length === 1 && !changes.some(({ at, removed, inserted }) => row >= at && row < at + Math.max(1, removed, inserted));
      if (elsewhere && document.hasFocus()) return selection.select(changes[0]!.at, 'centre');
      const gone = row >= 0 && view.indexOf(after.row) < 0;
      if (gone) after.row = view.rowAt(Math.min(index, view.count - 1)); // the row in its place may be one that was not found
      if (after.row !== row || gone) list.select(view.indexOf(Math.min(after.row, count - 1)), 'no');
      selection.tell();
      if (after.row !== row || after.touched) messages.run(reading.read());
      if (model.detail && after.row !== row) bars.setRow({ ...model.detail, row: after.row }, count);
    },
    async reloaded(next) {
      const before = model.detail;
      const was = rowList.selected();
      model.revision = next.revision;
      model.document = next;
      cache.clear();
      model.rows = next.rows;
      view.showAll(next.rows);
      list.setCount(next.rows);
      bars.setState(next, next.rows);
      find.again();
      if (next.rows === 0) return selection.clear();
      // the row that was selected may have moved: look for its line nearby
      const found = before && (await host.request('rows/find', { near: was, text: before.text }).catch(() => undefined));
      list.refresh();
      if (model.shown) Object.assign(model.shown, found?.row === undefined ? { gone: true } : { row: found.row, revision: next.revision, gone: false });
      selection.select(found?.row ?? Math.max(0, was), 'near');
    },
  };
}
