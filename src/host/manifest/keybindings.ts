/** Chords that VS Code handles. Plain letters are the webviews' own business: VS Code cannot tell that a field in them has the focus. */

import type { CommandId } from './commands.ts';

export interface Keybinding {
  command: CommandId;
  key: string;
  mac?: string;
  when: string;
}

const datasetEditor = 'activeCustomEditorId == posttrain.dataset';

// those of the text editor for lines
export const keybindings: readonly Keybinding[] = [
  { command: 'posttrain.dataset.goToRow', key: 'ctrl+g', when: datasetEditor },
  { command: 'posttrain.dataset.insertRow', key: 'ctrl+enter', mac: 'cmd+enter', when: datasetEditor },
  { command: 'posttrain.dataset.duplicateRow', key: 'shift+alt+down', when: datasetEditor },
  { command: 'posttrain.dataset.deleteRow', key: 'ctrl+shift+k', mac: 'cmd+shift+k', when: datasetEditor },
];
