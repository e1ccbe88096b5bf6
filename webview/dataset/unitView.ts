/** One text, turn or value on screen: reads as text, is a field as soon as it is edited, and carries its problems and what can be done with it. */

import type { Problem } from '../../src/core/problem.ts';
import { visibleText } from '../../src/dataset/badText.ts';
import { t } from '../shared/connect.ts';
import { h, setText } from '../shared/dom.ts';
import { createFlagChoice } from './flagChoice.ts';
import { createJsonField, type JsonField, type JsonFieldHandlers } from './jsonField.ts';
import { problemList, type FixHandler } from './problemList.ts';
import { drawBadNote, drawText, textOffset, type Marks } from './readView.ts';
import type { TurnPlace, Unit } from './rowLayout.ts';
import type { ShownRow } from './shownRow.ts';
import { needsReading } from './textBlocks.ts';
import { createTurnTools, type TurnAction } from './turnTools.ts';
import { growToText, typingField } from './typingField.ts';

export interface UnitHandlers extends JsonFieldHandlers {
  /** Row and unit are those of the moment when the field got the focus. */
  sendText(row: ShownRow, unit: Unit, text: string, stroke: string): Promise<void>;
  fix: FixHandler;
  turn(action: TurnAction): void;
  mark(action: 'markGood' | 'markBad'): void;
  role(turn: TurnPlace, role: string): void;
}

export interface UnitView {
  readonly element: HTMLElement;
  readonly unit: Unit;
  /** The same place with another text, or other problems. What is being typed here is not touched. */
  update(row: ShownRow, unit: Unit, problems: readonly Problem[], readOnly: boolean): void;
  /** How the text differs from its other side; undefined where it has none. */
  mark(marks: Marks | undefined): void;
  /** Of a turn: how long it is, in words. */
  setLength(words: string): void;
  /** Another row is shown here next: sends what was typed and gives up the focus. */
  leave(): void;
  edit(at?: number): void;
  /** Where the cursor is in the text; undefined while it is not edited. */
  readonly caret: number | undefined;
  changeRole(): void;
  /** Whether it is the tab stop among its like. */
  setCurrent(current: boolean): void;
  /** Sends what is pending. */
  flush(): Promise<void>;
  owns(stroke: string | undefined): boolean;
}

