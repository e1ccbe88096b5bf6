/** How far annotators agree beyond what chance would give: Cohen's kappa (1960) for two, Fleiss' kappa (1971) for more. */

export interface Agreement {
  /** Rows that at least two of them judged. */
  rows: number;
  /** The share of pairs of judgements about one row that are the same. */
  observed: number;
  /** The share that chance would give, from how often each category is used. */
  expected: number;
  /** Undefined where chance explains everything, as when all judgements are one category, or where there is no row. */
  kappa: number | undefined;
}

/** Of two: the judgements of each row that both judged. */
export function cohensKappa(pairs: Iterable<readonly [string, string]>): Agreement {
  const [first, second] = [new Map<string, number>(), new Map<string, number>()];
  let [rows, same] = [0, 0];
  for (const [a, b] of pairs) {
    rows++;
    if (a === b) same++;
    count(first, a);
    count(second, b);
  }
  let expected = 0;
  for (const [category, times] of first) expected += (times / rows) * ((second.get(category) ?? 0) / rows);
  return agreement(rows, same / rows, expected);
}

/**
 * Of any number: all judgements of each row. Rows may have different numbers of them (each then counts by its pairs, and with equal
 * numbers this is Fleiss' own formula); rows with fewer than two say nothing.
 */
export function fleissKappa(judgements: Iterable<readonly string[]>): Agreement {
  const used = new Map<string, number>();
  let [rows, all, agreed] = [0, 0, 0];
  for (const row of judgements) {
    const n = row.length;
    if (n < 2) continue;
    const times = new Map<string, number>();
    for (const category of row) {
      count(times, category);
      count(used, category);
    }
    let samePairs = 0;
    for (const t of times.values()) samePairs += t * (t - 1);
    agreed += samePairs / (n * (n - 1));
    rows++;
    all += n;
  }
  let expected = 0;
  for (const times of used.values()) expected += (times / all) ** 2;
  return agreement(rows, agreed / rows, expected);
}

function agreement(rows: number, observed: number, expected: number): Agreement {
  if (rows === 0) return { rows, observed: 0, expected: 0, kappa: undefined };
  return { rows, observed, expected, kappa: 1 - expected < 1e-12 ? undefined : (observed - expected) / (1 - expected) };
}

function count(times: Map<string, number>, category: string): void {
  times.set(category, (times.get(category) ?? 0) + 1);
}
