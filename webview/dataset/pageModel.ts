/** What the parts of the page know together: the document as the extension last told it, which rows are in view, and the row on the card. No DOM. */

import type { FieldView } from '../../src/dataset/format.ts';
import type { DatasetHost, DatasetPage, DocumentState, RowDetail } from '../../src/protocol/datasetView.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import { createRowView, type RowView } from './rowView.ts';
import type { ShownRow } from './shownRow.ts';

export type DatasetPeer = Peer<DatasetPage, DatasetHost>;

export interface PageModel {
  document: DocumentState;
  /** That of the rows; what was told of the document last may be of an earlier one. */
  revision: number;
  rows: number;
  /** The rows that the list shows; places in it are not their numbers while some were found. */
  readonly view: RowView;
  /** The row on the card, as it was read, and under the number that it has now. */
  detail: RowDetail | undefined;
  shown: ShownRow | undefined;
  /** Rows that something is asked for, which goes on when another row is on the card. */
  readonly asked: ShownRow[];
  /** Answers are A and B in a drawn order. */
  blind: boolean;
  /** Those of the document's format. */
  readonly fields: readonly FieldView[];
  readonly isPair: boolean;
}

export function createPageModel(document: DocumentState, blind: boolean): PageModel {
  return {
    document,
    revision: document.revision,
    rows: document.rows,
    view: createRowView(document.rows),
    detail: undefined,
    shown: undefined,
    asked: [],
    blind,
    get fields() {
      return this.document.format?.fields ?? [];
    },
    get isPair() {
      return this.fields.some(({ side }) => side !== undefined);
    },
  };
}
