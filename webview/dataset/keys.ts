/** The keys of the dataset editor: what each one does, when it counts, and the list of them that `?` opens. */

import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';

export type KeyAction =
  | 'next' | 'previous' | 'goTo' | 'nextProblem' | 'previousProblem' | 'switchPane' | 'moveDown' | 'moveUp'
  | 'edit' | 'undo' | 'duplicate' | 'insert' | 'delete' | 'json' | 'tokens' | 'keys';

/** Plain letters count outside text fields only; function keys count everywhere in the editor. */
const plain: Record<string, KeyAction> = { n: 'next', p: 'previous', g: 'goTo', e: 'edit', u: 'undo', d: 'duplicate', i: 'insert', j: 'json', l: 'tokens', '?': 'keys' };

/** What a key means here; undefined: not ours, VS Code gets it. */
export function keyAction(event: KeyboardEvent, where: { inField: boolean; inList: boolean; inCard: boolean }): KeyAction | undefined {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === 'F8') return event.shiftKey ? 'previousProblem' : 'nextProblem';
  if (event.key === 'F6') return 'switchPane';
  if (where.inField) return undefined;
  // by the letter, not by the place of the key, so that it is the one on the list whatever the layout
  if (event.key.length === 1 && (!event.shiftKey || event.key === '?')) return plain[event.key.toLowerCase()];
  if (event.shiftKey) return undefined;
  if (event.key === 'Delete' && where.inList) return 'delete';
  if (where.inCard && event.target instanceof HTMLElement && (event.target.classList.contains('unit') || event.target.classList.contains('scroll'))) {
    if (event.key === 'Enter') return 'edit';
    if (event.target.classList.contains('unit') && event.key === 'ArrowDown') return 'moveDown';
    if (event.target.classList.contains('unit') && event.key === 'ArrowUp') return 'moveUp';
  }
  return undefined;
}

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
const undoKey = mac ? '⌘Z' : 'Ctrl+Z';
const redoKey = mac ? '⇧⌘Z' : 'Ctrl+Y';

const groups = (): [string, [string, string[]][]][] => [
  [
    t('Move'),
    [
      [t('Next / previous row'), ['N', 'P']],
      [t('Next / previous problem'), ['F8', mac ? '⇧F8' : 'Shift+F8']],
      [t('Go to row…'), ['G']],
      [t('List ↔ card'), ['F6']],
      [t('Next / previous text in the card'), ['↓', '↑']],
    ],
  ],
  [
    t('Edit'),
    [
      [t('Edit the text'), ['E']],
      [t('Leave the text, keep it'), ['Esc']],
      [t('Insert an empty row'), ['I']],
      [t('Duplicate the row'), ['D']],
      [t('Delete the row (in the list)'), [mac ? '⌦' : 'Del']],
      [t('Undo / redo'), [undoKey, redoKey]],
      [t('Undo, one key'), ['U']],
    ],
  ],
  [
    t('View'),
    [
      [t('JSON of the row'), ['J']],
      [t('Tokens of the row'), ['L']],
      [t('This list'), ['?']],
    ],
  ],
];

export interface KeysDialog {
  toggle(): void;
}

/** Focus goes into the dialog and back to where it was. */
export function createKeysDialog(): KeysDialog {
  let before: Element | null = null;
  const close = h('button', { class: 'icon-btn', 'aria-label': t('Close'), title: t('Close') }, icon('close'));
  const dialog = h(
    'div',
    { class: 'dialog keys', role: 'dialog', 'aria-modal': 'true', 'aria-label': t('Keys') },
    h('header', {}, h('h2', { class: 'grow' }, t('Keys')), close),
    h(
      'div',
      { class: 'cols' },
      ...groups().map(([title, keys]) =>
        h('section', {}, h('h3', {}, title), h('dl', {}, ...keys.map(([what, names]) => h('div', {}, h('dt', {}, what), h('dd', {}, ...names.map((name) => h('kbd', {}, name))))))),
      ),
    ),
    h('footer', {}, t('Single keys work while no text has the cursor. In a text, {0} undoes typing.', undoKey)),
  );
  const overlay = h('div', { class: 'overlay', hidden: true }, dialog);
  document.body.append(overlay);
  const hide = () => {
    overlay.hidden = true;
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  close.addEventListener('click', hide);
  overlay.addEventListener('mousedown', (event) => {
    if (event.target === overlay) hide();
  });
  overlay.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === '?') {
      event.preventDefault();
      hide();
    } else if (event.key === 'Tab') {
      event.preventDefault(); // the close button is all there is
    }
  });
  return {
    toggle() {
      if (!overlay.hidden) return hide();
      before = document.activeElement;
      overlay.hidden = false;
      close.focus();
    },
  };
}
