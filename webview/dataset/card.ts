/** The selected row: its texts, turns and values as fields, its problems, and its JSON one key away. */

import type { CheckFix } from '../../src/dataset/checks/check.ts';
import type { Side } from '../../src/dataset/annotations/rowIdentity.ts';
import type { FieldView } from '../../src/dataset/format.ts';
import type { JsonPath, RowDetail, TextForm } from '../../src/protocol/datasetView.ts';
import type { DatasetAction } from '../../src/protocol/datasetKeys.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { blindLayout } from './blind.ts';
import { createCardSections, type CardSections } from './cardSections.ts';
import { createRawView, type LineMoment } from './rawView.ts';
import { planChange, type Nothing, type PlannedChange, type RowAction } from './rowActions.ts';
import { layoutRow, placeDrafts, placeProblems, type RowLayout } from './rowLayout.ts';
import { problemList } from './problemList.ts';
import type { ShownRow } from './shownRow.ts';
import { countedTexts, createTokenCounter } from './tokenCounter.ts';
import type { UnitView } from './unitView.ts';

export interface CardHandlers {
  setText(row: ShownRow, path: JsonPath, text: string, form: TextForm, stroke: string): Promise<void>;
  keepDraft(row: ShownRow, path: JsonPath, text: string): Promise<void>;
  setLine(made: LineMoment, text: string, stroke: string): Promise<void>;
  /** A change that a button of the card asks for. */
  change(planned: PlannedChange): void;
  act(action: DatasetAction): void;
  fix(fix: CheckFix): void;
  sealed(): void;
  openText(): void;
  /** How many tokens texts have; undefined while nobody said whose. */
  countTokens(texts: string[], signal: AbortSignal): Promise<readonly number[] | undefined>;
}

export interface TokenCounts {
  chosen?: number;
  rejected?: number;
}

export interface Card {
  /** The part that scrolls; takes the focus when no text has it. */
  readonly element: HTMLElement;
  /** `row` is the same object for as long as the same row is shown. `blind`: the side that is A while nobody shall know which is which. */
  show(row: ShownRow, detail: RowDetail, fields: readonly FieldView[], readOnly: boolean, blind?: Side): void;
  /** How many tokens its sides have, where that is known. */
  showTokens(counts: TokenCounts | undefined): void;
  /** Another tokenizer was chosen. */
  countAgain(): void;
  /** No row, with a sentence why. */
  clear(text: string, ...actions: HTMLElement[]): void;
  /** Puts the cursor into the text that has the focus, else the first with a problem, else the last answer. */
  edit(): void;
  /** Moves the focus to the next or previous text. */
  move(direction: 1 | -1): void;
  /** What an action would do to the row as it is shown; why nothing, otherwise. */
  plan(action: RowAction): PlannedChange | Nothing;
  /** Where the focus goes when the row is shown as it is at this revision: what was typed before may be shown first. */
  focusAt(revision: number, focus: PlannedChange['focus']): void;
  changeRole(): void;
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
  const top = h('div', { class: 'sections' });
  const raw = createRawView({ send: handlers.setLine, sealed: handlers.sealed, openText: handlers.openText });
  // the JSON stays where it is while the rest is built anew: it may have the focus
  const inner = h('div', { class: 'inner' }, top, extra, raw.element);
  const element = h('div', { class: 'scroll', tabindex: -1, role: 'region', 'aria-label': t('Row') }, inner);
  const rest = h('section', { class: 'sect' });
  let sections: CardSections | undefined;
  let views: UnitView[] = [];
  let shape = '';
  let current = '';
  let wanted: { revision: number; focus: PlannedChange['focus'] } | undefined;
  let tokens: TokenCounts | undefined;
  const counter = createTokenCounter(handlers.countTokens, () => sections?.showTokens(tokens));
  let showsJson = json;
  let malformed = false;
  let blinded = false;
  let layout: RowLayout | undefined;
  let row: ShownRow = { row: -1, revision: 0, gone: true };

  const unitHandlers = {
    sendText: (into: ShownRow, unit: { path: JsonPath }, text: string, stroke: string) => handlers.setText(into, unit.path, text, 'text', stroke),
    send: (into: ShownRow, part: { path: JsonPath; form: TextForm }, text: string, stroke: string) => handlers.setText(into, part.path, text, part.form, stroke),
    keepDraft: (into: ShownRow, part: { path: JsonPath }, text: string) => handlers.keepDraft(into, part.path, text),
    sealed: handlers.sealed,
    fix: handlers.fix,
    tokensOf: counter.of,
    change: handlers.change,
    act(action: DatasetAction, unitId?: string) {
      if (unitId !== undefined) current = unitId;
      handlers.act(action);
    },
  };

