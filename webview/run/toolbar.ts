/** Above the charts: smoothing, what the x axis counts, and the way back from a zoom. */

import type { ChartPreferences } from '../../src/protocol/runView.ts';
import { formatFixed } from '../../src/run/format.ts';
import { t } from '../shared/connect.ts';
import { button } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';

export interface Toolbar {
  readonly element: HTMLElement;
  update(preferences: ChartPreferences, zoomed: boolean, unavailable: Partial<Record<ChartPreferences['axis'], string>>): void;
}

export interface ToolbarActions {
  smoothing(value: number): void;
  axis(axis: ChartPreferences['axis']): void;
  resetZoom(): void;
}

export function createToolbar(actions: ToolbarActions): Toolbar {
  const value = h('output', { for: 'smoothing' });
  const slider = h('input', { id: 'smoothing', type: 'range', min: 0, max: 0.98, step: 0.02, oninput: () => actions.smoothing(Number(slider.value)) });
  const axes: [ChartPreferences['axis'], string][] = [
    ['step', t('Step')],
    ['tokens', t('Tokens')],
    ['time', t('Time')],
  ];
  const choices = axes.map(([id, label]) => h('button', { type: 'button', 'data-axis': id, onclick: () => actions.axis(id) }, label));
  const reset = button({ label: t('Reset Zoom'), icon: 'reset', onClick: actions.resetZoom });
  const element = h(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': t('Charts') },
    h('label', { class: 'row' }, t('Smoothing'), slider, value),
    h('span', { class: 'row' }, t('X axis'), h('span', { class: 'segments', role: 'group', 'aria-label': t('X axis') }, ...choices)),
    h('span', { class: 'grow' }),
    reset.element,
  );
  return {
    element,
    update(preferences, zoomed, unavailable) {
      if (document.activeElement !== slider) slider.value = String(preferences.smoothing);
      slider.style.setProperty('--share', `${(preferences.smoothing / 0.98) * 100}%`);
      setText(value, formatFixed(preferences.smoothing, 2));
      for (const choice of choices) {
        const id = choice.dataset.axis as ChartPreferences['axis'];
        choice.setAttribute('aria-pressed', String(preferences.axis === id));
        choice.disabled = unavailable[id] !== undefined;
        choice.title = unavailable[id] ?? '';
      }
      reset.element.hidden = !zoomed;
    },
  };
}
