/** All charts of a run: one cursor, one zoom, one axis; pinned ones first, hidden ones by name below. */

import type { ChartPreferences } from '../../src/protocol/runView.ts';
import { clockSeries } from '../../src/run/series.ts';
import { formatCompact, formatCount } from '../../src/run/format.ts';
import { createChartGroup, type XAxis } from '../shared/chart.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { createChartCard, type ChartCard } from './chartCard.ts';
import { planCharts, type PlannedChart } from './chartPlan.ts';
import { axisScale, type AxisId, type AxisScale, type Curves } from './curves.ts';

export interface ChartGrid {
  readonly element: HTMLElement;
  readonly zoom: readonly [number, number] | null;
  /** Draws what changed. `expected` and `totalSteps`: charts and axis to show while there are no values yet. */
  update(curves: Curves, preferences: ChartPreferences, checkpoints: readonly number[], expected: readonly string[], totalSteps: number): void;
  /** In steps, so that it survives a change of the axis. */
  setZoom(steps: readonly [number, number] | null): void;
  resetZoom(): void;
  /** Why an axis cannot be chosen. */
  unavailable(): Partial<Record<AxisId, string>>;
}

export interface ChartGridActions {
  hide(id: string): void;
  show(id: string): void;
  pin(id: string): void;
  /** In steps. */
  zoomed(steps: readonly [number, number] | null): void;
}

export function createChartGrid(actions: ChartGridActions): ChartGrid {
  const grid = h('div', { class: 'charts' });
  const hiddenList = h('span', { class: 'hidden-charts' });
  const key = h('div', { class: 'key' }, ...keyItems(), h('span', { class: 'grow' }), hiddenList);
  const element = h('section', { class: 'chart-area', 'aria-label': t('Charts') }, grid, key);
  const cards = new Map<string, { card: ChartCard; lines: string }>();
  let scale: AxisScale = axisScale('step', { byName: new Map(), apply: () => undefined })!;
  let last: { curves: Curves; preferences: ChartPreferences; checkpoints: readonly number[] } | undefined;
  let shownAxis: AxisId | undefined;
  let layout = '';

  const group = createChartGroup(axisOf('step'), {
    onCursor(x) {
      for (const { card } of cards.values()) card.showValues(x);
    },
    onZoom(range) {
      actions.zoomed(range && [scale.toStep(range[0]), scale.toStep(range[1])]);
    },
  });

  return {
    element,
    get zoom() {
      return group.zoom;
    },
    update(curves, preferences, checkpoints, expected, totalSteps) {
      last = { curves, preferences, checkpoints };
      const wanted = axisScale(preferences.axis, curves) ?? axisScale('step', curves)!;
      if (wanted.id !== shownAxis) {
        const kept = group.zoom && ([scale.toStep(group.zoom[0]), scale.toStep(group.zoom[1])] as const);
        shownAxis = wanted.id;
        group.setAxis(axisOf(wanted.id));
        scale = wanted;
        if (kept) group.setZoom([scale.ofStep(kept[0]), scale.ofStep(kept[1])]);
      }
      scale = wanted;
      const lastStep = Math.max(0, ...[...curves.byName.values()].map((curve) => curve.step.at(-1) ?? 0));
      group.setExtent(0, lastStep > 0 ? scale.ofStep(lastStep) * 1.03 : totalSteps || 100);
      place(planCharts(curves.byName.size > 0 ? curves.byName.keys() : expected), preferences);
      for (const { card } of cards.values()) {
        card.setData(curves, scale, preferences.smoothing, checkpoints);
        card.showValues(group.cursor);
      }
    },
    setZoom: (steps) => group.setZoom(steps && [scale.ofStep(steps[0]), scale.ofStep(steps[1])]),
    resetZoom: () => group.setZoom(null),
    unavailable() {
      const names = last?.curves.byName;
      return {
        ...(names?.has('num_tokens') ? {} : { tokens: t('This run does not log the number of tokens seen.') }),
        ...(names?.has(clockSeries) ? {} : { time: t('Nothing has been logged yet.') }),
      };
    },
  };

  /** Adds, removes and orders cards only where the plan changed: the focus and a table that is open stay. */
  function place(plans: readonly PlannedChart[], preferences: ChartPreferences): void {
    const shown = plans.filter((plan) => !preferences.hidden.includes(plan.id));
    const ordered = [...shown.filter((plan) => preferences.pinned.includes(plan.id)), ...shown.filter((plan) => !preferences.pinned.includes(plan.id))];
    const next = JSON.stringify([ordered.map((plan) => [plan.id, linesKey(plan)]), preferences.hidden, preferences.pinned]);
    if (next === layout) return;
    layout = next;
    const keep = new Map(ordered.map((plan) => [plan.id, linesKey(plan)]));
    for (const [id, { card, lines }] of cards) {
      if (keep.get(id) === lines) continue;
      card.dispose();
      cards.delete(id);
    }
    for (const plan of ordered) {
      if (cards.has(plan.id)) continue;
      const card = createChartCard({ plan, group, onHide: () => actions.hide(plan.id), onPin: () => actions.pin(plan.id), label: (x) => axisOf(scale.id).label(x) });
      cards.set(plan.id, { card, lines: linesKey(plan) });
    }
    ordered.forEach((plan, i) => {
      const { card } = cards.get(plan.id)!;
      card.setPinned(preferences.pinned.includes(plan.id));
      if (grid.children[i] !== card.element) grid.insertBefore(card.element, grid.children[i] ?? null);
    });
    const hidden = plans.filter((plan) => preferences.hidden.includes(plan.id));
    hiddenList.replaceChildren(
      ...(hidden.length === 0 ? [] : [t('{0} hidden:', hidden.length), ...hidden.map((plan) => h('button', { class: 'tag', title: t('Show {0}', plan.title), onclick: () => actions.show(plan.id) }, icon('eye', 'small'), plan.title))]),
    );
  }
}

function linesKey(plan: PlannedChart): string {
  return plan.lines.map((line) => `${line.metric}:${line.evalMetric ?? ''}`).join();
}

function axisOf(id: AxisId): XAxis {
  if (id === 'tokens') return { name: t('tokens'), tick: formatCompact, label: (x) => t('{0} tokens', formatCompact(x)) };
  if (id === 'time') return { name: t('time'), tick: clockTick, label: clockTick, steps: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400] };
  return { name: t('step'), tick: formatCompact, label: (x) => t('step {0}', formatCount(x)) };
}

/** `1:40`, `2:05:00`. */
function clockTick(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

function keyItems(): HTMLElement[] {
  const item = (className: string, label: string) => h('span', { class: 'key-item' }, h('i', { class: `key-sign ${className}`, 'aria-hidden': 'true' }), label);
  return [item('raw', t('logged')), item('smoothed', t('smoothed')), item('evaluation', t('evaluation')), item('checkpoint', t('checkpoint'))];
}
