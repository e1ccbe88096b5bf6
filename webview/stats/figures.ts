/** Histograms and counts of the statistics page: bars, and the same numbers as a table for whoever does not see them. */

import type { Counts } from '../../src/dataset/stats/rowStats.ts';
import type { Spread } from '../../src/dataset/stats/spread.ts';
import { formatCount, formatPercent } from '../../src/run/format.ts';
import { barText } from '../../src/run/statsText.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';


/** Upright bars, the smallest numbers left. */
export function histogram(title: string, spread: Spread, unit: string): HTMLElement {
  const most = Math.max(...spread.bars.map(({ count }) => count));
  const bars = spread.bars.map((bar) => {
    const fill = h('i');
    fill.style.height = `${bar.count === 0 ? 0 : Math.max(2, (bar.count / most) * 100)}%`;
    return h('span', { class: 'column', title: t('{0} {1}: {2} rows', barText(bar), unit, formatCount(bar.count)) }, fill);
  });
  const ends = [spread.bars[0]!, spread.bars.at(-1)!].map(barText);
  const chart = h(
    'div',
    { class: 'chart', 'aria-hidden': 'true' },
    h('div', { class: 'columns' }, ...bars),
    h('div', { class: 'ends mut' }, h('span', {}, ends[0]), h('span', {}, ends[0] === ends[1] ? '' : ends[1])),
  );
  // A few bars stand together, with their edges below them.
  chart.style.width = `min(100%, ${Math.max(2, bars.length) * 44}px)`;
  return h(
    'figure',
    { class: 'histogram' },
    h('figcaption', {}, h('h3', {}, title), h('span', { class: 'mut' }, t('half up to {0}, 95 % up to {1}, longest {2}', formatCount(spread.p50), formatCount(spread.p95), formatCount(spread.max)))),
    chart,
    table(unit, spread.bars.map((bar) => [barText(bar), bar.count])),
  );
}

/** Lying bars, the most common first. */
export function shares(title: string, counts: Counts, note?: string): HTMLElement {
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const rows = counts.slice(0, 8).map(({ name, count }) => {
    const fill = h('i');
    fill.style.width = `${(count / all) * 100}%`;
    return h('li', {}, h('span', { class: 'ell', title: name }, name), h('span', { class: 'track', 'aria-hidden': 'true' }, fill), h('span', { class: 'num' }, `${formatCount(count)} (${formatPercent(count / all)})`));
  });
  return h('figure', { class: 'shares' }, h('figcaption', {}, h('h3', {}, title), note && h('span', { class: 'mut' }, note)), h('ul', {}, ...rows), counts.length > 8 && h('p', { class: 'mut' }, t('and {0} more', counts.length - 8)));
}

function table(unit: string, rows: readonly (readonly [name: string, count: number])[]): HTMLElement {
  return h('table', { class: 'sr' }, h('tr', {}, h('th', {}, unit), h('th', {}, t('Rows'))), ...rows.map(([name, count]) => h('tr', {}, h('td', {}, name), h('td', {}, formatCount(count)))));
}
