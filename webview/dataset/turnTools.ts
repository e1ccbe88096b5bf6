/** Who speaks in a turn, as a choice, and the buttons for what can be done with it. */

import { visibleText } from '../../src/dataset/badText.ts';
import { roles } from '../../src/dataset/formats/conversation.ts';
import { datasetKeys } from '../../src/protocol/datasetKeys.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon, type IconName } from '../shared/icons.ts';
import { keyNames } from './keyNames.ts';
import type { TurnPlace } from './rowLayout.ts';

export type TurnAction = 'addTurn' | 'deleteTurn' | 'moveTurnUp' | 'moveTurnDown' | 'splitTurn';

export interface TurnTools {
  readonly who: HTMLElement;
  readonly actions: HTMLElement;
  update(turn: TurnPlace, splits: boolean, readOnly: boolean): void;
  /** Only the buttons of one turn are tab stops. */
  setCurrent(current: boolean): void;
  openRoles(): void;
}

/** The look of who speaks, by what the role means. */
export function roleClass(speaker: string): string {
  return (roles as readonly string[]).includes(speaker) ? speaker : 'other';
}

const buttons: readonly (readonly [TurnAction, IconName])[] = [['moveTurnUp', 'up'], ['moveTurnDown', 'down'], ['splitTurn', 'split'], ['addTurn', 'plus'], ['deleteTurn', 'trash']];

export function createTurnTools(first: TurnPlace, handlers: { role(role: string): void; act(action: TurnAction): void }): TurnTools {
  const select = h('select', { tabindex: -1 });
  const chip = h('span', { class: 'role' }, select);
  const act = Object.fromEntries(
    buttons.map(([action, name]) => {
      const title = `${t(datasetKeys[action].title)} (${keyNames(action).join(', ')})`;
      // the cursor stays in the text: the turn is split where it is
      return [action, h('button', { type: 'button', class: 'icon-btn tiny', tabindex: -1, title, 'aria-label': title, onmousedown: (event: MouseEvent) => event.preventDefault(), onclick: () => handlers.act(action) }, icon(name, 'small'))];
    }),
  ) as Record<TurnAction, HTMLButtonElement>;
  let offered = '';
  select.addEventListener('change', () => handlers.role(select.value));
  const actions = h('div', { class: 'turn-acts', role: 'toolbar', 'aria-label': t('Turn') }, ...buttons.map(([action]) => act[action]));
  const tools: TurnTools = {
    who: h('div', { class: 'who' }, chip),
    actions,
    update(turn, splits, readOnly) {
      const offers = turn.choices.join('\n');
      // an open choice is not built anew
      if (offers !== offered) select.replaceChildren(...turn.choices.map((role) => h('option', { value: role }, role === '' ? t('no role') : visibleText(role))));
      offered = offers;
      if (select.value !== turn.role) select.value = turn.role;
      select.disabled = readOnly;
      select.setAttribute('aria-label', t('Role of turn {0}', turn.index + 1));
      chip.className = `role ${roleClass(turn.speaker)}`;
      actions.hidden = readOnly || !turn.list;
      act.moveTurnUp.disabled = turn.index === 0;
      act.moveTurnDown.disabled = turn.index === turn.count - 1;
      act.splitTurn.disabled = !splits;
    },
    setCurrent(current) {
      for (const stop of [select, ...Object.values(act)]) stop.tabIndex = current ? 0 : -1;
    },
    openRoles() {
      if (select.disabled) return;
      select.focus();
      try {
        select.showPicker();
      } catch {
        // not at a key of the person's own, or not in this browser: the focus is there, and Space opens it
      }
    },
  };
  tools.update(first, true, false);
  return tools;
}
