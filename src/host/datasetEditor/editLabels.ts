/** What an edit is called in VS Code's undo list. */

import { l10n } from 'vscode';
import type { JsonPath } from '../../dataset/jsonEdit.ts';
import type { RowOp } from '../../dataset/rowOps.ts';

/** `messages.1.content` is what a person calls turn 2; a key is its own name. */
export function fieldName(path: JsonPath): string {
  const turn = path.find((step) => typeof step === 'number');
  if (turn === undefined) return path.join('.');
  const key = String(path[0]);
  return key === 'messages' ? l10n.t('turn {0}', turn + 1) : l10n.t('{0}, turn {1},', key, turn + 1);
}

/** `number`: the row's, from 1. */
export function changeLabel(op: RowOp, number: number): string {
  switch (op.op) {
    case 'addTurn':
      return l10n.t('Add turn {0} to row {1}', op.index + 1, number);
    case 'deleteTurn':
      return l10n.t('Delete turn {0} of row {1}', op.index + 1, number);
    case 'moveTurn':
      return l10n.t('Move turn {0} of row {1}', op.index + 1, number);
    case 'splitTurn':
      return l10n.t('Split turn {0} of row {1}', op.index + 1, number);
    case 'setRole':
      return l10n.t('Change a role in row {0}', number);
    case 'swap':
      return l10n.t('Swap the answers of row {0}', number);
    case 'copy':
      return l10n.t('Copy {0} to {1} in row {2}', op.from, op.to, number);
    case 'setFlag':
      return l10n.t('Mark row {0}', number);
  }
}
