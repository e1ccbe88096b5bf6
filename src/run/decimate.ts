/** A growing series of (step, value) and its thinned picture: at most N points in which no peak and no gap is lost. */

/** Points of a chart. A non-finite value is a gap. */
export interface SeriesPoints {
  steps: number[];
  values: number[];
}

export interface Series {
  readonly length: number;
  readonly lastStep: number;
  stepAt(i: number): number;
  valueAt(i: number): number;
  /** Sets the value of a step. Steps come in rising order; one that was there already is replaced. */
  set(step: number, value: number): void;
  /** Forgets every step above this one. */
  truncateAfter(step: number): void;
  /**
   * At most `maxPoints` points over all steps or over `[from, to]`. Repeated calls with the same size cost what has been added since,
   * not the length of the series, and points in the middle stay where they were.
   */
  points(maxPoints: number, from?: number, to?: number): SeriesPoints;
}

export function createSeries(): Series {
  let steps = new Float64Array(64);
  let values = new Float64Array(64);
  let length = 0;
  let cache: { bucket: number; done: number; points: SeriesPoints } | undefined;

  const grow = () => {
    const wider = (old: Float64Array) => {
      const next = new Float64Array(old.length * 2);
      next.set(old);
      return next;
    };
    steps = wider(steps);
    values = wider(values);
  };
  /** First index whose step is at least `step`. */
  const lowerBound = (step: number) => {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle]! < step) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const changedAt = (index: number) => {
    if (cache && index < cache.done) cache = undefined;
  };
  const thin = (first: number, end: number, bucket: number, out: SeriesPoints) => {
    for (let i = first; i < end; i += bucket) addBucket(steps, values, i, Math.min(end, i + bucket), out);
  };

  return {
    get length() {
      return length;
    },
    get lastStep() {
      return length === 0 ? -1 : steps[length - 1]!;
    },
    stepAt: (i) => steps[i]!,
    valueAt: (i) => values[i]!,
    set(step, value) {
      const at = length === 0 || step > steps[length - 1]! ? length : lowerBound(step);
      if (at < length && steps[at] === step) {
        values[at] = value;
        changedAt(at);
        return;
      }
      if (length === steps.length) grow();
      if (at < length) {
        steps.copyWithin(at + 1, at, length);
        values.copyWithin(at + 1, at, length);
        changedAt(at);
      }
      steps[at] = step;
      values[at] = value;
      length++;
    },
    truncateAfter(step) {
      length = lowerBound(step + Number.EPSILON * Math.max(1, Math.abs(step)));
      changedAt(length);
    },
    points(maxPoints, from, to) {
      const whole = from === undefined && to === undefined;
      const first = from === undefined ? 0 : lowerBound(from);
      let end = length;
      if (to !== undefined) {
        end = lowerBound(to);
        while (end < length && steps[end]! <= to) end++;
      }
      const bucket = bucketSize(end - first, maxPoints);
      if (!whole || bucket === 1) {
        const out: SeriesPoints = { steps: [], values: [] };
        thin(first, end, bucket, out);
        return out;
      }
      if (cache?.bucket !== bucket) cache = { bucket, done: 0, points: { steps: [], values: [] } };
      const wholeEnd = length - (length % bucket);
      if (wholeEnd > cache.done) {
        thin(cache.done, wholeEnd, bucket, cache.points);
        cache.done = wholeEnd;
      }
      const out: SeriesPoints = { steps: cache.points.steps.slice(), values: cache.points.values.slice() };
      thin(wholeEnd, length, bucket, out);
      return out;
    },
  };
}

/** A power of two, so that buckets keep their borders while the series grows. A bucket gives at most three points. */
export function bucketSize(count: number, maxPoints: number): number {
  let bucket = 1;
  if (count <= maxPoints) return bucket;
  while (Math.ceil(count / bucket) * 3 > Math.max(3, maxPoints)) bucket *= 2;
  return bucket;
}

/** The lowest and the highest value of a bucket in their order, and one gap where it has a value that is no number. */
function addBucket(steps: Float64Array, values: Float64Array, first: number, end: number, out: SeriesPoints): void {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let i = first; i < end; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      gap = i;
      continue;
    }
    if (low < 0 || value < values[low]!) low = i;
    if (high < 0 || value > values[high]!) high = i;
  }
  for (const i of [...new Set([low, high, gap])].filter((i) => i >= 0).sort((a, b) => a - b)) {
    out.steps.push(steps[i]!);
    out.values.push(values[i]!);
  }
}
