/** The selected row: its texts and turns as fields, its problems, and its JSON one key away. */

import { t } from '../shared/connect.ts';
import { h, setText } from '../shared/dom.ts';
import type { CheckFix } from '../../src/dataset/checks/check.ts';
import type { FieldView } from '../../src/dataset/format.ts';
import type { RowDetail } from '../../src/protocol/datasetView.ts';
import { formatCount } from './numbers.ts';
import { problemList } from './problemList.ts';
import { createRawView, type LineMoment } from './rawView.ts';
import { layoutRow, markEdit, placeProblems, type RowLayout, type Section, type Unit } from './rowLayout.ts';
import type { ShownRow } from './shownRow.ts';
import { createUnitView, sideMark, type UnitView } from './unitView.ts';

export interface CardHandlers {
  setText(row: ShownRow, unit: Unit, text: string, stroke: string): Promise<void>;
  setLine(made: LineMoment, text: string, stroke: string): Promise<void>;
  fix(fix: CheckFix): void;
  /** As `fix`, and the focus stays where it is. */
  mark(fix: CheckFix): void;
  sealed(): void;
  openText(): void;
}

export interface Card {
  /** The part that scrolls; takes the focus when no text has it. */
  readonly element: HTMLElement;
  /** `row` is the same object for as long as the same row is shown. */
  show(row: ShownRow, detail: RowDetail, fields: readonly FieldView[], readOnly: boolean): void;
  /** No row, with a sentence why. */
  clear(text: string, ...actions: HTMLElement[]): void;
  /** Puts the cursor into the text that has the focus, else the first with a problem, else the last answer. */
  edit(): void;
  /** Moves the focus to the next or previous text. */
  move(direction: 1 | -1): void;
  focus(): void;
  readonly json: boolean;
  toggleJson(): void;
  /** What is being typed reaches the extension. */
  flush(): Promise<void>;
  /** Whether a field of this card caused a change. */
  owns(stroke: string | undefined): boolean;
}

