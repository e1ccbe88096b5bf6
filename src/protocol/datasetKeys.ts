/** What can be done in the dataset editor, and by which keys: the one table behind its key list, its plain letters and VS Code's keybindings. */

import type { RowCommand, ViewCommand } from './datasetView.ts';

/** Each but `undo`, which is VS Code's own, is the command `posttrain.dataset.…` as well. */
export type DatasetAction = RowCommand | ViewCommand | 'goToRow' | 'undo';

export type ActionGroup = 'move' | 'edit' | 'turns' | 'answers' | 'view';

export interface ActionKeys {
  group: ActionGroup;
  /** As on the key list, in English. */
  title: string;
  /** A key without Ctrl, Alt or Cmd: counts outside text fields only, so it needs no chord. By the letter, whatever the layout. */
  plain?: string;
  /** Where the plain key counts; everywhere outside fields by default. `unit`: on a text or turn of the card. */
  within?: 'list' | 'unit';
  /** A keybinding of VS Code's: counts in text fields too, and everyone can change it. */
  chord?: string;
  macChord?: string;
}

export const datasetKeys: Readonly<Record<DatasetAction, ActionKeys>> = {
  nextRow: { group: 'move', title: 'Next row', plain: 'n', chord: 'alt+pagedown' },
  previousRow: { group: 'move', title: 'Previous row', plain: 'p', chord: 'alt+pageup' },
  nextProblem: { group: 'move', title: 'Next row with a problem', chord: 'f8' },
  previousProblem: { group: 'move', title: 'Previous row with a problem', chord: 'shift+f8' },
  goToRow: { group: 'move', title: 'Go to row…', plain: 'g', chord: 'ctrl+g' },
  find: { group: 'move', title: 'Find rows', plain: '/', chord: 'ctrl+f', macChord: 'cmd+f' },
  nextUnlabelled: { group: 'move', title: 'Next row without a label', plain: 'o', chord: 'ctrl+alt+pagedown', macChord: 'cmd+alt+pagedown' },
  switchPane: { group: 'move', title: 'List ↔ card', chord: 'f6' },

  editText: { group: 'edit', title: 'Edit the text', plain: 'e' },
  insertRow: { group: 'edit', title: 'Insert an empty row', plain: 'i', chord: 'ctrl+enter', macChord: 'cmd+enter' },
  duplicateRow: { group: 'edit', title: 'Duplicate the row', plain: 'd', chord: 'shift+alt+down' },
  deleteRow: { group: 'edit', title: 'Delete the row (in the list)', plain: 'Delete', within: 'list', chord: 'ctrl+shift+k', macChord: 'cmd+shift+k' },
  replace: { group: 'edit', title: 'Replace in rows', chord: 'ctrl+h', macChord: 'alt+cmd+f' },
  undo: { group: 'edit', title: 'Undo, one key', plain: 'u' },

  addTurn: { group: 'turns', title: 'Add a turn after this one', plain: 'a', chord: 'ctrl+shift+enter', macChord: 'cmd+shift+enter' },
  moveTurnUp: { group: 'turns', title: 'Move the turn up', chord: 'alt+up' },
  moveTurnDown: { group: 'turns', title: 'Move the turn down', chord: 'alt+down' },
  splitTurn: { group: 'turns', title: 'Split the turn at the cursor', chord: 'ctrl+alt+enter', macChord: 'cmd+alt+enter' },
  changeRole: { group: 'turns', title: 'Change its role', plain: 'r' },
  deleteTurn: { group: 'turns', title: 'Delete the turn', plain: 'Backspace', within: 'unit', chord: 'ctrl+alt+backspace', macChord: 'cmd+alt+backspace' },

  swapAnswers: { group: 'answers', title: 'Swap chosen and rejected', plain: 's' },
  copyAcross: { group: 'answers', title: 'Copy this answer to the other side', plain: 'c' },
  markGood: { group: 'answers', title: 'Choose A, or mark as good', plain: '1' },
  markBad: { group: 'answers', title: 'Choose B, or mark as bad', plain: '2' },

  tie: { group: 'answers', title: 'Tie', plain: 't' },
  skipRow: { group: 'answers', title: 'Skip the row', plain: 'k' },
  editLabels: { group: 'answers', title: 'Labels of the row', plain: 'f' },
  editNote: { group: 'answers', title: 'Note on the row', plain: 'm' },

  toggleBlind: { group: 'view', title: 'Blind A/B: hide which answer the file prefers', plain: 'b' },
  toggleJson: { group: 'view', title: 'JSON of the row', plain: 'j' },
  toggleTokens: { group: 'view', title: 'Tokens of the row', plain: 'l' },
  showKeys: { group: 'view', title: 'This list', plain: '?' },
};

export const datasetActions = Object.keys(datasetKeys) as DatasetAction[];
