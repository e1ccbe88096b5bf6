/** How numbers are spread, in bounded memory: counted in steps of a twelfth, so that a percentile is right to a few percent however many there are. */

/** What is known of many numbers. `bars`: how many lie from `from` up to and with `to`, in rising order, without empty ends. */
export interface Spread {
  count: number;
  total: number;
  min: number;
  p50: number;
  p95: number;
  max: number;
  bars: Bar[];
}

export interface Bar {
  from: number;
  to: number;
  count: number;
}

/** Numbers below this are counted one by one. */
const EXACT = 16;
/** Steps in which a number doubles. */
const STEPS = 8;

export class SpreadCounter {
  readonly #counts: number[] = [];
  #count = 0;
  #total = 0;
  #min = Infinity;
  #max = -Infinity;

  /** A whole number from 0 on. */
  add(value: number): void {
    const step = stepOf(value);
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#count++;
    this.#total += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Undefined without numbers. */
  get spread(): Spread | undefined {
    if (this.#count === 0) return undefined;
    return { count: this.#count, total: this.#total, min: this.#min, p50: this.#quantile(0.5), p95: this.#quantile(0.95), max: this.#max, bars: this.#bars() };
  }

  #quantile(share: number): number {
    const wanted = Math.ceil(share * this.#count);
    let before = 0;
    for (const [step, count = 0] of this.#counts.entries()) {
      before += count;
      if (before >= wanted) return Math.min(this.#max, Math.max(this.#min, lastOf(step)));
    }
    return this.#max;
  }

  #bars(): Bar[] {
    const bars: Bar[] = [];
    // Small numbers one by one; above them two bars for each doubling.
    const width = this.#max < EXACT ? 1 : STEPS / 2;
    for (const [step, count = 0] of this.#counts.entries()) {
      const group = this.#max < EXACT ? step : step < EXACT ? smallGroup(step) : smallGroups + Math.floor((step - EXACT) / width);
      const [from, to] = this.#max < EXACT ? [step, step] : edges(group);
      const last = bars.at(-1);
      if (last?.from === from) last.count += count;
      else if (bars.length > 0 || count > 0) bars.push({ from, to, count });
    }
    return bars;
  }
}

/** 0, 1, 2–3, 4–7, 8–15. */
const smallGroups = 5;
const smallGroup = (value: number) => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

function edges(group: number): [from: number, to: number] {
  if (group === 0) return [0, 0];
  if (group < smallGroups) return [2 ** (group - 1), 2 ** group - 1];
  const step = EXACT + (group - smallGroups) * (STEPS / 2);
  return [firstOf(step), lastOf(step + STEPS / 2 - 1)];
}

function stepOf(value: number): number {
  if (value < EXACT) return value;
  const step = EXACT + Math.floor((Math.log2(value) - Math.log2(EXACT)) * STEPS);
  // The logarithm of a number at the edge of a step may be a hair off.
  return value < firstOf(step) ? step - 1 : value > lastOf(step) ? step + 1 : step;
}

function firstOf(step: number): number {
  return step < EXACT ? step : Math.ceil(EXACT * 2 ** ((step - EXACT) / STEPS));
}

function lastOf(step: number): number {
  return firstOf(step + 1) - 1;
}
