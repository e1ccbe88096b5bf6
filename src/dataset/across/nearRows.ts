/** Finds rows that are nearly the same: 64 bytes of each row, and time that grows with the rows and not with their pairs (locality-sensitive hashing in bands). */

import { powerOfTwo } from '../../core/powerOfTwo.ts';
import { NumberColumn } from './numberColumn.ts';
import { RowGroups } from './rowGroups.ts';
import { Shingler, templateOf } from './shingler.ts';
import { equalBytes, likeness, SIGNATURE_WORDS, signatureOf } from './signature.ts';

/** From this on two rows are nearly the same. */
export const NEARLY = 0.8;
/** A signature says it with a standard deviation of 0.05: who is shown is looked at again. */
const LIKELY = 0.72;
/** Texts with fewer runs of words are alike by chance. */
const LEAST_RUNS = 8;
/** The first rows tell what most rows share. */
const FIRST_ROWS = 200;
const FIRST_CHARS = 4 * 1024 * 1024;
/** With so many of the rows that share a band a row is compared, or a crowd would cost the square of its size. */
const MOST_COMPARED = 8;

export class NearRows {
  readonly shingler = new Shingler();
  readonly #signatures = new NumberColumn();
  #waiting: (string | undefined)[] | undefined = [];
  #waitingChars = 0;

  /** Every row in order; undefined for one that says nothing. */
  add(said: string | undefined): void {
    if (!this.#waiting) return this.#sign(said);
    this.#waiting.push(said);
    this.#waitingChars += said?.length ?? 0;
    if (this.#waiting.length >= FIRST_ROWS || this.#waitingChars >= FIRST_CHARS) this.#settle();
  }

  /** `isLeftOut`: rows that are the same as another one. */
  groups(isLeftOut: (row: number) => boolean): RowGroups {
    this.#settle();
    const rows = this.#signatures.length / SIGNATURE_WORDS;
    const parents = new Int32Array(rows);
    for (let row = 0; row < rows; row++) parents[row] = row;
    const groups = new RowGroups(rows);
    // row + 1 of the last row with a word, and of the one before it; 0 for none
    const chains = { heads: new Int32Array(powerOfTwo(2 * rows)), before: new Int32Array(rows) };
    if (this.#signatures.used) for (let band = 0; band < SIGNATURE_WORDS; band++) this.#joinInBand(band, parents, chains, isLeftOut);
    // Who is like a row that is like another one need not be like that one: each cluster is about the row that it is named by.
    const further = new Map<number, number[]>();
    for (let row = 0; row < rows; row++) {
      const root = rootOf(parents, row);
      if (root === row) continue;
      const middles = [root, ...(further.get(root) ?? [])];
      const middle = middles.find((one) => this.#likeness(one, row) >= LIKELY);
      if (middle !== undefined) groups.add(middle, row);
      else further.set(root, [...middles.slice(1), row].slice(-MOST_COMPARED));
    }
    return groups;
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.shingler.template = templateOf(waiting.filter((said) => said !== undefined), this.shingler);
    for (const said of waiting) this.#sign(said);
  }

  #sign(said: string | undefined): void {
    if (said !== undefined) this.shingler.read(said);
    const { runs, count } = this.shingler;
    const known = said !== undefined && count >= LEAST_RUNS;
    const words = known ? signatureOf(runs, count) : undefined;
    for (let i = 0; i < SIGNATURE_WORDS; i++) this.#signatures.push(words ? words[i]! : 0);
  }

  /** Rows with the same word in one place of their signatures are compared. */
  #joinInBand(band: number, parents: Int32Array, { heads, before }: { heads: Int32Array; before: Int32Array }, isLeftOut: (row: number) => boolean): void {
    const rows = parents.length;
    const mask = heads.length - 1;
    heads.fill(0);
    for (let row = 0; row < rows; row++) {
      if (this.#signatures.at(row * SIGNATURE_WORDS) === 0 || isLeftOut(row)) continue;
      const word = this.#signatures.at(row * SIGNATURE_WORDS + band);
      let slot = (Math.imul(word, 0x9e3779b1) >>> 5) & mask;
      while (heads[slot] !== 0 && this.#signatures.at((heads[slot]! - 1) * SIGNATURE_WORDS + band) !== word) slot = (slot + 1) & mask;
      let other = heads[slot]!;
      for (let compared = 0; other !== 0 && compared < MOST_COMPARED; compared++, other = before[other - 1]!) {
        const [a, b] = [rootOf(parents, row), rootOf(parents, other - 1)];
        if (a !== b && this.#likeness(row, other - 1) >= LIKELY) parents[Math.max(a, b)] = Math.min(a, b);
      }
      before[row] = heads[slot]!;
      heads[slot] = row + 1;
    }
  }

  #likeness(a: number, b: number): number {
    return likeness(this.#signatures.compare(a * SIGNATURE_WORDS, b * SIGNATURE_WORDS, SIGNATURE_WORDS, equalBytes));
  }
}

/** Union-find with halved paths. */
function rootOf(parents: Int32Array, row: number): number {
  while (parents[row] !== row) row = parents[row] = parents[parents[row]!]!;
  return row;
}
