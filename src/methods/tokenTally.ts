/** Counts what a method makes of the rows of a file, one after the other: tokens, what is learnt, cut and left out, and how full batches get. */

import { SpreadCounter } from '../dataset/stats/spread.ts';
import type { PreparedRow } from '../tokens/prepare.ts';
import { bestFit } from './bestFit.ts';
import type { TokenStats } from './datasetStats.ts';
import { methods, type MethodId } from './index.ts';

/** TRL packs so many rows on their own. */
const rowsPerPacking = 1000;

export class TokenTally {
  readonly #length = new SpreadCounter();
  readonly #counts = { usable: 0, dropped: 0, truncated: 0, total: 0, trained: 0, cut: 0, cutTrained: 0 };
  readonly #maxLength: number | null;
  readonly #batch: number;
  #inBatch: number[] = [];
  #slots = 0;
  #toPack: { length: number }[] = [];
  #packedRows = 0;
  #packedTokens = 0;

  constructor(
    private readonly method: MethodId,
    params: Readonly<Record<string, unknown>>,
  ) {
    this.#maxLength = (params.max_length as number | null | undefined) ?? null;
    this.#batch = params.per_device_train_batch_size as number;
  }

  add({ sides }: PreparedRow): void {
    const counts = this.#counts;
    const { unpaired } = methods.get(this.method);
    const kept = unpaired || sides.every(({ dropped }) => dropped === null) ? sides.filter(({ dropped }) => dropped === null) : [];
    if (sides.length === 0) return;
    // What a chat template refuses has no length.
    for (const { ids, truncatedFrom } of sides) if (ids.length > 0) this.#length.add(truncatedFrom ?? ids.length);
    if (kept.length === 0) return void counts.dropped++;
    counts.usable++;
    if (kept.some(({ truncatedFrom }) => truncatedFrom !== null)) counts.truncated++;
    for (const { ids, trained, truncatedFrom, lostTrained } of kept) {
      counts.total += ids.length;
      for (const flag of trained) counts.trained += flag;
      counts.cut += truncatedFrom === null ? 0 : truncatedFrom - ids.length;
      counts.cutTrained += lostTrained ?? 0;
      this.#place(ids.length);
    }
  }

  get stats(): TokenStats {
    this.#fillBatch();
    this.#pack();
    const packed = this.#packedRows > 0 ? this.#packedTokens / (this.#packedRows * this.#maxLength!) : null;
    return { method: this.method, maxLength: this.#maxLength, ...this.#counts, length: this.#length.spread, filled: { padded: this.#slots === 0 ? 1 : this.#counts.total / this.#slots, packed, batch: this.#batch } };
  }

  #place(length: number): void {
    this.#inBatch.push(length);
    if (this.#inBatch.length === this.#batch) this.#fillBatch();
    if (!methods.get(this.method).packing || this.#maxLength === null) return;
    this.#toPack.push({ length: Math.min(length, this.#maxLength) });
    if (this.#toPack.length === rowsPerPacking) this.#pack();
  }

  /** Every sequence of a batch is as long as its longest. */
  #fillBatch(): void {
    this.#slots += this.#inBatch.length * Math.max(0, ...this.#inBatch);
    this.#inBatch = [];
  }

  #pack(): void {
    this.#packedRows += bestFit(this.#toPack, this.#maxLength!).length;
    for (const { length } of this.#toPack) this.#packedTokens += length;
    this.#toPack = [];
  }
}
