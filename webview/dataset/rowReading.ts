/** The selected row on the page: read anew whenever it or the selection changed, and shown on the card with what belongs to it. */

import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import type { AnnotationView } from './annotationView.ts';
import type { Bars } from './bars.ts';
import { blindDetail } from './blind.ts';
import type { Card } from './card.ts';
import { createNewest } from './newest.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import type { TokensView } from './tokensView.ts';

export interface RowReading {
  /** Done when the row is shown, by a later reading too. */
  read(): Promise<void>;
  /** Shows again what was read. */
  show(): void;
  /** There is no row to be shown. */
  clear(): void;
}

export interface RowReadingOptions {
  host: DatasetPeer;
  model: PageModel;
  selected(): number;
  bars: Bars;
  card: Card;
  tokens: TokensView;
  annotation: AnnotationView;
  showAllRows(): void;
  addRow(): void;
}

const LOADING_AFTER_MS = 200;

export function createRowReading({ host, model, selected, bars, card, tokens, annotation, ...handlers }: RowReadingOptions): RowReading {
  const read = createNewest(
    async () => {
      const row = selected();
      if (row < 0) return undefined;
      const slow = setTimeout(() => card.element.classList.add('loading-row'), LOADING_AFTER_MS);
      return await host.request('row/read', { row }).finally(() => clearTimeout(slow));
    },
    (answer) => {
      if (!answer) return;
      const { row, revision } = answer;
      model.detail = answer;
      if (!model.shown || model.shown.gone || model.shown.row !== row) model.shown = { row, revision, gone: false };
      show();
      tokens.show(model.shown, model.isPair);
    },
  );

  function show(): void {
    const { shown, detail, fields, blind } = model;
    if (!shown || !detail) return;
    const first = blind ? detail.annotation?.first : undefined;
    const seen = first === undefined ? detail : blindDetail(detail, fields.flatMap(({ side, key, label }) => (side ? [key, label.toLowerCase()] : [])));
    bars.setRow(seen, model.rows);
    annotation.show(shown, detail, detail.annotation?.first !== undefined ? 'pair' : fields.some(({ type }) => type === 'flag') ? 'flag' : 'row', blind);
    card.show(shown, seen, fields, model.document.readOnly !== undefined, first);
    tokens.element.classList.toggle('is-blind', first !== undefined);
  }

  return {
    read: () => read().finally(() => card.element.classList.remove('loading-row')),
    show,
    clear() {
      model.detail = undefined;
      model.shown = undefined;
      tokens.show(undefined, false);
      annotation.show(undefined, undefined, 'row', model.blind);
      bars.setRow(undefined, model.rows);
      if (model.view.filtered && model.rows > 0) return card.clear(t('No row fits.'), h('button', { class: 'btn', onclick: () => handlers.showAllRows() }, t('Show all rows')));
      const { indexing, readOnly } = model.document;
      const add = h('button', { class: 'btn primary', onclick: () => handlers.addRow() }, t('Add Row'));
      card.clear(indexing ? t('Reading the file…') : t('No rows yet.'), ...(readOnly === undefined && !indexing ? [add] : []));
    },
  };
}
