/** Small text functions: nearest name for "did you mean", one-line previews, numbers that JSON can hold. */

/** Levenshtein distance with adjacent transpositions (optimal string alignment), over UTF-16 units. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** The candidate that `name` most likely means, or undefined when none is near enough (a third of its letters, at least one). */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase().replaceAll('-', '_');
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase().replaceAll('-', '_'));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean "x"?` or the empty string: ready to append to a sentence. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

/** A value that somebody else wrote, for a message: as JSON, short, and never an exception however deep it is nested. */
export function shownValue(value: unknown, max = 60): string {
  try {
    return oneLine(String(JSON.stringify(value)), max);
  } catch {
    return Array.isArray(value) ? 'a list nested very deep' : 'an object nested very deep';
  }
}

/** The text on one line, cut to `max` UTF-16 units with an ellipsis and never inside a surrogate pair. */
export function oneLine(text: string, max = 80): string {
  const flat = text.slice(0, max * 4).replace(/\s+/g, ' ').trim();
  if (flat.length <= max) return flat;
  const end = /[\uD800-\uDBFF]/.test(flat[max - 2]!) ? max - 2 : max - 1;
  return `${flat.slice(0, end)}…`;
}

const PART_CHARS = 64 * 1024;

/** Texts one after the other, in parts of a length that is worth a write and takes no time: each is asked for when the one before it is dealt with. */
export function* inParts(texts: Iterable<string | Iterable<string>>): Generator<string> {
  let part = '';
  for (const text of texts) {
    for (const piece of typeof text === 'string' ? [text] : text) {
      part += piece;
      if (part.length < PART_CHARS) continue;
      yield part;
      part = '';
    }
  }
  if (part !== '') yield part;
}

/** JSON has no NaN: non-finite numbers are written as "NaN", "Infinity" and "-Infinity" in every file and `--json` output. */
export function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Reads what `jsonNumber` wrote; undefined for anything that is no number. */
export function numberFromJson(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return NaN;
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  return undefined;
}

/** `JSON.stringify` in which non-finite numbers survive as strings. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === 'number' ? jsonNumber(v) : v));
}

/** Line and column, both from 1, of a UTF-16 offset. Lines end at LF only, so a CR is the last column of its line. */
export function lineColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/** A path as one word of a command to copy into a shell: in quotes where a space or another sign would split or change it. */
export function shellWord(path: string): string {
  if (/^[\p{L}\p{N}\p{M}_@%+=:,./\\-]+$/u.test(path)) return path;
  return /["$`!]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : `"${path}"`;
}
