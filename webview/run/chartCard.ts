/** One chart with its title, the values under the cursor, and the same numbers as a table for those who cannot or will not read a curve. */

import type { AxisScale, Curve, Curves } from './curves.ts';
import { smooth } from './curves.ts';
import type { PlannedChart, PlannedLine } from './chartPlan.ts';
import { formatCount } from '../../src/run/format.ts';
import { nearestIndex, type Chart, type ChartGroup, type ChartLine } from '../shared/chart.ts';
import { colourVariables, markers } from '../shared/chartInk.ts';
import { t } from '../shared/connect.ts';
import { button } from '../shared/controls.ts';
import { h, setText, svg } from '../shared/dom.ts';

export interface ChartCard {
  readonly element: HTMLElement;
  setData(curves: Curves, scale: AxisScale, smoothing: number, checkpoints: readonly number[]): void;
  /** Shows the values at this place of the axis; the last ones for null. */
  showValues(x: number | null): void;
  setPinned(pinned: boolean): void;
  dispose(): void;
}

export interface ChartCardOptions {
  plan: PlannedChart;
  group: ChartGroup;
  onHide(): void;
  onPin(): void;
  /** The x axis in words: "step 412". */
  label(x: number): string;
}

/** Rows of the table on one page. */
const PAGE = 50;
const HEIGHT_PX = 140;

interface DrawnLine {
  line: PlannedLine;
  curve: Curve;
  x: number[];
  shown: readonly number[];
  evals: { x: number; y: number }[];
}

export function createChartCard({ plan, group, onHide, onPin, label }: ChartCardOptions): ChartCard {
  const titleId = `chart-${plan.id.replace(/\W/g, '-')}`;
  let drawn: DrawnLine[] = [];
  let page = 0;

  const chart: Chart = group.add({ title: t('{0}. Arrow keys move the cursor.', plan.title), heightPx: HEIGHT_PX, range: plan.range, formatTicks: plan.formatTicks, describe });
  const values = plan.lines.map((line, i) => legendItem(line, i, plan.lines.length > 1));
  const legend = h('div', { class: 'legend', 'aria-hidden': 'true' }, ...values.map((item) => item.element));
  const waiting = h('span', { class: 'waiting-note' }, t('No value yet'));
  const plot = h('div', { class: 'plot' }, chart.element, waiting);
  const table = h('div', { class: 'chart-table', hidden: true });

  const tableButton = button({ label: t('Show {0} as a table', plan.title), icon: 'table', look: 'icon', title: t('Show as table'), onClick: toggleTable });
  const pinButton = button({ label: t('Pin {0}', plan.title), icon: 'pin', look: 'icon', title: t('Pin to the top'), onClick: onPin });
  const hideButton = button({ label: t('Hide {0}', plan.title), icon: 'eyeOff', look: 'icon', title: t('Hide'), onClick: onHide });
  const tools = h('span', { class: 'tools' }, tableButton.element, pinButton.element, hideButton.element);
  const heading = h('h3', { id: titleId, title: plan.description }, plan.title);
  const element = h('figure', { class: 'chart', role: 'figure', 'aria-labelledby': titleId }, h('div', { class: 'chart-head' }, heading, h('span', { class: 'unit' }, plan.unit), h('span', { class: 'grow' }), tools), legend, plot, table);
  element.dataset.chart = plan.id;

  function toggleTable(): void {
    table.hidden = !table.hidden;
    plot.hidden = !table.hidden;
    tableButton.setPressed(!table.hidden);
    tableButton.setLabel(table.hidden ? t('Show {0} as a table', plan.title) : t('Show {0} as a chart', plan.title));
    page = 0;
    drawTable();
  }

  /** Newest first: that is what one wants to know of a live run. */
  function drawTable(): void {
    if (table.hidden) return;
    const columns = drawn.flatMap(({ line, curve, evals }) => [{ label: line.label, curve }, ...(evals.length > 0 && line.evalMetric !== line.metric ? [{ label: t('{0}, evaluation', line.label), curve: evaluationOf(line) }] : [])]);
    const steps = [...new Set(columns.flatMap(({ curve }) => curve.step))].sort((a, b) => b - a);
    const pages = Math.max(1, Math.ceil(steps.length / PAGE));
    page = Math.min(page, pages - 1);
    const rows = steps.slice(page * PAGE, (page + 1) * PAGE).map((step) =>
      h('tr', {}, h('th', { scope: 'row' }, formatCount(step)), ...columns.map(({ curve }) => {
        const i = nearestIndex(curve.step, step);
        return h('td', { class: 'num' }, i >= 0 && curve.step[i] === step ? plan.format(curve.value[i]!) : '');
      })),
    );
    const turn = (by: number, text: string, name: 'previous' | 'next', end: boolean) => {
      const control = button({ label: text, icon: name, look: 'icon', onClick: () => ((page += by), drawTable()) });
      if (end) control.setDisabled(t('No more rows.'));
      return control.element;
    };
    table.replaceChildren(
      h('div', { class: 'chart-table-rows', tabindex: 0, role: 'group', 'aria-labelledby': titleId }, h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('Step')), ...columns.map((column) => h('th', { scope: 'col', class: 'num' }, column.label)))), h('tbody', {}, ...rows))),
      h('div', { class: 'row pager' }, turn(-1, t('Newer rows'), 'previous', page === 0), h('span', {}, t('Page {0} of {1}', page + 1, pages)), turn(1, t('Older rows'), 'next', page === pages - 1)),
    );
  }

  let evaluations = new Map<string, Curve>();
  const evaluationOf = (line: PlannedLine): Curve => evaluations.get(line.evalMetric ?? '') ?? { step: [], value: [] };

  function describe(x: number): string {
    return [label(x), ...drawn.map((line) => `${plan.lines.length > 1 ? `${line.line.label} ` : ''}${valueAt(line, x)}`)].join(', ');
  }

  function valueAt({ x: xs, shown, evals, line }: DrawnLine, x: number | null): string {
    const i = x === null ? lastIndex(shown) : nearestIndex(xs, x);
    const value = shown[i];
    const evaluation = lastBefore(evals, x);
    const text = value === undefined ? '–' : plan.format(value);
    return evaluation === undefined || line.evalMetric === line.metric ? text : `${text} ${t('eval')} ${plan.format(evaluation)}`;
  }

  return {
    element,
    setData(curves, scale, smoothing, checkpoints) {
      evaluations = new Map(plan.lines.flatMap(({ evalMetric }) => (evalMetric && curves.byName.has(evalMetric) ? [[evalMetric, curves.byName.get(evalMetric)!] as const] : [])));
      drawn = plan.lines.flatMap((line) => {
        const curve = curves.byName.get(line.metric);
        if (!curve) return [];
        const x = scale.id === 'step' ? curve.step : curve.step.map(scale.ofStep);
        const evaluation = evaluationOf(line);
        const shown = plan.smoothed && smoothing > 0 ? smooth(curve.value, smoothing) : curve.value;
        return [{ line, curve, x, shown, evals: evaluation.step.map((step, i) => ({ x: scale.ofStep(step), y: evaluation.value[i]! })) }];
      });
      waiting.hidden = drawn.some(({ curve }) => curve.step.length > 0);
      chart.setData({
        lines: drawn.map(({ line, curve, x, shown, evals }): ChartLine => ({ label: line.label, x, y: curve.value, ...(shown !== curve.value ? { smooth: shown } : {}), evals })),
        marks: checkpoints.map(scale.ofStep),
      });
      drawTable();
    },
    showValues(x) {
      drawn.forEach((line, i) => {
        const item = values[i];
        if (!item) return;
        const at = x === null ? lastIndex(line.shown) : nearestIndex(line.x, x);
        const value = line.shown[at];
        setText(item.value, value === undefined ? '–' : plan.format(value));
        const evaluation = line.line.evalMetric === line.line.metric ? undefined : lastBefore(line.evals, x);
        setText(item.evaluation, evaluation === undefined ? '' : `${t('eval')} ${plan.format(evaluation)}`);
      });
    },
    setPinned(pinned) {
      pinButton.setPressed(pinned);
      pinButton.setLabel(pinned ? t('Unpin {0}', plan.title) : t('Pin {0}', plan.title));
      element.classList.toggle('pinned', pinned);
    },
    dispose() {
      chart.dispose();
      element.remove();
    },
  };
}

