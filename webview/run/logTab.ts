/** The Log tab: the run's warnings first, then the end of what the trainer printed. */

import type { RunNote } from '../../src/protocol/runView.ts';
import { formatCount } from '../../src/run/format.ts';
import { t } from '../shared/connect.ts';
import { button } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';

export interface LogTab {
  readonly element: HTMLElement;
  setNotes(notes: readonly RunNote[]): void;
  setText(text: string, cut: boolean): void;
}

const MAX_NOTES = 100;

export function createLogTab(openLog: () => void): LogTab {
  const notes = h('ul', { class: 'notes', 'aria-label': t('Warnings') });
  const output = h('pre', { class: 'mono output', tabindex: 0, 'aria-label': t('What the trainer printed') });
  const cutNote = h('p', { class: 'mut note', hidden: true }, t('Only the end is shown.'));
  const open = button({ label: t('Open log.txt'), onClick: openLog });
  const element = h('div', { class: 'tab' }, notes, h('div', { class: 'row between' }, h('h3', { class: 'label' }, t('What the trainer printed')), open.element), cutNote, output);
  return {
    element,
    setNotes(all) {
      notes.replaceChildren(
        ...all.slice(-MAX_NOTES).map((note) =>
          h('li', {}, icon(note.severity === 'error' ? 'error' : note.severity === 'warning' ? 'warning' : 'info', note.severity === 'error' ? 'err' : note.severity === 'warning' ? 'warn' : 'info'), h('span', { class: 'grow' }, note.message), h('span', { class: 'mut' }, note.step > 0 ? t('step {0}', formatCount(note.step)) : '')),
        ),
      );
      notes.hidden = all.length === 0;
    },
    setText(text, cut) {
      cutNote.hidden = !cut;
      if (output.textContent === text) return;
      const scroller = output;
      const atEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 4;
      setText(output, text || t('Nothing yet.'));
      if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    },
  };
}
