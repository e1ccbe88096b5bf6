/** The row's own line: shown and edited as it stands in the file, with the place of what is wrong in it. */

import type { RowDetail } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { formatBytes } from './numbers.ts';
import { drawBadNote } from './readView.ts';
import { typingField } from './typingField.ts';

/** The line that a text was made from. */
export interface LineMoment {
  row: number;
  revision: number;
}

export interface RawView {
  readonly element: HTMLElement;
  /** `malformed`: the line is all there is, and the place of the first error is shown. */
  update(detail: RowDetail, readOnly: boolean, malformed: boolean): void;
  /** Another row is shown here next: sends what was typed and gives up the focus. */
  leave(): void;
  /** Puts the cursor there; `show` makes it visible first. */
  edit(show: () => void): void;
  flush(): Promise<void>;
  owns(stroke: string | undefined): boolean;
}

export interface RawHandlers {
  /** `made`: the line as it was when the field last showed it. */
  send(made: LineMoment, text: string, stroke: string): Promise<void>;
  sealed(): void;
  openText(): void;
}

export function createRawView(handlers: RawHandlers): RawView {
  let made: LineMoment = { row: -1, revision: 0 };
  const field = h('textarea', { class: 'text mono', rows: 3, spellcheck: 'false', 'aria-label': t('The row as JSON, one line') });
  const mark = h('p', { class: 'raw-mark mono', 'aria-hidden': 'true' });
  const note = h('p', { class: 'bad-note' });
  const cut = h('p', { class: 'mut' });
  const element = h(
    'section',
    { class: 'sect raw', 'aria-label': 'JSON' },
    h('div', { class: 'sect-h' }, h('h2', {}, 'JSON'), h('span', { class: 'grow' }), h('button', { class: 'btn ghost', onclick: () => handlers.openText() }, t('Open as Text'))),
    mark,
    field,
    note,
    cut,
  );
  const typing = typingField(field, {
    begin: () => (text, id) => handlers.send(made, text, id),
    sealed: handlers.sealed,
    outside: () => element.closest<HTMLElement>('.scroll'),
  });
  field.addEventListener('keydown', (event) => {
    if (!event.isComposing && event.key === 'Enter' && !event.ctrlKey && !event.metaKey) event.preventDefault(); // a row is one line
  });

  return {
    element,
    update(detail, readOnly, malformed) {
      typing.show(detail.text);
      drawBadNote(note, detail.text);
      if (field.value === detail.text) made = { row: detail.row, revision: detail.revision };
      field.readOnly = readOnly || detail.cut;
      cut.hidden = !detail.cut;
      cut.textContent = detail.cut ? t('This row is {0} long. Only its beginning is shown, and it can only be edited as text.', formatBytes(detail.sizeBytes)) : '';
      const first = malformed ? detail.problems.find(({ severity }) => severity === 'error') : undefined;
      mark.hidden = !first;
      if (first) showMark(mark, detail.text, first.start, first.end);
    },
    edit(show) {
      if (element.hidden) show();
      field.focus();
    },
    leave: () => typing.leave(),
    flush: () => typing.flush(),
    owns: (id) => typing.owns(id),
  };
}

const AROUND = 40;

/** A few characters around the place, and the place itself underlined. */
function showMark(element: HTMLElement, text: string, start: number, end: number): void {
  const from = Math.max(0, start - AROUND);
  const stop = Math.max(start + 1, Math.min(end, start + AROUND));
  element.replaceChildren(
    `${from > 0 ? '…' : ''}${text.slice(from, start)}`,
    h('mark', {}, text.slice(start, stop) || ' '),
    `${text.slice(stop, stop + AROUND)}${stop + AROUND < text.length ? '…' : ''}`,
  );
}
