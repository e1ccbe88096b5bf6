/** Other files from the rows of some: in random order, a part of them, without doubles, mixed, joined. All of it streams, and a seed decides. */

import type { ByteSource } from '../../core/byteSource.ts';
import { hash64 } from '../../core/hash.ts';
import { createRng, shuffle } from '../../core/rng.ts';
import { decodeLines, encodeLine } from '../lineText.ts';
import type { RowKey } from './rowKey.ts';
import { countRows, readRows } from './rows.ts';
import { SeenTexts } from './seenTexts.ts';

type Rows = AsyncGenerator<readonly string[]>;

/** Room for what does not fit in memory, in numbered parts. */
export interface Spill {
  add(part: number, bytes: Uint8Array): Promise<void>;
  read(part: number): Promise<Uint8Array>;
}

export interface ShuffleOptions {
  seed: number;
  /** Of the file, so much is in memory at a time. */
  partBytes?: number;
  signal?: AbortSignal;
}

const BATCH_ROWS = 1000;

/** Every order is equally likely: rows fall into parts at random, and each part is shuffled by itself. */
export async function* shuffledRows(source: ByteSource, spill: Spill, { seed, partBytes = 32 * 1024 * 1024, signal }: ShuffleOptions): Rows {
  const parts = Math.max(1, Math.ceil(source.sizeBytes / partBytes));
  const [dealing, ordering] = [createRng(seed, 0), createRng(seed, 1)];
  if (parts === 1) {
    const rows: string[] = [];
    for await (const lines of readRows(source, signal)) for (const line of lines) rows.push(line);
    return yield* inBatches(shuffle(rows, ordering));
  }
  for await (const lines of readRows(source, signal)) {
    const dealt: string[][] = Array.from({ length: parts }, () => []);
    for (const line of lines) dealt[dealing.below(parts)]!.push(line);
    for (const [part, own] of dealt.entries()) if (own.length > 0) await spill.add(part, encodeLine(`${own.join('\n')}\n`));
  }
  for (let part = 0; part < parts; part++) {
    const rows = decodeLines(await spill.read(part)).split('\n');
    rows.pop(); // behind the last newline
    yield* inBatches(shuffle(rows, ordering));
  }
}

async function* inBatches(rows: readonly string[]): Rows {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) yield rows.slice(at, at + BATCH_ROWS);
}

export interface Split {
  rows: number;
  /** The rows of one part, in the file's order. `second` is the part that `share` is about. */
  part(which: 'first' | 'second'): Rows;
}

/**
 * `share` of the rows into a second part, to the row but for those of one key, which stay together. Where a key goes depends on it and on
 * the seed alone: 8 bytes a row are all that is remembered.
 */
export async function splitRows(source: ByteSource, key: RowKey, { share, seed, signal }: { share: number; seed: number; signal?: AbortSignal }): Promise<Split> {
  let numbers = new Float64Array(1024);
  let rows = 0;
  for await (const lines of readRows(source, signal)) {
    for (const line of lines) {
      if (rows === numbers.length) {
        const larger = new Float64Array(2 * rows);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[rows++] = parseInt(hash64(encodeLine(`${seed} ${key(line)}`)).slice(0, 13), 16);
    }
  }
  const ordered = numbers.slice(0, rows).sort();
  const wanted = Math.round(rows * share);
  const limit = wanted < rows ? ordered[wanted]! : Infinity;
  return {
    rows,
    async *part(which) {
      let row = 0;
      for await (const lines of readRows(source, signal)) yield lines.filter(() => numbers[row++]! < limit === (which === 'second'));
    },
  };
}

/** So many rows, each set of them equally likely, in the file's order. */
export async function* sampledRows(source: ByteSource, wanted: (rows: number) => number, { seed, signal }: { seed: number; signal?: AbortSignal }): Rows {
  const rng = createRng(seed);
  let left = await countRows(source, signal);
  let missing = Math.min(left, wanted(left));
  for await (const lines of readRows(source, signal)) {
    yield lines.filter(() => {
      const taken = rng.below(left--) < missing;
      if (taken) missing--;
      return taken;
    });
  }
}

/** The first row of each key. `onRows`: so many were read. */
export async function* distinctRows(source: ByteSource, key: RowKey, { signal, onRows }: { signal?: AbortSignal; onRows?(rows: number): void } = {}): Rows {
  const seen = new SeenTexts();
  for await (const lines of readRows(source, signal)) {
    onRows?.(lines.length);
    yield lines.filter((line) => seen.add(key(line)));
  }
}

export async function* joinedRows(sources: readonly ByteSource[], signal?: AbortSignal): Rows {
  for (const source of sources) yield* readRows(source, signal);
}

/** Rows of several files spread evenly over one, each file's in its own order. */
export async function* mixedRows(sources: readonly ByteSource[], { seed, signal }: { seed: number; signal?: AbortSignal }): Rows {
  const rng = createRng(seed);
  const left: number[] = [];
  for (const source of sources) left.push(await countRows(source, signal));
  const readers = sources.map((source) => oneByOne(readRows(source, signal)));
  let batch: string[] = [];
  for (let all = left.reduce((sum, rows) => sum + rows, 0); all > 0; all--) {
    let pick = rng.below(all);
    let from = 0;
    while (pick >= left[from]!) pick -= left[from++]!;
    left[from]!--;
    const row = readers[from]!();
    batch.push(typeof row === 'string' ? row : await row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** The next row at once where it was read already. */
function oneByOne(batches: AsyncGenerator<readonly string[]>): () => string | Promise<string> {
  let batch: readonly string[] = [];
  let at = 0;
  const more = async (): Promise<string> => {
    while (at === batch.length) {
      const { value, done } = await batches.next();
      if (done) throw new Error('The file became shorter while it was being read.');
      [batch, at] = [value, 0];
    }
    return batch[at++]!;
  };
  return () => (at < batch.length ? batch[at++]! : more());
}
