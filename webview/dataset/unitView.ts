/** One text or turn on screen: reads as text, is a field as soon as it has the focus, and carries its problems. */

import type { Problem } from '../../src/core/problem.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { problemList, type FixHandler } from './problemList.ts';
import { beginStroke, type Stroke } from './strokes.ts';
import type { Unit } from './rowLayout.ts';
import type { ShownRow } from './shownRow.ts';

export interface UnitHandlers {
  /** Row and unit are those of the moment when the field got the focus. */
  send(row: ShownRow, unit: Unit, text: string, stroke: string): Promise<void>;
  /** The field was left: what is typed next is a new step of undo. */
  sealed(): void;
  fix: FixHandler;
}

export interface UnitView {
  readonly element: HTMLElement;
  readonly unit: Unit;
  /** The same place with another text, or other problems. What is being typed here is not touched. */
  update(row: ShownRow, unit: Unit, problems: readonly Problem[], readOnly: boolean): void;
  /** Another row is shown here next: sends what was typed and gives up the focus. */
  leave(): void;
  edit(): void;
  readonly editing: boolean;
  /** Sends what is pending. */
  flush(): Promise<void>;
  owns(stroke: string | undefined): boolean;
}

const growsByItself = CSS.supports('field-sizing', 'content');

export function createUnitView(shown: ShownRow, first: Unit, problems: readonly Problem[], readOnly: boolean, handlers: UnitHandlers): UnitView {
  let row = shown;
  let unit = first;
  let stroke: Stroke | undefined;
  let composing = false;
  const field = h('textarea', { class: 'text', rows: 1, tabindex: -1, spellcheck: 'false' });
  const empty = h('div', { class: 'empty', 'aria-hidden': 'true' }, t('Empty. Write it:'), h('kbd', {}, 'E'));
  const below = h('div', { class: 'unit-problems' });
  const extras = h('div', { class: 'extras' });
  const body = h('div', { class: 'unit-body' }, empty, field, extras, below);
  const element = h('div', { class: 'unit', tabindex: -1, role: 'group' });
  if (first.role !== undefined) element.append(h('div', { class: 'who' }, roleChip(first.role)));
  element.append(body);

  const grow = () => {
    if (growsByItself) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  };
  const showEmpty = () => {
    const isEmpty = unit.text !== undefined && field.value === '' && document.activeElement !== field;
    empty.hidden = !isEmpty || unit.extras.some((extra) => extra.key === 'tool_calls');
    field.hidden = unit.text === undefined || isEmpty;
  };

  field.addEventListener('focus', () => {
    const [into, begun] = [row, unit];
    stroke = beginStroke((text, id) => handlers.send(into, begun, text, id));
    element.classList.add('editing');
  });
  field.addEventListener('blur', () => {
    element.classList.remove('editing');
    if (composing) endComposing();
    const ended = stroke;
    stroke = undefined;
    void ended?.end().then(handlers.sealed);
    showEmpty();
  });
  const typed = () => {
    grow();
    if (!composing) stroke?.type(field.value);
  };
  field.addEventListener('compositionstart', () => (composing = true));
  const endComposing = () => {
    composing = false;
    typed();
  };
  field.addEventListener('compositionend', endComposing);
  field.addEventListener('input', typed);
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      element.focus({ preventScroll: true });
      return;
    }
    // undo and redo of typing are the field's own; VS Code would take them for the document's
    const undo = (event.ctrlKey || event.metaKey) && !event.altKey && ['z', 'y'].includes(event.key.toLowerCase());
    if (undo) event.stopPropagation();
  });
  const edit = () => {
    if (unit.text === undefined) return;
    field.hidden = false;
    empty.hidden = true;
    field.focus();
  };
  empty.addEventListener('mousedown', (event) => {
    event.preventDefault();
    edit();
  });

  const view: UnitView = {
    element,
    get unit() {
      return unit;
    },
    get editing() {
      return document.activeElement === field;
    },
    edit,
    update(nextRow, next, nextProblems, nextReadOnly) {
      row = nextRow;
      unit = next;
      const text = next.text ?? '';
      if (!stroke?.pending && !composing && field.value !== text) {
        const [start, end] = [field.selectionStart, field.selectionEnd];
        field.value = text;
        if (document.activeElement === field) field.setSelectionRange(Math.min(start, text.length), Math.min(end, text.length));
      }
      field.readOnly = nextReadOnly;
      field.setAttribute('aria-label', next.role === undefined ? next.label : t('What {0} says', next.label));
      element.setAttribute('aria-label', unitName(next, nextProblems.length));
      const worst = nextProblems.some(({ severity }) => severity === 'error') ? 'bad' : '';
      element.classList.toggle('bad', worst === 'bad');
      field.setAttribute('aria-invalid', String(worst === 'bad'));
      extras.replaceChildren(...next.extras.map(({ key, json }) => h('div', { class: 'code' }, h('div', { class: 'code-head mono' }, key), h('pre', { class: 'mono', tabindex: -1 }, json))));
      extras.hidden = next.extras.length === 0;
      below.replaceChildren(...(nextProblems.length > 0 ? [problemList(nextProblems, nextReadOnly ? undefined : handlers.fix)] : []));
      below.hidden = nextProblems.length === 0;
      showEmpty();
      grow();
    },
    leave: () => field.blur(),
    flush: () => stroke?.end() ?? Promise.resolve(),
    owns: (id) => id !== undefined && stroke?.id === id,
  };
  view.update(shown, first, problems, readOnly);
  return view;
}

function unitName(unit: Unit, problems: number): string {
  const name = unit.role === undefined ? unit.label : t('Turn of {0}', unit.label);
  return problems === 0 ? name : problems === 1 ? t('{0}, one problem', name) : t('{0}, {1} problems', name, problems);
}

const knownRoles = ['system', 'developer', 'user', 'assistant', 'tool'];

function roleChip(role: string): HTMLElement {
  return h('span', { class: `role ${knownRoles.includes(role) ? role : 'other'}` }, h('em', {}, role === '' ? t('no role') : role));
}

/** For headers: ✓ chosen, ✕ rejected; never by colour alone. */
export function sideMark(side: 'chosen' | 'rejected'): SVGSVGElement {
  return icon(side === 'chosen' ? 'check' : 'close', `small ${side === 'chosen' ? 'ok' : 'err'}`);
}
