/** Chords that VS Code handles. Plain letters are the webviews' own business: VS Code cannot tell that a field in them has the focus. */

import type { CommandId } from './commands.ts';

export interface Keybinding {
  command: CommandId;
  key: string;
  mac?: string;
  when: string;
}

const datasetEditor = 'activeCustomEditorId == posttrain.dataset';

export const keybindings: readonly Keybinding[] = [{ command: 'posttrain.dataset.goToRow', key: 'ctrl+g', when: datasetEditor }];
