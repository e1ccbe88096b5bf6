/** Where two texts differ, by words as the language has them (Chinese too), at a cost that is bounded however long they are. No DOM. */

export interface Range {
  start: number;
  end: number;
}

export interface Difference {
  /** What only the first text has, and what only the second. Sorted, apart. */
  a: Range[];
  b: Range[];
  /** By lines: the texts are too long or too different to be compared by words. */
  coarse: boolean;
}

/** Above this, words are not even looked for. */
const MAX_CHARS = 60_000;
/** Time and memory grow with the square of this. */
const MAX_EDITS = 700;

/** Words of scripts with spaces need no dictionary, which is slow on long texts; emoji of several parts stay whole. */
const parts = /(?<unspaced>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+)|[\p{L}\p{N}\p{M}_'’]+|\p{Extended_Pictographic}[\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d]*|\s+|[^]/gu;
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

export function wordDiff(a: string, b: string): Difference {
  if (a === b) return { a: [], b: [], coarse: false };
  const fine = a.length + b.length <= MAX_CHARS ? compare(a, b, splitWords) : undefined;
  const found = fine ?? compare(a, b, splitLines) ?? { a: [{ start: 0, end: a.length }], b: [{ start: 0, end: b.length }] };
  return { a: found.a.filter(isThere), b: found.b.filter(isThere), coarse: fine === undefined };
}

const isThere = ({ start, end }: Range) => end > start;

function compare(a: string, b: string, split: (text: string) => string[]): { a: Range[]; b: Range[] } | undefined {
  const [partsA, partsB] = [split(a), split(b)];
  let head = 0;
  while (head < partsA.length && head < partsB.length && partsA[head] === partsB[head]) head++;
  let tail = 0;
  while (tail < partsA.length - head && tail < partsB.length - head && partsA.at(-1 - tail) === partsB.at(-1 - tail)) tail++;
  const middle = (parts: string[]) => parts.slice(head, parts.length - tail);
  const from = lengthOf(partsA.slice(0, head));
  const hunks = changes(middle(partsA), middle(partsB));
  return hunks && { a: hunks.map(({ a: at }) => shifted(at, from)), b: hunks.map(({ b: at }) => shifted(at, from)) };
}

interface Hunk {
  a: Range;
  b: Range;
}

/** The places that differ, with what is the same but too short to be worth a gap drawn into them. */
function changes(a: string[], b: string[]): Hunk[] | undefined {
  const kept = commonParts(a, b);
  if (!kept) return undefined;
  const hunks: Hunk[] = [];
  let [i, j, offsetA, offsetB] = [0, 0, 0, 0];
  for (const [nextA, nextB] of [...kept, [a.length, b.length] as const]) {
    const hunk = { a: { start: offsetA, end: offsetA }, b: { start: offsetB, end: offsetB } };
    for (; i < nextA; i++) hunk.a.end += a[i]!.length;
    for (; j < nextB; j++) hunk.b.end += b[j]!.length;
    if (isThere(hunk.a) || isThere(hunk.b)) hunks.push(hunk);
    [offsetA, offsetB] = [hunk.a.end + (a[i]?.length ?? 0), hunk.b.end + (b[j]?.length ?? 0)];
    i++;
    j++;
  }
  return joined(joined(hunks));
}

/** Two hunks become one when what stands between them is much shorter than each of them, or a single character. */
function joined(hunks: Hunk[]): Hunk[] {
  const result: Hunk[] = [];
  for (const hunk of hunks) {
    const last = result.at(-1);
    const gap = last ? hunk.a.start - last.a.end : Infinity;
    if (last && (gap <= 1 || 2 * gap <= Math.min(size(last), size(hunk)))) {
      last.a.end = hunk.a.end;
      last.b.end = hunk.b.end;
    } else result.push({ a: { ...hunk.a }, b: { ...hunk.b } });
  }
  return result;
}

function size({ a, b }: Hunk): number {
  return Math.max(a.end - a.start, b.end - b.start);
}

/** Pairs of equal parts in their order, as many as possible (Myers 1986). Undefined where more than `MAX_EDITS` others are left. */
function commonParts(a: string[], b: string[]): [number, number][] | undefined {
  const most = Math.min(MAX_EDITS, a.length + b.length);
  const furthest = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && furthest[most + k]! < furthest[most + k + 2]!);
      let x = down ? furthest[most + k + 2]! : furthest[most + k]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[most + k + 1] = x;
      if (x >= a.length && x - k >= b.length) return backtrack(trace, a.length, b.length);
    }
    trace.push(furthest.slice(most + 1 - edits, most + 2 + edits));
  }
  return undefined;
}

/** `trace[d]` holds how far each diagonal -d … d came with d edits. */
function backtrack(trace: readonly Int32Array[], lengthA: number, lengthB: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [lengthA, lengthB];
  for (let edits = trace.length; edits >= 0; edits--) {
    const before = trace[edits - 1];
    const at = (k: number) => before?.[k + edits - 1] ?? -1;
    const k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const startX = before ? (down ? at(k + 1) : at(k - 1) + 1) : 0;
    while (x > startX && y > startX - k) pairs.push([--x, --y]);
    if (before) [x, y] = down ? [startX, startX - k - 1] : [startX - 1, startX - k];
  }
  return pairs.reverse();
}

function splitWords(text: string): string[] {
  return Array.from(text.matchAll(parts)).flatMap(({ 0: part, groups }) => (groups?.unspaced === undefined ? part : Array.from(words.segment(part), ({ segment }) => segment)));
}

function splitLines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function shifted({ start, end }: Range, by: number): Range {
  return { start: start + by, end: end + by };
}
