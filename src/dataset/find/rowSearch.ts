/** Finds the rows that a query asks for in the bytes of a file, as they come: in bounded memory, and without reading rows that cannot fit. */

import { decodeLine, decodeLines } from '../lineText.ts';
import { finder } from './pattern.ts';
import type { Pattern, Query, Term } from './query.ts';
import { rowMatcher, type RowFacts, type RowMatcher } from './rowMatch.ts';
import { SortKeys } from './sortKeys.ts';

/** Of a longer row the beginning is searched, as plain text. */
const LONGEST_ROW_BYTES = 16 * 1024 * 1024;
/** Lines are decoded in slices of about so much: their text is short-lived then, and what is short-lived is cheap to free. */
const SLICE_BYTES = 64 * 1024;

export class RowSearch {
  #rows = 0;
  /** The bytes of whole rows to look at, or of the row that is not complete yet. */
  #held = new Uint8Array(SLICE_BYTES);
  #heldBytes = 0;
  readonly #matcher: RowMatcher;
  readonly #first: Pattern | undefined;
  readonly #sorted: SortKeys | undefined;

  /**
   * `onRow`: every row that fits, with its line, as it is found. `latin1`: bytes as a string with a character for each, where that is fast;
   * then lines without the text that has to be there are not even decoded.
   */
  constructor(
    private readonly query: Query,
    facts: RowFacts,
    private readonly onRow: (row: number, line: string) => void,
    private readonly latin1?: (bytes: Uint8Array) => string,
  ) {
    this.#matcher = rowMatcher(query, facts);
    this.#first = longestText(query.terms);
    this.#sorted = query.sort && new SortKeys();
  }

  /** Rows that were looked at so far. */
  get rows(): number {
    return this.#rows;
  }

  /** The next bytes of the file. Kept until the row that they end in is complete. */
  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      at += slice.byteLength;
      const end = slice.lastIndexOf(10);
      if (end >= 0) {
        this.#hold(slice.subarray(0, end));
        this.#scan(this.#held.subarray(0, this.#heldBytes));
        this.#heldBytes = 0;
      }
      if (this.#heldBytes < LONGEST_ROW_BYTES) this.#hold(slice.subarray(end + 1));
    }
  }

  /** There are no more bytes. Answers the rows in the order that was asked for, where one was. */
  end(): Uint32Array | undefined {
    if (this.#heldBytes > 0) this.#scan(this.#held.subarray(0, this.#heldBytes));
    this.#heldBytes = 0;
    return this.#sorted?.order(this.query.sort!.descending);
  }

  #hold(bytes: Uint8Array): void {
    const wanted = this.#heldBytes + bytes.byteLength;
    if (wanted > this.#held.byteLength) {
      const larger = new Uint8Array(2 * wanted);
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = wanted;
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
      this.#sorted?.add(row, this.#matcher.sortKey(line));
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

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
