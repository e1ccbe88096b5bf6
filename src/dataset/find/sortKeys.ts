/** What rows are sorted by, packed: a million rows take a few megabytes, and keep nothing of the lines that they come from. */

/** Numbers before texts, both before rows without a key; those stay behind in either direction. */
const NUMBER = 0;
const TEXT = 1;
const NONE = 2;

/** Of a longer text the beginning decides. */
const TEXT_CHARS = 32;

export class SortKeys {
  #count = 0;
  #rows = new Uint32Array(1024);
  #kinds = new Uint8Array(1024);
  /** A number, or where its text is. */
  #values = new Float64Array(1024);
  /** Each text as UTF-8 behind its length. */
  #texts = new Uint8Array(1024);
  #textBytes = 0;

  add(row: number, key: number | string | undefined): void {
    const at = this.#count++;
    this.#rows = grown(this.#rows, this.#count);
    this.#kinds = grown(this.#kinds, this.#count);
    this.#values = grown(this.#values, this.#count);
    this.#rows[at] = row;
    this.#kinds[at] = key === undefined ? NONE : typeof key === 'number' ? NUMBER : TEXT;
    if (typeof key === 'number') this.#values[at] = key;
    else if (key !== undefined) this.#values[at] = this.#addText(key.slice(0, TEXT_CHARS));
  }

  /** The rows in order; those of one key as they came. */
  order(descending: boolean): Uint32Array {
    const order = sorted(this.#count, (a, b) => this.#compare(a, b, descending));
    for (let i = 0; i < order.length; i++) order[i] = this.#rows[order[i]!]!;
    return order;
  }

  #addText(text: string): number {
    const at = this.#textBytes;
    this.#texts = grown(this.#texts, at + 1 + 3 * TEXT_CHARS);
    const { written } = encoder.encodeInto(text, this.#texts.subarray(at + 1));
    this.#texts[at] = written;
    this.#textBytes = at + 1 + written;
    return at;
  }

  #compare(a: number, b: number, descending: boolean): number {
    const kind = this.#kinds[a]!;
    if (kind !== this.#kinds[b] || kind === NONE) return kind - this.#kinds[b]!;
    const [x, y] = [this.#values[a]!, this.#values[b]!];
    const compared = kind === NUMBER ? (x < y ? -1 : x > y ? 1 : 0) : this.#compareTexts(x, y);
    return descending ? -compared : compared;
  }

  /** UTF-8 sorts as its characters do. */
  #compareTexts(a: number, b: number): number {
    const texts = this.#texts;
    const [endOfA, endOfB] = [texts[a]!, texts[b]!];
    for (let i = 1; i <= endOfA && i <= endOfB; i++) if (texts[a + i] !== texts[b + i]) return texts[a + i]! - texts[b + i]!;
    return endOfA - endOfB;
  }
}

const encoder = new TextEncoder();

/** The same numbers with room for so many, and for more to come. */
function grown<A extends Uint8Array | Uint32Array | Float64Array>(numbers: A, length: number): A {
  if (length <= numbers.length) return numbers;
  const next = new (numbers.constructor as new (length: number) => A)(Math.max(length, 2 * numbers.length));
  next.set(numbers);
  return next;
}

/** The numbers below `count` by comparison, equal ones in order: a merge sort, because `sort` with a function copies all to where they take four times as much. */
function sorted(count: number, compare: (a: number, b: number) => number): Uint32Array {
  let from = new Uint32Array(count);
  let to = new Uint32Array(count);
  for (let i = 0; i < count; i++) from[i] = i;
  for (let run = 1; run < count; run *= 2) {
    for (let start = 0; start < count; start += 2 * run) {
      const middle = Math.min(start + run, count);
      const end = Math.min(start + 2 * run, count);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const takesLeft = left < middle && (right === end || compare(from[left]!, from[right]!) <= 0);
        to[at] = takesLeft ? from[left++]! : from[right++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
