/** Chords that VS Code handles. Plain letters are the webviews' own business: VS Code cannot tell that a field in them has the focus. */

import type { CommandId } from './commands.ts';

export interface Keybinding {
  command: CommandId;
  key: string;
  mac?: string;
  when: string;
}

export const keybindings: readonly Keybinding[] = [];
