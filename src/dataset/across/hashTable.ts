/** A number for each of many 64-bit hashes: 24 bytes an entry, and no object. */

import type { Hash64 } from '../../core/hash.ts';

const WORDS = 3;

export class HashTable {
  #slots = new Uint32Array(1024 * WORDS);
  #count = 0;

  /** Undefined where the hash was not put in. */
  get({ low, high }: Hash64): number | undefined {
    const at = this.#find(low, high);
    return this.#slots[at] === 0 ? undefined : this.#slots[at + 2];
  }

  set({ low, high }: Hash64, value: number): void {
    let at = this.#find(low, high);
    if (this.#slots[at] === 0 && ++this.#count * 2 * WORDS > this.#slots.length) {
      this.#grow();
      at = this.#find(low, high);
    }
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
    this.#slots[at + 2] = value;
  }

  /** Of the entry, or of the free slot for it: a first word of 0, which no hash has. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length / WORDS - 1;
    for (let slot = high & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (slots[at] === 0 || (slots[at] === low && slots[at + 1] === high)) return at;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += WORDS) if (before[at] !== 0) this.#slots.set(before.subarray(at, at + WORDS), this.#find(before[at]!, before[at + 1]!));
  }
}