function legendItem(line: PlannedLine, index: number, named: boolean) {
  const value = h('b', {}, '–');
  const evaluation = h('span', { class: 'eval' });
  const training = named ? h('span', {}, swatch(index), `${line.label} `, value) : value;
  const element = h('span', { class: 'legend-item' }, training, evaluation);
  return { element, value, evaluation };
}

/** Line and marker as on the chart, so that the legend does not rest on colour. */
function swatch(index: number): SVGSVGElement {
  const dash = ['', '6 3', '2 2.5', '8 3 2 3'][index % 4]!;
  const shape = markers[index % 4];
  const path = shape === 'circle' ? 'M8.3 4.5a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0' : shape === 'square' ? 'M8.6 2.1h4.8v4.8h-4.8z' : shape === 'triangle' ? 'M11 1.4l3 5.4h-6z' : 'M11 1l3.5 3.5L11 8 7.5 4.500z';
  const picture = svg('svg', { class: 'swatch', width: 22, height: 9, 'aria-hidden': 'true' }, svg('path', { d: 'M0 4.5h22', 'stroke-width': 1.75, fill: 'none', stroke: 'currentColor', 'stroke-dasharray': dash }), svg('path', { d: path, fill: 'currentColor' }));
  picture.style.color = `var(${colourVariables[index % 4]})`;
  return picture;
}

function lastIndex(values: readonly number[]): number {
  let i = values.length - 1;
  while (i > 0 && !Number.isFinite(values[i])) i--;
  return i;
}

function lastBefore(points: readonly { x: number; y: number }[], x: number | null): number | undefined {
  let found: number | undefined;
  for (const point of points) if (x === null || point.x <= x) found = point.y;
  return found;
}
