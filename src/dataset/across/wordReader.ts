/** The words of a text as hashes, fast and in any language: runs of letters and digits, and each character of scripts that put no spaces between words. */

import { finish, mixWord } from '../../core/hash.ts';
import { unicodeTable, ALONE, LETTER } from './unicodeTable.ts';

/** Reads one text at a time, into memory that the next one takes over. */
export class WordReader {
  count = 0;
  /** Upper and lower case have the same hash. */
  hashes = new Uint32Array(1024);
  /** Where each word stands in the text. */
  starts = new Uint32Array(1024);
  ends = new Uint32Array(1024);

  constructor(private readonly most = Infinity) {}

  /** Words behind the first `most` are left out. */
  read(text: string): void {
    const { kinds, lower } = unicodeTable();
    this.count = 0;
    let hash = 0;
    let start = -1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const kind = kinds[unit]!;
      if (kind === LETTER) {
        if (start < 0) [start, hash] = [i, 0];
        hash = mixWord(hash, lower[unit]!);
        continue;
      }
      if (start >= 0) this.#add(hash, start, i);
      start = -1;
      if (kind === ALONE) this.#add(mixWord(0, unit), i, i + 1);
      if (this.count >= this.most) return;
    }
    if (start >= 0) this.#add(hash, start, text.length);
  }

  /** Whether the word is one character of a script without spaces: several of them say as much as one word elsewhere. */
  isAlone(word: number, text: string): boolean {
    return unicodeTable().kinds[text.charCodeAt(this.starts[word]!)] === ALONE;
  }

  #add(hash: number, start: number, end: number): void {
    const at = this.count++;
    if (at === this.hashes.length) this.#grow();
    this.hashes[at] = finish(hash ^ (end - start));
    this.starts[at] = start;
    this.ends[at] = end;
  }

  #grow(): void {
    const grown = (before: Uint32Array) => {
      const after = new Uint32Array(2 * before.length);
      after.set(before);
      return after;
    };
    [this.hashes, this.starts, this.ends] = [grown(this.hashes), grown(this.starts), grown(this.ends)];
  }
}
