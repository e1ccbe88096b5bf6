/** Keys as they are written on keyboards: `⌥↑` on a Mac, `Alt+↑` elsewhere. */

import { datasetKeys, type DatasetAction } from '../../src/protocol/datasetKeys.ts';

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
const macSigns: Readonly<Record<string, string>> = { ctrl: '⌃', cmd: '⌘', alt: '⌥', shift: '⇧', enter: '⏎', backspace: '⌫', delete: '⌦' };
const signs: Readonly<Record<string, string>> = { up: '↑', down: '↓', pageup: 'PgUp', pagedown: 'PgDn', delete: 'Del' };

/** `ctrl+shift+k` or `Backspace` for people. */
export function keyName(chord: string): string {
  const parts = chord.toLowerCase().split('+').map((part) => (mac ? macSigns[part] : undefined) ?? signs[part] ?? part[0]!.toUpperCase() + part.slice(1));
  return parts.join(mac ? '' : '+');
}

/** The plain key first, then the chord that VS Code has for it unless someone changed it. */
export function keyNames(action: DatasetAction): string[] {
  const { plain, chord, macChord } = datasetKeys[action];
  return [plain, mac ? (macChord ?? chord) : chord].filter((key) => key !== undefined).map(keyName);
}

export const undoName = keyName(mac ? 'cmd+z' : 'ctrl+z');
export const redoName = keyName(mac ? 'shift+cmd+z' : 'ctrl+y');
