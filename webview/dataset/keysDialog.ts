/** The list of all keys that `?` opens: searchable, with the way to change them. */

import { datasetActions, datasetKeys, type ActionGroup } from '../../src/protocol/datasetKeys.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { keyNames, redoName, undoName } from './keyNames.ts';

const groupTitles = (): [ActionGroup, string][] => [
  ['move', t('Move')],
  ['edit', t('Edit')],
  ['turns', t('Turns')],
  ['answers', t('Answers')],
  ['view', t('View')],
];

/** Keys that are no actions of the editor: the browser's, VS Code's and those of lists. */
const more = (group: ActionGroup): [string, string[]][] => {
  if (group === 'move') return [[t('Next / previous text in the card'), ['↓', '↑']]];
  if (group === 'edit') return [[t('Leave the text, keep it'), ['Esc']], [t('Undo / redo'), [undoName, redoName]]];
  if (group === 'view') return [[t('Width of a column or of the list, at its edge'), ['←', '→']]];
  return [];
};

export interface KeysDialog {
  toggle(): void;
}

/** Focus goes into the dialog and back to where it was. `change` opens VS Code's keyboard settings. */
export function createKeysDialog(change: () => void): KeysDialog {
  let before: Element | null = null;
  const close = h('button', { class: 'icon-btn', 'aria-label': t('Close'), title: t('Close') }, icon('close'));
  const changeKeys = h('button', { class: 'btn link', onclick: () => (hide(), change()) }, t('Change keys…'));
  const search = h('input', { type: 'search', class: 'keys-find grow', placeholder: t('Find a key or what it does'), 'aria-label': t('Find a key or what it does') });
  const entry = (what: string, names: string[]) => h('div', { class: 'key-entry' }, h('dt', {}, what), h('dd', {}, ...names.map((name) => h('kbd', {}, name))));
  const sections = groupTitles().map(([group, title]) => {
    const actions = datasetActions.filter((action) => datasetKeys[action].group === group);
    return h('section', {}, h('h3', {}, title), h('dl', {}, ...actions.map((action) => entry(t(datasetKeys[action].title), keyNames(action))), ...more(group).map(([what, names]) => entry(what, names))));
  });
  const dialog = h(
    'div',
    { class: 'dialog keys', role: 'dialog', 'aria-modal': 'true', 'aria-label': t('Keys') },
    h('header', {}, h('h2', {}, t('Keys')), search, close),
    h('div', { class: 'cols' }, ...sections),
    h('footer', {}, t('Single keys work while no text has the cursor. In a text, {0} undoes typing. Chords can be changed:', undoName), ' ', changeKeys),
  );
  const overlay = h('div', { class: 'overlay', hidden: true }, dialog);
  document.body.append(overlay);
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const section of sections) {
      for (const one of section.querySelectorAll<HTMLElement>('.key-entry')) one.hidden = !one.textContent.toLowerCase().includes(wanted);
      section.hidden = !section.querySelector('.key-entry:not([hidden])');
    }
  };
  const hide = () => {
    overlay.hidden = true;
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  close.addEventListener('click', hide);
  search.addEventListener('input', filter);
  overlay.addEventListener('mousedown', (event) => {
    if (event.target === overlay) hide();
  });
  overlay.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const stops: HTMLElement[] = [search, close, changeKeys];
    if (event.key === 'Escape' || (event.key === '?' && search.value === '')) {
      event.preventDefault();
      hide();
    } else if (event.key === 'Tab') {
      event.preventDefault();
      const at = stops.indexOf(document.activeElement as HTMLElement) + (event.shiftKey ? -1 : 1);
      stops.at(at % stops.length)?.focus();
    }
  });
  return {
    toggle() {
      if (!overlay.hidden) return hide();
      before = document.activeElement;
      overlay.hidden = false;
      search.value = '';
      filter();
      search.focus();
    },
  };
}

