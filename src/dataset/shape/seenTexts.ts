/** Remembers by 128 bits each which texts were seen: 32 MB for a million of them, however long they are. */

import { hash128 } from '../../core/hash.ts';

const encoder = new TextEncoder();

export class SeenTexts {
  #slots = new Uint32Array(4 * 1024);
  #count = 0;

  /** Whether the text is new. */
  add(text: string): boolean {
    const words = hash128(encoder.encode(text)).match(/.{8}/g)!.map((hex) => parseInt(hex, 16));
    words[0] ||= 1; // a first word of 0 marks a free slot
    if (!this.#put(words)) return false;
    if (++this.#count * 4 > (this.#slots.length / 4) * 3) this.#grow();
    return true;
  }

  #put([a, b, c, d]: readonly number[]): boolean {
    const slots = this.#slots;
    const mask = slots.length / 4 - 1;
    for (let slot = b! & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 4;
      if (slots[at] === 0) {
        slots.set([a!, b!, c!, d!], at);
        return true;
      }
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return false;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 4) if (before[at] !== 0) this.#put([...before.subarray(at, at + 4)]);
  }
}