export function createUnitView(shown: ShownRow, first: Unit, problems: readonly Problem[], readOnly: boolean, handlers: UnitHandlers): UnitView {
  let row = shown;
  let unit = first;
  let marks: Marks | undefined;
  let unfolded = false;
  let json: JsonField[] = [];
  const field = h('textarea', { class: 'text', rows: 1, tabindex: -1, spellcheck: 'false' });
  const read = h('div', { class: 'read' });
  const empty = h('div', { class: 'empty', 'aria-hidden': 'true' }, t('Empty. Write it:'), h('kbd', {}, 'E'));
  const note = h('p', { class: 'bad-note' });
  const below = h('div', { class: 'unit-problems' });
  const parts = h('div', { class: 'parts' });
  const body = h('div', { class: 'unit-body' }, empty, field, read, note, parts, below);
  const element = h('div', { class: 'unit', tabindex: -1, role: 'group' });
  const tools = first.turn && createTurnTools(first.turn, { role: (role) => handlers.role(unit.turn!, role), act: handlers.turn });
  const length = h('span', { class: 'mut length' });
  tools?.who.append(length);
  if (tools) element.append(tools.who, body, tools.actions);
  else element.append(body);
  const marker = first.flag && createFlagChoice(t('Mark of {0}', first.label), handlers.mark);
  if (marker) element.append(marker.element);
  element.classList.toggle('marked', first.flag !== undefined);

  const showAs = () => {
    const editing = document.activeElement === field;
    const isEmpty = unit.text !== undefined && field.value === '' && !editing;
    const reads = !editing && !isEmpty && (marks !== undefined || needsReading(field.value));
    empty.hidden = !isEmpty || unit.parts.some(({ call }) => call);
    field.hidden = unit.text === undefined || isEmpty || reads;
    read.hidden = unit.text === undefined || !reads;
    if (reads) drawText(read, field.value, marks && { ...marks, shared: unfolded ? 0 : marks.shared }, () => {
      unfolded = true;
      showAs();
    });
    drawBadNote(note, unit.text === undefined ? '' : field.value);
    if (!field.hidden) growToText(field);
  };
  const typing = typingField(field, {
    begin: () => {
      const [into, begun] = [row, unit];
      element.classList.add('editing');
      return (text, stroke) => handlers.sendText(into, begun, text, stroke);
    },
    typed: () => {
      growToText(field);
      drawBadNote(note, field.value);
    },
    left: () => {
      element.classList.remove('editing');
      showAs();
    },
    sealed: handlers.sealed,
    outside: () => element,
  });
  const edit = (at?: number) => {
    if (unit.text === undefined) return json[0]?.edit();
    field.hidden = false;
    read.hidden = true;
    empty.hidden = true;
    growToText(field);
    field.focus();
    if (at !== undefined) field.setSelectionRange(at, at);
  };
  empty.addEventListener('mousedown', (event) => {
    event.preventDefault();
    edit();
  });
  read.addEventListener('click', (event) => {
    // a click begins to edit; what was marked with the mouse is to be copied
    if (event.target instanceof Element && event.target.closest('button')) return;
    if (!field.readOnly && (getSelection()?.isCollapsed ?? true)) edit(textOffset(event));
  });

  const drawParts = (readOnly: boolean) => {
    const same = json.length === unit.parts.length && json.every((one, i) => one.part.id === unit.parts[i]!.id);
    if (same) json.forEach((one, i) => one.update(row, unit.parts[i]!, readOnly));
    else {
      json = unit.parts.map((one) => createJsonField(row, one, readOnly, () => element, handlers));
      parts.replaceChildren(...json.map((one) => one.element));
    }
    parts.hidden = json.length === 0;
  };

  const view: UnitView = {
    element,
    get unit() {
      return unit;
    },
    get caret() {
      return document.activeElement === field ? field.selectionStart : undefined;
    },
    edit,
    update(nextRow, next, nextProblems, nextReadOnly) {
      row = nextRow;
      unit = next;
      typing.show(next.text ?? '');
      field.readOnly = nextReadOnly;
      field.setAttribute('aria-label', next.turn ? t('What {0} says', next.label) : next.label);
      element.setAttribute('aria-label', unitName(next, nextProblems.length));
      const bad = nextProblems.some(({ severity }) => severity === 'error');
      element.classList.toggle('bad', bad);
      field.setAttribute('aria-invalid', String(bad));
      if (next.turn) tools?.update(next.turn, next.text !== undefined, nextReadOnly);
      marker?.update(next.flag?.value, nextReadOnly);
      drawParts(nextReadOnly);
      below.replaceChildren(...(nextProblems.length > 0 ? [problemList(nextProblems, nextReadOnly ? undefined : handlers.fix)] : []));
      below.hidden = nextProblems.length === 0;
      showAs();
    },
    mark(next) {
      if (!next && !marks) return;
      marks = next;
      showAs();
    },
    setLength: (words) => setText(length, words),
    leave() {
      typing.leave();
      for (const one of json) one.leave();
      unfolded = false;
    },
    changeRole: () => tools?.openRoles(),
    setCurrent(current) {
      element.tabIndex = current ? 0 : -1;
      tools?.setCurrent(current);
      for (const one of json) one.setCurrent(current);
    },
    flush: async () => {
      await Promise.all([typing.flush(), ...json.map((one) => one.flush())]);
    },
    owns: (stroke) => typing.owns(stroke) || json.some((one) => one.owns(stroke)),
  };
  view.update(shown, first, problems, readOnly);
  return view;
}

function unitName(unit: Unit, problems: number): string {
  const name = unit.turn ? t('Turn {0} of {1}, {2}', unit.turn.index + 1, unit.turn.count, visibleText(unit.label)) : visibleText(unit.label);
  return problems === 0 ? name : problems === 1 ? t('{0}, one problem', name) : t('{0}, {1} problems', name, problems);
}
