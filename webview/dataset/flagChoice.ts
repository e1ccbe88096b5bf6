/** Good or bad, as two buttons of which one is pressed or none; and the signs of the two, never by colour alone. */

import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { keyNames } from './keyNames.ts';

export interface FlagChoice {
  readonly element: HTMLElement;
  update(value: boolean | undefined, readOnly: boolean): void;
}

export function createFlagChoice(name: string, mark: (action: 'markGood' | 'markBad') => void): FlagChoice {
  const choice = (action: 'markGood' | 'markBad', label: string) =>
    h('button', { type: 'button', title: t('Mark as {0}', label), 'data-mark': String(action === 'markGood'), onclick: () => mark(action) }, sideMark(action === 'markGood' ? 'chosen' : 'rejected'), label, h('kbd', { 'aria-hidden': 'true' }, keyNames(action)[0]!));
  const choices = [choice('markGood', t('good (true)')), choice('markBad', t('bad (false)'))];
  return {
    element: h('span', { class: 'segments', role: 'group', 'aria-label': name }, ...choices),
    update(value, readOnly) {
      for (const button of choices) {
        button.setAttribute('aria-pressed', String(String(value) === button.dataset.mark));
        button.disabled = readOnly;
      }
    },
  };
}

/** For headers: ✓ chosen, ✕ rejected; never by colour alone. */
export function sideMark(side: 'chosen' | 'rejected'): SVGSVGElement {
  return icon(side === 'chosen' ? 'check' : 'close', `small ${side === 'chosen' ? 'ok' : 'err'}`);
}
