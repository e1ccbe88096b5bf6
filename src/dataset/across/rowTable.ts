/** What is kept of all rows for several checks: 8 bytes of each, which are a hash of what it says. */

import { HashColumn } from './hashColumn.ts';
import type { RowFacts } from './rowFacts.ts';
import { hashValue } from './valueHash.ts';

export class RowTable {
  readonly #whole = new HashColumn();
  #first: Int32Array | undefined;

  add(facts: RowFacts | undefined): void {
    this.#whole.push(facts && hashValue(facts.whole));
  }

  /** Lines, those without a row among them. */
  get lines(): number {
    return this.#whole.rows;
  }

  /** For each line the first one that says the same; -1 where there is no row. To be asked for when all are added. */
  get firstSame(): Int32Array {
    return (this.#first ??= this.#whole.firstRows());
  }
}
