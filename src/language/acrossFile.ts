/** Holds the rows of one file against each other for somebody who has its bytes: in a thread of its own, fed piece by piece. */

import { Row } from '../dataset/checks/row.ts';
import type { Format } from '../dataset/format.ts';
import { LineSplitter } from '../dataset/lineReader.ts';
import { withoutCr } from '../dataset/lineText.ts';
import { AcrossRows, type SecondLook } from './acrossRows.ts';
import type { LineProblem } from './validate.ts';

export class AcrossFile {
  readonly #splitter = new LineSplitter();
  readonly #rows = new AcrossRows();
  #lines = 0;
  #second: SecondLook | undefined;

  constructor(private readonly format: Format | undefined) {}

  feed(bytes: Uint8Array): void {
    for (const line of this.#splitter.add(bytes) ?? []) this.#add(line);
  }

  /** Which lines, counted from 0, it has to see again. */
  end(): readonly number[] {
    const last = this.#splitter.end();
    if (last !== undefined) this.#add(last);
    this.#second = this.#rows.end();
    return this.#second.wanted;
  }

  /** Those lines, in the same order. */
  look(lines: readonly string[]): LineProblem[] {
    const second = this.#second!;
    lines.forEach((text, i) => second.add(second.wanted[i]!, text));
    return second.problems(this.format);
  }

  #add(line: string): void {
    this.#rows.add(new Row(withoutCr(line), this.format, { first: this.#lines++ === 0 }));
  }
}
