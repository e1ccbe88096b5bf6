/** Which charts a run gets from the metrics that its events hold, with their lines, units, number formats and ranges. Pure. */

import { formatCompact, formatFixed, formatPercent, formatScientific } from '../../src/run/format.ts';
import { compareMetrics, describeMetric, formatMetric, type Metric } from '../../src/run/metrics.ts';
import { clockSeries } from '../../src/run/series.ts';

export interface PlannedLine {
  metric: string;
  label: string;
  /** What the evaluation set says about the same thing, where it is logged. */
  evalMetric: string | undefined;
}

export interface PlannedChart {
  /** Stable: preferences refer to it. */
  id: string;
  title: string;
  unit: string;
  /** One sentence for people who do not know the metric. */
  description: string;
  lines: PlannedLine[];
  /** False for what is exact, such as the learning rate. */
  smoothed: boolean;
  format(value: number): string;
  formatTicks(values: readonly number[]): string[];
  range(min: number, max: number): [number, number];
}

/** Metrics that say more together. A family shows the members that are there; with one of them it is an ordinary chart. */
const families: { id: string; title: string; unit?: string; members: (name: string) => string | undefined }[] = [
  { id: 'rewards', title: 'Rewards', members: (name) => ({ 'rewards/chosen': 'chosen', 'rewards/rejected': 'rejected' })[name] },
  { id: 'rewardFunctions', title: 'Reward functions', members: (name) => /^rewards\/(.+)\/mean$/.exec(name)?.[1] },
  { id: 'scores', title: 'Scores', members: (name) => ({ min_reward: 'lowest', mean_reward: 'mean', max_reward: 'highest' })[name] },
  { id: 'logps', title: 'Log-probabilities', unit: 'nats', members: (name) => ({ 'logps/chosen': 'chosen', 'logps/rejected': 'rejected' })[name] },
  { id: 'logits', title: 'Logits', members: (name) => ({ 'logits/chosen': 'chosen', 'logits/rejected': 'rejected' })[name] },
  { id: 'clipping', title: 'Clipped share', members: (name) => ({ 'clip_ratio/region_mean': 'all', 'clip_ratio/low_mean': 'below', 'clip_ratio/high_mean': 'above' })[name] },
  { id: 'lengths', title: 'Length of completions', unit: 'tokens', members: (name) => ({ 'completions/mean_length': 'mean', 'completions/min_length': 'shortest', 'completions/max_length': 'longest' })[name] },
];

const MAX_LINES = 4;

export function planCharts(names: Iterable<string>): PlannedChart[] {
  const all = [...names].filter((name) => name !== clockSeries && !describeMetric(name).hidden);
  const known = new Set(all);
  const compares = known.has('rewards/chosen') || known.has('mean_reward');
  const training = all.filter((name) => !name.startsWith('eval_')).sort(compareMetrics);
  const charts = new Map<string, PlannedChart>();
  const line = (metric: string, label: string): PlannedLine => ({ metric, label, evalMetric: known.has(`eval_${metric}`) ? `eval_${metric}` : undefined });
  for (const name of training) {
    const family = families.find(({ members }) => members(name) !== undefined);
    const metric = describeMetric(name);
    const existing = family && charts.get(family.id);
    if (existing && existing.lines.length < MAX_LINES) existing.lines.push(line(name, family.members(name)!));
    else if (family && !existing) charts.set(family.id, chart(family.id, family.title, family.unit ?? metric.unit ?? '', metric, line(name, family.members(name)!)));
    else charts.set(name, chart(name, metric.label, unitOf(metric, compares), metric, line(name, metric.label)));
  }
  // What only the evaluation measures gets a chart of its own, drawn by its points.
  for (const name of all.filter((n) => n.startsWith('eval_') && !known.has(n.slice(5)) && !describeMetric(n.slice(5)).hidden).sort(compareMetrics)) {
    const metric = describeMetric(name);
    charts.set(name, chart(name, metric.label, unitOf(metric, compares), metric, { metric: name, label: metric.label, evalMetric: name }));
  }
  return [...charts.values()];
}

/** A loss that compares answers is no amount of information. */
function unitOf(metric: Metric, compares: boolean): string {
  if (metric.unit) return metric.unit;
  return (metric.id === 'loss' && !compares) || metric.id === 'entropy' ? 'nats' : '';
}

function chart(id: string, title: string, unit: string, metric: Metric, first: PlannedLine): PlannedChart {
  return { id, title, unit, description: metric.description, lines: [first], smoothed: metric.id !== 'learning_rate' && !metric.id.startsWith('eval_'), format: (value) => formatValue(value, metric), formatTicks: (values) => formatTicks(values, metric), range: (min, max) => rangeOf(min, max, metric) };
}

/** As everywhere, but rewards with two decimals and shares without: a live value that jumps about is easier to read short. */
export function formatValue(value: number, metric: Pick<Metric, 'format' | 'group'>): string {
  if (metric.format === 'percent') return formatPercent(value);
  if (metric.format === 'number' && metric.group === 'rewards') return formatFixed(value, 2);
  return formatMetric(value, metric);
}

/** As many decimals as it takes to tell the ticks apart. */
function formatTicks(values: readonly number[], metric: Metric): string[] {
  const step = values.length > 1 ? Math.abs(values[1]! - values[0]!) : Math.abs(values[0] ?? 1);
  const largest = Math.max(...values.map(Math.abs), 0);
  if (metric.format === 'percent') return values.map((value) => formatPercent(value, Math.max(0, decimalsOf(step) - 2)));
  if (metric.format === 'bytes' || largest >= 10_000) return values.map(formatCompact);
  if (metric.format === 'exponent' || (largest > 0 && largest < 0.001)) return values.map((value) => formatScientific(value));
  const decimals = decimalsOf(step);
  return values.map((value) => formatFixed(value, decimals));
}

/** As many as the step itself has: ticks 2.5 apart are 2.5, 5.0 and 7.5. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 6; decimals++) {
    const scaled = step * 10 ** decimals;
    if (scaled >= 0.999 && Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return 6;
}

/** Loss and other amounts from 0, rewards always with 0, shares to 100 %; the top a little above the highest value. */
export function rangeOf(min: number, max: number, metric: Pick<Metric, 'format' | 'group'>): [number, number] {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (metric.format === 'percent' && min >= 0 && max <= 1) return max <= 0.2 ? [0, Math.max(0.05, max * 1.1)] : [min >= 0.45 ? 0.4 : 0, 1];
  if (metric.group === 'rewards') [min, max] = [Math.min(0, min), Math.max(0, max)];
  else if (min >= 0 && (metric.group === 'loss' || min <= max * 0.7)) min = 0;
  const span = max - min || Math.abs(max) || 1;
  return [min === 0 ? 0 : min - span * 0.06, max === 0 && min < 0 ? 0 : max + span * 0.08];
}
