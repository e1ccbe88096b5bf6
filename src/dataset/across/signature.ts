/** A text's runs in 64 bytes, of which two texts have about as many in common as they have runs: MinHash in one permutation (Li et al. 2012), made dense (Shrivastava 2017). */

import { createRng } from '../../core/rng.ts';

const BINS = 64;
/** A signature in words of 32 bits. */
export const SIGNATURE_WORDS = BINS / 4;

const EMPTY = 0xffffffff;
/** Where a bin without a run looks for one: in the same order in every text. */
let donors: Uint8Array | undefined;

const least = new Uint32Array(BINS);

/** Of at least one run. The words that are returned are used again by the next call; the first of them is never 0. */
export function signatureOf(runs: Uint32Array, count: number): Uint32Array {
  donors ??= donorTable();
  least.fill(EMPTY);
  for (let i = 0; i < count; i++) {
    const run = runs[i]!;
    const bin = run & (BINS - 1);
    const rest = run >>> 6;
    if (rest < least[bin]!) least[bin] = rest;
  }
  words.fill(0);
  for (let bin = 0; bin < BINS; bin++) {
    let from = bin;
    for (let turn = bin * BINS; least[from] === EMPTY; turn++) from = donors[turn]!;
    // one byte: two that differ look the same in one case of 256, which `likeness` takes into account
    words[bin >> 2]! |= ((least[from]! ^ (least[from]! >>> 8) ^ (least[from]! >>> 16)) & 0xff) << (8 * (bin & 3));
  }
  words[0] ||= 1;
  return words;
}

const words = new Uint32Array(SIGNATURE_WORDS);

/** About how alike two texts are, from how many bytes of their signatures are equal: 0 to 1. */
export function likeness(equalBytes: number): number {
  return Math.max(0, (equalBytes / BINS - 1 / 256) / (1 - 1 / 256));
}

/** How many of the four bytes of two words are equal. */
export function equalBytes(a: number, b: number): number {
  const x = a ^ b;
  return Number((x & 0xff) === 0) + Number((x & 0xff00) === 0) + Number((x & 0xff0000) === 0) + Number((x & 0xff000000) === 0);
}

function donorTable(): Uint8Array {
  const rng = createRng(BINS);
  const table = new Uint8Array(BINS * BINS);
  for (let bin = 0; bin < BINS; bin++) {
    const order = Array.from({ length: BINS }, (_, i) => i);
    for (let i = BINS - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    table.set(order, bin * BINS);
  }
  return table;
}
