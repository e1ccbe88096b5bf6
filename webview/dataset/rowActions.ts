/** What an action means for the row on the card: the operation, and where the focus goes then. No DOM. */

import type { RowOp } from '../../src/dataset/rowOps.ts';
import { nextRole, type RowLayout, type TurnList, type Unit } from './rowLayout.ts';

export type RowAction = 'addTurn' | 'deleteTurn' | 'moveTurnUp' | 'moveTurnDown' | 'splitTurn' | 'swapAnswers' | 'copyAcross' | 'markGood' | 'markBad';

export interface PlannedChange {
  op: RowOp;
  /** The unit that gets the focus, if there is one of that id, and whether its text is edited at once. */
  focus?: { id: string; edit: boolean };
}

/** `current`: what has the focus, or had it last; `caret`: where in its text. A sentence where there is nothing to be done. */
export function planChange(action: RowAction, layout: RowLayout, current: Unit | undefined, caret: number | undefined): PlannedChange | Nothing {
  const turn = current?.turn;
  switch (action) {
    case 'addTurn': {
      const section = layout.sections.find(({ turns, units }) => turns && (turn === undefined || units.some(({ id }) => id === current?.id)));
      return section?.turns ? addTurn(section.turns, section.units, turn?.index ?? section.units.length - 1) : 'no-turns';
    }
    case 'deleteTurn':
      return turn?.list ? { op: { op: 'deleteTurn', path: turn.list.path, index: turn.index }, focus: { id: turnId(turn.list, Math.max(0, Math.min(turn.index, turn.count - 2))), edit: false } } : 'no-turn';
    case 'moveTurnUp':
    case 'moveTurnDown': {
      if (!turn?.list) return 'no-turn';
      const to = turn.index + (action === 'moveTurnUp' ? -1 : 1);
      return to < 0 || to >= turn.count ? 'at-the-end' : { op: { op: 'moveTurn', path: turn.list.path, index: turn.index, to }, focus: { id: turnId(turn.list, to), edit: false } };
    }
    case 'splitTurn':
      if (!turn?.list || current?.text === undefined) return 'no-turn';
      return caret === undefined ? 'no-cursor' : { op: { op: 'splitTurn', path: turn.list.path, index: turn.index, at: caret, content: turn.list.names.content }, focus: { id: turnId(turn.list, turn.index + 1), edit: false } };
    case 'swapAnswers': {
      const keys = sideKeys(layout);
      return keys ? { op: { op: 'swap', keys } } : 'no-sides';
    }
    case 'copyAcross': {
      const keys = sideKeys(layout);
      const from = keys?.find((key) => key === current?.path[0]);
      if (!keys) return 'no-sides';
      return from === undefined ? 'no-side' : { op: { op: 'copy', from, to: keys[0] === from ? keys[1] : keys[0] } };
    }
    case 'markGood':
    case 'markBad': {
      const value = action === 'markGood';
      const whole = layout.sections.find((section) => section.flag);
      const flag = current?.flag ?? (whole && { path: [whole.key], value: whole.flag!.value });
      if (!flag) return 'no-flag';
      return flag.value === value ? 'already' : { op: { op: 'setFlag', path: flag.path, value } };
    }
  }
}

export type Nothing = 'no-turns' | 'no-turn' | 'at-the-end' | 'no-cursor' | 'no-sides' | 'no-side' | 'no-flag' | 'already';

/** After the turn `index` of these. */
export function addTurn(list: TurnList, units: readonly Unit[], index: number, role = nextRole(list, units[index])): PlannedChange {
  return { op: { op: 'addTurn', path: list.path, index: index + 1, role, names: { role: list.names.role, content: list.names.content } }, focus: { id: turnId(list, index + 1), edit: true } };
}

function turnId(list: TurnList, index: number): string {
  return [...list.path, index].join('.');
}

function sideKeys(layout: RowLayout): [string, string] | undefined {
  const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) => layout.sections.find((section) => section.side === side)?.key);
  return chosen === undefined || rejected === undefined ? undefined : [chosen, rejected];
}
