/** Numbers of 32 bits, one behind the other, in memory that grows by a quarter of a megabyte at a time; a stretch of zeros takes none. */

const CHUNK = 1 << 16;

export class NumberColumn {
  #length = 0;
  readonly #chunks: (Uint32Array | undefined)[] = [];

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length++;
    if (value !== 0) (this.#chunks[at >>> 16] ??= new Uint32Array(CHUNK))[at & (CHUNK - 1)] = value;
  }

  at(index: number): number {
    return this.#chunks[index >>> 16]?.[index & (CHUNK - 1)] ?? 0;
  }

  /** What `of` says of each two numbers of two stretches, summed up. No stretch may lie across a multiple of 65,536. */
  compare(a: number, b: number, length: number, of: (a: number, b: number) => number): number {
    const [first, second] = [this.#chunks[a >>> 16], this.#chunks[b >>> 16]];
    if (!first || !second) return 0;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += of(first[(a & (CHUNK - 1)) + i]!, second[(b & (CHUNK - 1)) + i]!);
    return sum;
  }

  /** Whether anything but zeros was put in. */
  get used(): boolean {
    return this.#chunks.some((chunk) => chunk !== undefined);
  }
}
