/** Finds the rows that a query asks for in the bytes of a file, as they come: in bounded memory, and without reading rows that cannot fit. */

import { concat, decodeLine, decodeLines } from '../lineText.ts';
import { finder } from './pattern.ts';
import type { Pattern, Query, Term } from './query.ts';
import { rowMatcher, type Problems, type RowMatcher } from './rowMatch.ts';

/** Of a longer row the beginning is searched, as plain text. */
const LONGEST_ROW_BYTES = 16 * 1024 * 1024;

export class RowSearch {
  #rows = 0;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  readonly #matcher: RowMatcher;
  readonly #first: Pattern | undefined;
  readonly #sorted: { rows: number[]; keys: (number | string | undefined)[] } | undefined;

  /**
   * `onRow`: every row that fits, with its line, as it is found. `latin1`: bytes as a string with a character for each, where that is fast;
   * then lines without the text that has to be there are not even decoded.
   */
  constructor(
    private readonly query: Query,
    problems: Problems,
    private readonly onRow: (row: number, line: string) => void,
    private readonly latin1?: (bytes: Uint8Array) => string,
  ) {
    this.#matcher = rowMatcher(query, problems);
    this.#first = longestText(query.terms);
    this.#sorted = query.sort && { rows: [], keys: [] };
  }

  /** Rows that were looked at so far. */
  get rows(): number {
    return this.#rows;
  }

  /** The next bytes of the file. Kept until the row that they end in is complete. */
  feed(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(10);
    if (end >= 0) {
      this.#scan(concat([...this.#rest, bytes.subarray(0, end)]));
      [this.#rest, this.#restBytes] = [[], 0];
    }
    const rest = bytes.subarray(end + 1);
    if (rest.byteLength > 0 && this.#restBytes < LONGEST_ROW_BYTES) this.#rest.push(rest.slice());
    this.#restBytes += rest.byteLength;
  }

  /** There are no more bytes. Answers the rows in the order that was asked for, where one was. */
  end(): Uint32Array | undefined {
    if (this.#restBytes > 0) this.#scan(concat(this.#rest));
    [this.#rest, this.#restBytes] = [[], 0];
    return this.#sorted && sortedRows(this.#sorted, this.query.sort!.descending);
  }

  #scan(bytes: Uint8Array): void {
    const byBytes = this.latin1 && this.#first && /^[\0-\x7f]*$/.test(this.#first.text);
    const text = byBytes ? this.latin1!(bytes) : decodeLines(bytes);
    const look = (start: number, end: number, row: number) => {
      const whole = byBytes ? decodeLine(bytes.subarray(start, end)) : text.slice(start, end);
      const marked = row === 0 && whole.charCodeAt(0) === 0xfeff; // a byte order mark belongs to the file
      const line = marked ? whole.slice(1) : whole;
      if (!this.#matcher.matches(line, row)) return;
      this.onRow(row, line);
      this.#sorted?.rows.push(row);
      this.#sorted?.keys.push(this.#matcher.sortKey(line));
    };
    if (!this.#first) {
      for (let start = 0; start <= text.length; ) {
        const end = endOfLine(text, start);
        look(start, end, this.#rows++);
        start = end + 1;
      }
      return;
    }
    const next = finder(this.#first, text);
    let counted = 0;
    for (let hit = next(0); hit >= 0; ) {
      const start = hit === 0 ? 0 : text.lastIndexOf('\n', hit - 1) + 1;
      const end = endOfLine(text, hit);
      this.#rows += countNewlines(text, counted, start);
      counted = start;
      look(start, end, this.#rows);
      hit = end < text.length ? next(end + 1) : -1;
    }
    this.#rows += countNewlines(text, counted, text.length) + 1;
  }
}

/** The text that every row has to hold, the longest of several; undefined where there is none that can be looked for in the line itself. */
function longestText(terms: readonly Term[]): Pattern | undefined {
  const texts = terms.flatMap((term): Pattern[] => {
    if (term.not) return [];
    if (term.kind === 'role') return [{ text: term.role, regex: false, matchCase: true }];
    if ((term.kind !== 'text' && term.kind !== 'replaceable') || term.pattern.regex || term.pattern.text === '') return [];
    // numbers are written in many ways
    return term.kind === 'text' && term.path && (/^[-+.\de]+$/i.test(term.pattern.text) || '-infinity'.includes(term.pattern.text.toLowerCase())) ? [] : [term.pattern];
  });
  return texts.sort((a, b) => b.text.length - a.text.length)[0];
}

function sortedRows({ rows, keys }: { rows: readonly number[]; keys: readonly (number | string | undefined)[] }, descending: boolean): Uint32Array {
  const order = Uint32Array.from(rows.keys()).sort((a, b) => compareKeys(keys[a], keys[b], descending) || a - b);
  return order.map((i) => rows[i]!);
}

/** Numbers before texts, both before what has no key; those that have none stay behind in either direction. */
function compareKeys(a: number | string | undefined, b: number | string | undefined, descending: boolean): number {
  if (typeof a !== typeof b) return rank(a) - rank(b);
  if (a === b || a === undefined || b === undefined) return 0;
  return a < b === descending ? 1 : -1;
}

function rank(key: number | string | undefined): number {
  return typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : 2;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
