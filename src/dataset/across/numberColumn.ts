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

  /** Whether anything but zeros was put in. */
  get used(): boolean {
    return this.#chunks.some((chunk) => chunk !== undefined);
  }
}
