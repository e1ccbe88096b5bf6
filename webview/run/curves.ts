/** The curves that the panel holds, and what is computed from them for drawing: smoothing, and steps as tokens or time. Pure. */

import type { SeriesChange } from '../../src/protocol/runView.ts';
import { clockSeries } from '../../src/run/series.ts';

export interface Curve {
  step: number[];
  value: number[];
}

export interface Curves {
  /** By metric name; evaluation metrics begin with `eval_`. */
  readonly byName: ReadonlyMap<string, Curve>;
  apply(change: SeriesChange): void;
}

export function createCurves(): Curves {
  const byName = new Map<string, Curve>();
  return {
    byName,
    apply({ whole, series }) {
      if (whole) byName.clear();
      for (const { name, step, value } of series) {
        let curve = byName.get(name);
        if (!curve) byName.set(name, (curve = { step: [], value: [] }));
        for (let i = 0; i < step.length; i++) {
          const last = curve.step.length - 1;
          if (last >= 0 && curve.step[last]! >= step[i]!) continue; // came twice: a change that crossed an opening
          curve.step.push(step[i]!);
          curve.value.push(value[i]!);
        }
      }
    },
  };
}

/**
 * Exponential moving average with weight `weight` on the past, divided by the sum of its weights so that the start is not pulled
 * towards zero. Non-finite values neither count nor spread.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    sum = sum * weight + value * (1 - weight);
    total = total * weight + (1 - weight);
    return sum / total;
  });
}

export type AxisId = 'step' | 'tokens' | 'time';

/** Where a step lies on the chosen axis, and back. */
export interface AxisScale {
  readonly id: AxisId;
  ofStep(step: number): number;
  toStep(position: number): number;
}

/** Name under which trainers log the tokens seen so far. */
const TOKENS_METRIC = 'num_tokens';

/** Undefined when the run does not log what the axis needs. */
export function axisScale(id: AxisId, curves: Curves): AxisScale | undefined {
  if (id === 'step') return { id, ofStep: (step) => step, toStep: (position) => position };
  const reference = curves.byName.get(id === 'tokens' ? TOKENS_METRIC : clockSeries);
  if (!reference || reference.step.length === 0) return undefined;
  return { id, ofStep: (step) => interpolate(reference.step, reference.value, step), toStep: (position) => interpolate(reference.value, reference.step, position) };
}

/** Piecewise linear through `(xs, ys)`, xs ascending; beyond the ends it goes on as the whole does on average. */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  const n = xs.length;
  if (n === 0) return x;
  let low = 0;
  let high = n - 1;
  if (x <= xs[0]!) return xs[0]! === 0 ? ys[0]! : (ys[0]! * Math.max(0, x)) / xs[0]!;
  if (x >= xs[high]!) return xs[high]! === 0 ? ys[high]! : ys[high]! * (x / xs[high]!);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  const width = xs[high]! - xs[low]!;
  return width === 0 ? ys[low]! : ys[low]! + ((x - xs[low]!) / width) * (ys[high]! - ys[low]!);
}
