/** A hash of 64 bits for each row, or none; and which rows have the same one. */

import type { Hash64 } from '../../core/hash.ts';
import { powerOfTwo } from '../../core/powerOfTwo.ts';
import { NumberColumn } from './numberColumn.ts';

export class HashColumn {
  readonly #words = new NumberColumn();

  get rows(): number {
    return this.#words.length / 2;
  }

  push(hash: Hash64 | undefined): void {
    this.#words.push(hash?.low ?? 0);
    this.#words.push(hash?.high ?? 0);
  }

  same(a: number, b: number): boolean {
    return this.#words.at(2 * a) === this.#words.at(2 * b) && this.#words.at(2 * a + 1) === this.#words.at(2 * b + 1);
  }

  /** For each row the first one with its hash: itself where there is none before it, -1 where it has no hash. */
  firstRows(): Int32Array {
    const { rows } = this;
    const first = new Int32Array(rows).fill(-1);
    if (!this.#words.used) return first;
    // row + 1, or 0 for a free slot
    const slots = new Int32Array(powerOfTwo(2 * rows));
    const mask = slots.length - 1;
    for (let row = 0; row < rows; row++) {
      const low = this.#words.at(2 * row);
      if (low === 0) continue;
      let slot = low & mask;
      while (slots[slot] !== 0 && !this.same(slots[slot]! - 1, row)) slot = (slot + 1) & mask;
      if (slots[slot] === 0) slots[slot] = row + 1;
      first[row] = slots[slot]! - 1;
    }
    return first;
  }
}