/** `extra` stands between the texts and the JSON, and looks after itself. */
export function createCard(handlers: CardHandlers, json: boolean, extra: HTMLElement): Card {
  const sections = h('div', { class: 'sections' });
  const raw = createRawView({ send: handlers.setLine, sealed: handlers.sealed, openText: handlers.openText });
  // the JSON stays where it is while the rest is built anew: it may have the focus
  const inner = h('div', { class: 'inner' }, sections, extra, raw.element);
  const element = h('div', { class: 'scroll', tabindex: -1, role: 'region', 'aria-label': t('Row') }, inner);
  let views: UnitView[] = [];
  let shape = '';
  let current = '';
  let rest: HTMLElement = h('div');
  let footers: (() => void)[] = [];
  let showsJson = json;
  let malformed = false;
  let layout: RowLayout | undefined;
  let line = '';
  /** Nothing can be edited. */
  let fixed = false;
  let row: ShownRow = { row: -1, revision: 0, gone: true };

  const unitHandlers = { send: handlers.setText, sealed: handlers.sealed, fix: handlers.fix };

  const build = (detail: RowDetail, readOnly: boolean) => {
    views = [];
    footers = [];
    const placed = placeProblems(layout, detail.problems);
    const unitView = (unit: Unit) => {
      const view = createUnitView(row, unit, placed.at.get(unit.id) ?? [], readOnly, unitHandlers);
      views.push(view);
      return view.element;
    };
    rest = h('section', { class: 'sect' });
    const parts: HTMLElement[] = [];
    const laid = layout?.sections ?? [];
    const sides = laid.filter(({ side }) => side !== undefined);
    for (const section of laid) {
      if (section.flag) parts.push(markSection(section));
      else if (section.side === undefined) parts.push(plainSection(section, laid.length === 1, unitView));
      else if (section === sides[0]) parts.push(pair(sides, unitView));
    }
    if (layout && layout.others.length > 0) parts.push(otherKeys(layout.others));
    parts.push(rest);
    sections.replaceChildren(...parts);
  };

  const plainSection = (section: Section, alone: boolean, unitView: (unit: Unit) => HTMLElement) =>
    h(
      'section',
      { class: 'sect', 'aria-label': section.label },
      !(alone && section.turns) && h('div', { class: 'sect-h' }, heading(section), meta(() => sectionFacts(now(section)))),
      h('div', { class: section.turns ? 'turns' : 'turns plain' }, ...section.units.map(unitView)),
    );

  const markSection = (section: Section) => {
    const choice = (value: boolean, label: string, title: string) =>
      h('button', { type: 'button', title: t('Mark as {0}', label), 'data-mark': String(value), onclick: () => mark(section, value, title) }, sideMark(value ? 'chosen' : 'rejected'), label);
    const choices = [choice(true, t('good (true)'), t('Marked as good')), choice(false, t('bad (false)'), t('Marked as bad'))];
    footers.push(() => {
      for (const button of choices) {
        button.setAttribute('aria-pressed', String(String(now(section).flag?.value) === button.dataset.mark));
        button.disabled = fixed;
      }
    });
    return h('section', { class: 'sect', 'aria-label': section.label }, h('div', { class: 'sect-h' }, heading(section), h('span', { class: 'segments', role: 'group', 'aria-label': section.label }, ...choices)));
  };
  const mark = (section: Section, value: boolean, title: string) => {
    const edit = markEdit(line, section.key, value);
    if (edit && now(section).flag?.value !== value) handlers.mark({ title, edits: [edit], safe: false });
  };

  const pair = (sides: Section[], unitView: (unit: Unit) => HTMLElement) =>
    h('section', { class: 'sect', 'aria-label': t('Answers') }, h('div', { class: 'pair' }, ...sides.map((side) => answer(side, unitView))));

  const answer = (section: Section, unitView: (unit: Unit) => HTMLElement) =>
    h(
      'article',
      { class: `ans ${section.side}`, 'aria-label': section.label },
      h('header', {}, sideMark(section.side!), heading(section, 'verdict')),
      h('div', { class: section.turns ? 'turns' : 'turns plain' }, ...section.units.map(unitView)),
      h('footer', {}, meta(() => characters(now(section).chars)), meta(() => lengthDifference(section.side!))),
    );

  /** A section of the same key in the layout as it is now: texts change, the section's element stays. */
  const now = (section: Section) => layout?.sections.find(({ key }) => key === section.key) ?? section;
  const lengthDifference = (side: 'chosen' | 'rejected') => {
    const other = layout?.sections.find((section) => section.side && section.side !== side);
    const own = layout?.sections.find((section) => section.side === side);
    if (!own || !other) return '';
    const more = own.chars - other.chars;
    return more === 0 ? t('as long as the other') : more > 0 ? t('{0} longer', formatCount(more)) : t('{0} shorter', formatCount(-more));
  };
  const live = <E extends HTMLElement>(element: E, text: () => string): E => {
    setText(element, text());
    footers.push(() => setText(element, text()));
    return element;
  };
  const meta = (text: () => string) => live(h('span', { class: 'mut' }), text);
  /** Its name belongs to the format, which may be found while someone types here. */
  const heading = (section: Section, className = '') => live(h('h2', { class: className }), () => now(section).label);

  const update = (detail: RowDetail, readOnly: boolean) => {
    const placed = placeProblems(layout, detail.problems);
    const units = layout?.sections.flatMap((section) => section.units) ?? [];
    fixed = readOnly;
    for (const [i, view] of views.entries()) view.update(row, units[i]!, placed.at.get(units[i]!.id) ?? [], readOnly);
    for (const footer of footers) footer();
    rest.replaceChildren(...(placed.rest.length > 0 ? [h('div', { class: 'sect-h' }, h('h2', {}, t('Problems')), h('span', { class: 'badge' }, String(placed.rest.length))), problemList(placed.rest, readOnly ? undefined : handlers.fix)] : []));
    rest.hidden = placed.rest.length === 0;
    raw.update(detail, readOnly, malformed);
    showRaw();
    rove();
  };
  const showRaw = () => (raw.element.hidden = !showsJson && !malformed);

  /** One of the texts is a tab stop; arrows go to the others. */
  const rove = () => {
    if (!views.some(({ unit }) => unit.id === current)) current = firstChoice()?.unit.id ?? '';
    for (const { element: stop, unit } of views) stop.tabIndex = unit.id === current ? 0 : -1;
  };
  const firstChoice = () => views.find(({ element: { classList } }) => classList.contains('bad')) ?? views.findLast(({ unit }) => unit.text !== undefined);
  const currentView = () => views.find(({ unit }) => unit.id === current);

  const leaveUnits = () => views.forEach((view) => view.leave());
  const leave = () => {
    leaveUnits();
    raw.leave();
  };

  inner.addEventListener('focusin', (event) => {
    const view = views.find((each) => each.element.contains(event.target as Node));
    if (!view) return;
    current = view.unit.id;
    rove();
  });

  return {
    element,
    get json() {
      return showsJson;
    },
    show(nextRow, detail, fields, readOnly) {
      if (nextRow !== row) {
        const typing = document.activeElement instanceof HTMLTextAreaElement && inner.contains(document.activeElement);
        leave();
        if (typing) element.focus({ preventScroll: true });
        row = nextRow;
      }
      layout = detail.cut ? undefined : layoutRow(detail.text, fields);
      malformed = layout === undefined;
      line = detail.text;
      const nextShape = `${layout?.sections.map((section) => `${section.key}:${section.side ?? ''}:${section.units.map((unit) => `${unit.id}${unit.role ?? ''}${unit.text === undefined}`).join()}`).join('|')};${JSON.stringify(layout?.others)}`;
      if (nextShape !== shape) {
        shape = nextShape;
        const hadFocus = sections.contains(document.activeElement);
        leaveUnits();
        build(detail, readOnly);
        if (hadFocus) element.focus({ preventScroll: true });
      }
      update(detail, readOnly);
    },
    clear(text, ...actions) {
      leave();
      shape = '';
      views = [];
      layout = undefined;
      raw.element.hidden = true;
      sections.replaceChildren(h('div', { class: 'nothing' }, h('p', {}, text), ...actions));
    },
    edit() {
      const focused = views.find((view) => view.element === document.activeElement);
      const target = focused ?? (inner.contains(document.activeElement) ? currentView() : undefined) ?? firstChoice();
      if (target?.unit.text !== undefined) target.edit();
      else raw.edit(() => this.toggleJson());
    },
    move(direction) {
      const index = views.findIndex(({ unit }) => unit.id === current);
      const focused = views.some((view) => view.element === document.activeElement);
      const next = focused ? views[index + direction] : views[index];
      if (!next) return;
      next.element.focus({ preventScroll: true });
      next.element.scrollIntoView({ block: 'nearest' });
    },
    focus: () => element.focus({ preventScroll: true }),
    toggleJson() {
      showsJson = !showsJson;
      showRaw();
      if (!raw.element.hidden) raw.element.scrollIntoView({ block: 'nearest' });
    },
    flush: async () => {
      await Promise.all([...views.map((view) => view.flush()), raw.flush()]);
    },
    owns: (stroke) => views.some((view) => view.owns(stroke)) || raw.owns(stroke),
  };
}

function sectionFacts(section: Section): string {
  if (section.turns) return section.units.length === 1 ? t('one turn') : t('{0} turns', formatCount(section.units.length));
  return section.units[0]?.text === undefined ? '' : section.units[0].absent ? t('not in this row yet') : characters(section.chars);
}

function characters(count: number): string {
  return count === 1 ? t('1 character') : t('{0} characters', formatCount(count));
}

/** Keys that the format does not know go through training untouched; they are changed in the JSON. */
function otherKeys(others: RowLayout['others']): HTMLElement {
  return h(
    'section',
    { class: 'sect', 'aria-label': t('Other keys') },
    h('div', { class: 'sect-h' }, h('h2', {}, t('Other keys'))),
    h('dl', { class: 'others mono' }, ...others.flatMap(({ key, json }) => [h('dt', {}, key), h('dd', {}, json)])),
  );
}