  const update = (detail: RowDetail, readOnly: boolean) => {
    const placed = placeProblems(layout, detail.problems);
    if (layout) sections?.update(layout, row, placed.at, readOnly, tokens);
    rest.replaceChildren(...(placed.rest.length > 0 ? [h('div', { class: 'sect-h' }, h('h2', {}, t('Problems')), h('span', { class: 'badge' }, String(placed.rest.length))), problemList(placed.rest, readOnly ? undefined : handlers.fix)] : []));
    rest.hidden = placed.rest.length === 0;
    raw.update(detail, readOnly, malformed);
    showRaw();
    rove();
  };
  const showRaw = () => (raw.element.hidden = (!showsJson || blinded) && !malformed);

  /** One of the texts is a tab stop; arrows go to the others. */
  const rove = () => {
    if (!views.some(({ unit }) => unit.id === current)) current = firstChoice()?.unit.id ?? '';
    for (const view of views) view.setCurrent(view.unit.id === current);
  };
  const firstChoice = () => {
    const texts = views.filter(({ unit }) => !layout?.others.some(({ id }) => id === unit.id));
    return views.find((view) => view.element.classList.contains('bad')) ?? texts.findLast(({ unit }) => unit.text !== undefined) ?? texts.at(-1) ?? views[0];
  };
  const currentView = () => views.find(({ unit }) => unit.id === current);
  const goTo = (view: UnitView) => {
    view.element.focus({ preventScroll: true });
    view.element.scrollIntoView({ block: 'nearest' });
  };

  const leaveUnits = () => views.forEach((view) => view.leave());
  const leave = () => {
    leaveUnits();
    raw.leave();
  };

  inner.addEventListener('focusin', (event) => {
    const view = views.find((each) => each.element.contains(event.target as Node));
    if (!view || view.unit.id === current) return;
    current = view.unit.id;
    rove();
  });

  return {
    element,
    get json() {
      return showsJson;
    },
    show(nextRow, detail, fields, readOnly, blind) {
      if (nextRow !== row) {
        const typing = document.activeElement instanceof HTMLTextAreaElement && inner.contains(document.activeElement);
        leave();
        if (typing) element.focus({ preventScroll: true });
        row = nextRow;
        tokens = undefined;
        sections?.fold();
      }
      const laid = detail.cut ? undefined : layoutRow(detail.text, fields);
      if (laid) placeDrafts(laid, detail.drafts);
      layout = laid && blindLayout(laid, blind);
      blinded = layout !== laid;
      malformed = layout === undefined;
      const nextShape = layout ? shapeOf(layout) : '';
      if (nextShape !== shape) {
        shape = nextShape;
        const hadFocus = top.contains(document.activeElement);
        leaveUnits();
        sections = layout && createCardSections(layout, row, readOnly, unitHandlers);
        views = sections?.views ?? [];
        top.replaceChildren(...(sections?.elements ?? []), rest);
        if (hadFocus) element.focus({ preventScroll: true });
      }
      update(detail, readOnly);
      counter.want(layout ? countedTexts(layout) : []);
      const focus = wanted && detail.revision >= wanted.revision ? wanted.focus : undefined;
      const target = focus && views.find(({ unit }) => unit.id === focus.id);
      if (!target) return;
      wanted = undefined;
      goTo(target);
      if (focus.edit) target.edit();
    },
    showTokens(counts) {
      tokens = counts;
      sections?.showTokens(counts);
    },
    countAgain: counter.forget,
    clear(text, ...actions) {
      leave();
      counter.want([]);
      shape = '';
      views = [];
      sections = undefined;
      layout = undefined;
      raw.element.hidden = true;
      top.replaceChildren(h('div', { class: 'nothing' }, h('p', {}, text), ...actions));
    },
    edit() {
      const focused = views.find((view) => view.element === document.activeElement);
      const target = focused ?? (inner.contains(document.activeElement) ? currentView() : undefined) ?? firstChoice();
      if (target) target.edit();
      else raw.edit(() => this.toggleJson());
    },
    move(direction) {
      const seen = views.filter(({ element: { offsetParent } }) => offsetParent);
      const index = seen.findIndex(({ unit }) => unit.id === current);
      const focused = seen.some((view) => view.element === document.activeElement);
      const next = focused ? seen[index + direction] : seen[index];
      if (next) goTo(next);
    },
    plan: (action) => (layout ? planChange(action, layout, currentView()?.unit, currentView()?.caret) : 'no-turns'),
    focusAt(revision, focus) {
      wanted = { revision, focus };
    },
    changeRole: () => currentView()?.changeRole(),
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

/** What asks for other elements when it differs. */
function shapeOf({ sections, others }: RowLayout): string {
  const ids = (units: readonly { id: string }[]) => units.map(({ id }) => id);
  return JSON.stringify([sections.map(({ key, side, blind, turns, flag, units }) => [key, side, blind, turns !== undefined, flag !== undefined, ids(units)]), ids(others)]);
}
