/** Rows that belong together, known by the first of them: the first groups with the numbers of their rows, the others counted. */

/** So many groups, more than are listed because some may turn out to be none, and so many rows of each, are kept. */
const MOST_GROUPS = 300;
const MOST_ROWS = 8;

export interface RowGroup {
  first: number;
  /** Further rows, the first of them. */
  rows: number[];
  /** All further rows. */
  count: number;
}

export class RowGroups {
  total = 0;
  readonly #groups = new Map<number, RowGroup>();
  readonly #seen: Uint8Array;

  constructor(rows: number) {
    this.#seen = new Uint8Array(rows);
  }

  add(first: number, row: number): void {
    if (this.#seen[first] === 0) {
      this.#seen[first] = 1;
      this.total++;
      if (this.#groups.size < MOST_GROUPS) this.#groups.set(first, { first, rows: [], count: 0 });
    }
    const group = this.#groups.get(first);
    if (!group) return;
    group.count++;
    if (group.rows.length < MOST_ROWS) group.rows.push(row);
  }

  get listed(): RowGroup[] {
    return [...this.#groups.values()].sort((a, b) => a.first - b.first);
  }
}

/** `Line 3`, `Lines 3, 9 and 12`, `Lines 3, 9, 12, 15 and 4 more`: the beginning of a sentence about the rows of a group. */
export function namedLines({ rows, count }: Pick<RowGroup, 'rows' | 'count'>): string {
  const named = rows.slice(0, MOST_NAMED).map((row) => String(row + 1));
  if (count > named.length) named.push(`${(count - named.length).toLocaleString('en')} more`);
  return named.length === 1 ? `Line ${named[0]}` : `Lines ${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}

const MOST_NAMED = 4;
