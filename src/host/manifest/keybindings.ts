/** Chords that VS Code handles. Plain letters are the webviews' own business: VS Code cannot tell that a field in them has the focus. */

import { datasetActions, datasetKeys } from '../../protocol/datasetKeys.ts';
import type { CommandId } from './commands.ts';

export interface Keybinding {
  command: CommandId;
  key: string;
  mac?: string;
  when: string;
}

/** The editor stays the active one while a tree, the terminal or an input box has the focus. */
const inDatasetEditor = 'activeCustomEditorId == posttrain.dataset && !sideBarFocus && !panelFocus && !auxiliaryBarFocus && !inQuickOpen';

export const keybindings: readonly Keybinding[] = datasetActions.flatMap((action) => {
  const { chord, macChord } = datasetKeys[action];
  if (chord === undefined || action === 'undo') return [];
  return [{ command: `posttrain.dataset.${action}` as const, key: chord, ...(macChord === undefined ? {} : { mac: macChord }), when: inDatasetEditor }];
});
