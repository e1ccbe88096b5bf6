/** The sections of a card: texts, conversations, the two sides of a pair, marks, and the keys that the format does not know. */

import type { Problem } from '../../src/core/problem.ts';
import { visibleText } from '../../src/dataset/badText.ts';
import { datasetKeys, type DatasetAction } from '../../src/protocol/datasetKeys.ts';
import { t } from '../shared/connect.ts';
import { h, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import type { TokenCounts } from './card.ts';
import { createFlagChoice, sideMark } from './flagChoice.ts';
import { keyNames } from './keyNames.ts';
import { formatCount, formatDelta } from './numbers.ts';
import { drawText } from './readView.ts';
import { addTurn, type PlannedChange } from './rowActions.ts';
import type { RowLayout, Section, TurnList, Unit } from './rowLayout.ts';
import type { ShownRow } from './shownRow.ts';
import { compareSides, type SidesView } from './sides.ts';
import { roleClass } from './turnTools.ts';
import { createUnitView, type UnitHandlers, type UnitView } from './unitView.ts';
import type { Difference } from './wordDiff.ts';

export interface SectionHandlers extends Pick<UnitHandlers, 'send' | 'sendText' | 'keepDraft' | 'sealed' | 'fix'> {
  change(planned: PlannedChange): void;
  /** How many tokens a text on the card has; undefined while it is not known. */
  tokensOf(text: string): number | undefined;
  act(action: DatasetAction, unitId?: string): void;
}

export interface CardSections {
  readonly elements: HTMLElement[];
  /** In the order in which arrows go through them. */
  readonly views: UnitView[];
  /** A layout of the same shape. */
  update(layout: RowLayout, row: ShownRow, problems: ReadonlyMap<string, Problem[]>, readOnly: boolean, tokens: TokenCounts | undefined): void;
  showTokens(tokens: TokenCounts | undefined): void;
  /** Another row: what both sides share is shown once again. */
  fold(): void;
}

type Side = 'chosen' | 'rejected';

export function createCardSections(first: RowLayout, shown: ShownRow, readOnly: boolean, handlers: SectionHandlers): CardSections {
  let layout = first;
  let fixed = readOnly;
  let tokens: TokenCounts | undefined;
  let sidesView: SidesView | undefined;
  let unfolded = false;
  const blind = first.sections.some((section) => section.blind);
  const known = new Map<string, Difference>();
  const views: UnitView[] = [];
  /** What follows from the layout and is written again with each one. */
  const live: (() => void)[] = [];

  const now = (section: Section) => layout.sections.find(({ key }) => key === section.key) ?? section;
  const liveText = <E extends HTMLElement>(element: E, text: () => string): E => {
    live.push(() => setText(element, text()));
    return element;
  };
  const meta = (text: () => string) => liveText(h('span', { class: 'mut' }), text);
  /** Its name belongs to the format, which may be found while someone types here. */
  const heading = (section: Section, className = '') => liveText(h('h2', { class: className }), () => title(now(section)));
  const actionButton = (action: DatasetAction, ...content: (Node | string)[]) => {
    const title = t(datasetKeys[action].title);
    const button = h('button', { type: 'button', class: 'btn ghost', title, onclick: () => handlers.act(action) }, ...content, h('kbd', { 'aria-hidden': 'true' }, keyNames(action)[0] ?? ''));
    live.push(() => (button.hidden = fixed));
    return button;
  };

  const lengthOf = ({ text }: Unit) => {
    const count = text ? handlers.tokensOf(text) : undefined;
    return count === undefined ? '' : tokenCount(count);
  };
  const unitView = (unit: Unit, counts = false) => {
    const view = createUnitView(shown, unit, [], readOnly, {
      ...handlers,
      turn: (action) => handlers.act(action, unit.id),
      mark: (action) => handlers.act(action, unit.id),
      role: ({ rolePath: path }, role) => handlers.change({ op: { op: 'setRole', path, role }, focus: { id: unit.id, edit: false } }),
    });
    views.push(view);
    if (counts) live.push(() => view.setLength(lengthOf(view.unit)));
    return view.element;
  };
  const unitList = (section: Section) => h('div', { class: section.turns ? 'turns' : 'turns plain' }, ...section.units.map((unit) => unitView(unit, section.turns && !section.blind)), section.turns && addTurnBar(section, section.turns));

  /** A conversation may go on with anyone; a prompt or an answer of a few turns with whoever is next. */
  const addTurnBar = (section: Section, list: TurnList) => {
    const add = (label: string, role?: string) =>
      h('button', { type: 'button', class: 'chip', onclick: () => handlers.change(addTurn(now(section).turns ?? list, now(section).units, now(section).units.length - 1, role)) }, icon('plus', 'small'), label);
    const key = h('kbd', { 'aria-hidden': 'true' }, keyNames('addTurn')[0]!);
    const choices = section.side === undefined && first.sections.length === 1 ? [h('span', { class: 'mut' }, t('Add turn')), key, ...(['user', 'assistant', 'tool', 'system'] as const).flatMap((speaker) => (list.words[speaker] === undefined ? [] : [add(speaker === 'tool' ? t('tool result') : list.words[speaker], list.words[speaker])]))] : [add(t('Add turn')), key];
    const bar = h('div', { class: 'add-turn', role: 'group', 'aria-label': t('Add turn') }, ...choices);
    live.push(() => (bar.hidden = fixed));
    return bar;
  };

  const plainSection = (section: Section) =>
    h('section', { class: 'sect', 'aria-label': title(section) }, h('div', { class: 'sect-h' }, heading(section), meta(() => sectionFacts(now(section), handlers.tokensOf))), unitList(section));

  const markSection = (section: Section) => {
    const choice = createFlagChoice(title(section), (action) => handlers.act(action));
    live.push(() => choice.update(now(section).flag?.value, fixed));
    return h('section', { class: 'sect', 'aria-label': title(section) }, h('div', { class: 'sect-h' }, heading(section), choice.element));
  };

  const answer = (section: Section, side: Side) => {
    const fill = h('i', {});
    const copy = h('button', { type: 'button', class: 'icon-btn', title: `${t(datasetKeys.copyAcross.title)} (${keyNames('copyAcross')[0]})`, 'aria-label': t(datasetKeys.copyAcross.title), onclick: () => handlers.act('copyAcross', now(section).units[0]?.id ?? section.key) }, icon('toOther', side === 'rejected' ? 'flip' : ''));
    const foldText = h('span', {});
    const unfold = h('button', { type: 'button', class: 'btn link fold', onclick: () => ((unfolded = true), refresh()) }, icon('down', 'small'), foldText);
    live.push(() => {
      copy.hidden = fixed || blind;
      const turns = sidesView?.shared && 'turns' in sidesView.shared ? sidesView.shared.turns.length : 0;
      unfold.hidden = unfolded || turns === 0;
      setText(foldText, turns === 1 ? t('One turn of the prompt, the same in both') : t('{0} turns of the prompt, the same in both', turns));
      const own = views.filter(({ unit }) => section.units.some(({ id }) => id === unit.id));
      own.forEach((view, i) => (view.element.hidden = !unfolded && i < turns));
      fill.style.width = `${lengths().share[side] * 100}%`;
    });
    return h(
      'article',
      { class: blind ? 'ans' : `ans ${side}`, 'aria-label': title(section) },
      h('header', {}, !blind && h('span', { class: 'letter' }, side === 'chosen' ? 'A' : 'B'), !blind && sideMark(side), heading(section, 'verdict'), h('span', { class: 'grow' }), copy),
      unfold,
      unitList(section),
      !blind && h('footer', {}, meta(() => lengths().words[side]), h('span', { class: 'length-bar', 'aria-hidden': 'true' }, fill), meta(() => lengths().difference[side])),
    );
  };

  /** How long the sides are, in tokens where they are known and in characters. */
  const lengths = () => {
    const chars = (side: Side) => layout.sections.find((section) => section.side === side)?.chars ?? 0;
    const inTokens = tokens?.chosen !== undefined && tokens.rejected !== undefined;
    const count = (side: Side) => (inTokens ? tokens![side]! : chars(side));
    const words = (side: Side) => (inTokens ? `${tokenCount(count(side))} · ${characters(chars(side))}` : characters(chars(side)));
    const difference = (side: Side) => {
      const [own, other] = side === 'chosen' ? [count('chosen'), count('rejected')] : [count('rejected'), count('chosen')];
      if (own === other) return t('as long as the other');
      const percent = other === 0 ? '' : ` (${formatDelta(Math.round((100 * (own - other)) / other))} %)`;
      return `${inTokens ? t('{0} tokens', formatDelta(own - other)) : t('{0} characters', formatDelta(own - other))}${percent}`;
    };
    const most = Math.max(1, count('chosen'), count('rejected'));
    const both = <T>(make: (side: Side) => T) => ({ chosen: make('chosen'), rejected: make('rejected') });
    return { words: both(words), difference: both(difference), share: both((side) => count(side) / most) };
  };

  const differences = () => (sidesView?.unlike ? t('too little in common for differences to be marked') : sidesView?.coarse ? t('differences by line: the texts are long') : t('differences by word'));
  const pair = (sides: readonly Section[]) => {
    const legend = h('span', { class: 'legend' }, h('span', { class: 'only chosen' }, t('only in chosen')), h('span', { class: 'only rejected' }, t('only in rejected')));
    live.push(() => (legend.hidden = blind || (sidesView?.unlike ?? true)));
    const swap = actionButton('swapAnswers', icon('swap'), t('Swap'));
    return h(
      'section',
      { class: blind ? 'sect is-blind' : 'sect', 'aria-label': t('Answers') },
      h('div', { class: 'sect-h' }, h('h2', {}, t('Answers')), meta(() => (blind ? t('the order is drawn for each row; lengths are hidden') : differences())), h('span', { class: 'grow' }), legend, !blind && swap),
      h('div', { class: 'pair' }, ...sides.map((side) => answer(side, side.side!))),
    );
  };

  /** Where the prompt has no key of its own: what both sides begin with, to be read. */
  const sharedPrompt = () => {
    const body = h('div', { class: 'turns plain' });
    const facts = h('span', { class: 'mut' }, t('the same in both answers, edited there'));
    const element = h('section', { class: 'sect', 'aria-label': t('Prompt') }, h('div', { class: 'sect-h' }, h('h2', {}, t('Prompt')), facts), body);
    live.push(() => {
      const shared = sidesView?.shared;
      element.hidden = !shared;
      if (!shared) return;
      const texts = 'text' in shared ? [{ role: undefined, speaker: '', text: shared.text.replace(/^\n+|\n+$/g, '') }] : shared.turns.map(({ label, turn, text, parts }) => ({ role: label, speaker: turn?.speaker ?? '', text: text ?? parts.map(({ source }) => source).join('\n') }));
      body.classList.toggle('plain', 'text' in shared);
      body.replaceChildren(
        ...texts.map(({ role, speaker, text }) => {
          const read = h('div', { class: 'read' });
          drawText(read, text, undefined, () => undefined);
          return h('div', { class: 'unit fixed' }, role !== undefined && h('div', { class: 'who' }, h('span', { class: `role ${roleClass(speaker)}` }, h('em', {}, visibleText(role)))), h('div', { class: 'unit-body' }, read));
        }),
      );
    });
    return element;
  };

  const otherKeys = (others: readonly Unit[], alone: boolean) => {
    const title = alone ? t('Keys of the row') : t('Other keys');
    const rows = others.map((unit) => h('div', { class: 'keyed' }, h('div', { class: 'key mono' }, visibleText(unit.label)), unitView(unit)));
    return h('section', { class: 'sect', 'aria-label': title }, h('div', { class: 'sect-h' }, h('h2', {}, title)), h('div', { class: 'turns plain table' }, ...rows));
  };

  const elements: HTMLElement[] = [];
  const sides = first.sections.filter(({ side }) => side !== undefined);
  for (const section of first.sections) {
    if (section.flag) elements.push(markSection(section));
    else if (section.side === undefined) elements.push(plainSection(section));
    else if (section === sides[0]) elements.push(...(first.sections.length === sides.length ? [sharedPrompt()] : []), pair(sides));
  }
  if (first.others.length > 0) elements.push(otherKeys(first.others, first.sections.length === 0));

  const refresh = () => {
    for (const write of live) write();
  };

  return {
    elements,
    views,
    update(next, row, problems, nextReadOnly, counts) {
      layout = next;
      fixed = nextReadOnly;
      tokens = counts;
      sidesView = compareSides(layout, known);
      const units = [...layout.sections.flatMap((section) => section.units), ...layout.others];
      for (const [i, view] of views.entries()) {
        const unit = units[i]!;
        view.update(row, unit, problems.get(unit.id) ?? [], fixed);
        view.mark(sidesView?.marks.get(unit.id));
      }
      refresh();
    },
    showTokens(counts) {
      tokens = counts;
      refresh();
    },
    fold() {
      unfolded = false;
    },
  };
}

/** The format's name for it, in the person's language; of a key that no format has, the key. */
function title({ key, label }: Section): string {
  return label === key ? visibleText(key) : t(label);
}

function sectionFacts(section: Section, tokensOf: (text: string) => number | undefined): string {
  if (section.turns) return section.units.length === 1 ? t('one turn') : t('{0} turns', formatCount(section.units.length));
  if (section.units.length > 1) return '';
  const [unit] = section.units;
  if (unit?.text === undefined) return '';
  if (unit.absent) return t('not in this row yet');
  const tokens = tokensOf(unit.text);
  return tokens === undefined ? characters(section.chars) : `${tokenCount(tokens)} · ${characters(section.chars)}`;
}

function characters(count: number): string {
  return count === 1 ? t('1 character') : t('{0} characters', formatCount(count));
}

function tokenCount(count: number): string {
  return count === 1 ? t('1 token') : t('{0} tokens', formatCount(count));
}
