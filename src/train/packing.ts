/** Several prepared rows in one: fewer, fuller rows, so that a batch is not filled up with padding. As TRL 1.16's `pack_dataset` does it. */

import { bestFit } from '../methods/bestFit.ts';
import type { PackingStrategy } from '../methods/shared.ts';
import type { Rows, Sequence } from './rowStore.ts';

/** `apart`: whether the sequences of a packed row see nothing of each other, where the strategy keeps them whole. */
export function packRows(store: Rows, length: number, strategy: PackingStrategy, apart = true): Rows {
  if (store.count === 0) return store;
  if (store.sides !== 1) throw new Error('Rows with two sides cannot be packed.');
  return strategy === 'wrapped' ? packWrapped(store, length) : packBestFit(store, length, { split: strategy === 'bfd_split', apart });
}

/**
 * The same tokens cut into rows of `length`, one document after another, as TRL's packing strategy "wrapped". Attention reaches over
 * the borders, also as there. Only the last row may be shorter. Unlike TRL, which packs every 1,000 documents on their own, nothing
 * is cut short in between.
 */
function packWrapped(store: Rows, length: number): Rows {
  // One store keeps its rows one after another in one buffer, so a packed row is a window on that buffer.
  const first = store.sequence(0);
  const allIds = first.ids instanceof Uint16Array ? new Uint16Array(first.ids.buffer, 0, store.tokens) : new Int32Array(first.ids.buffer, 0, store.tokens);
  const allTrained = new Uint8Array(first.trained.buffer, 0, store.tokens);
  const starts = new Float64Array(store.count);
  for (let row = 0, at = 0; row < store.count; row++) {
    starts[row] = at;
    at += store.length(row);
  }
  const count = Math.ceil(store.tokens / length);
  const end = (row: number) => Math.min((row + 1) * length, store.tokens);
  /** The document that holds this token. */
  const documentAt = (token: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= token) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    count,
    sides: 1,
    tokens: store.tokens,
    sequence: (row) => ({ ids: allIds.subarray(row * length, end(row)), trained: allTrained.subarray(row * length, end(row)), promptLength: 0 }),
    length: (row) => end(row) - row * length,
    lines(row) {
      const from = documentAt(row * length);
      return Array.from({ length: documentAt(end(row) - 1) - from + 1 }, (_, i) => store.lines(from + i)).flat();
    },
  };
}

/** TRL packs so many rows on their own. */
const rowsPerPacking = 1000;

/** A stretch of a row of the store. */
interface Piece {
  row: number;
  from: number;
  length: number;
}

/**
 * Best fit decreasing: the longest rows first, each into the fullest packed row where it still fits. What is longer than `length` is cut
 * there, or with `split` goes on as a row of its own. Sequences that are `apart`: `starts` says where each begins, attention does not
 * reach over that place, and positions begin there anew.
 */
function packBestFit(store: Rows, length: number, { split, apart }: { split: boolean; apart: boolean }): Rows {
  const bins: Piece[][] = [];
  for (let from = 0; from < store.count; from += rowsPerPacking) {
    const pieces: Piece[] = [];
    for (let row = from; row < Math.min(from + rowsPerPacking, store.count); row++) {
      const whole = store.length(row);
      for (let at = 0; at < (split ? whole : Math.min(whole, 1)); at += length) pieces.push({ row, from: at, length: Math.min(length, whole - at) });
    }
    bins.push(...bestFit(pieces, length));
  }
  const lengthOf = (bin: readonly Piece[]) => bin.reduce((sum, piece) => sum + piece.length, 0);
  return {
    count: bins.length,
    sides: 1,
    tokens: bins.reduce((sum, bin) => sum + lengthOf(bin), 0),
    sequence(row): Sequence {
      const bin = bins[row]!;
      const total = lengthOf(bin);
      const ids = store.sequence(0).ids instanceof Uint16Array ? new Uint16Array(total) : new Int32Array(total);
      const trained = new Uint8Array(total);
      let at = 0;
      for (const piece of bin) {
        const { ids: pieceIds, trained: pieceTrained } = store.sequence(piece.row);
        ids.set(pieceIds.subarray(piece.from, piece.from + piece.length), at);
        trained.set(pieceTrained.subarray(piece.from, piece.from + piece.length), at);
        // The first token of a sequence is predicted by nothing.
        if (apart) trained[at] = 0;
        at += piece.length;
      }
      return { ids, trained, promptLength: 0 };
    },
    length: (row) => lengthOf(bins[row]!),
    lines: (row) => bins[row]!.flatMap((piece) => store.lines(piece.row)),
    ...(apart && {
      starts(row: number) {
        let at = 0;
        return bins[row]!.map((piece) => (at += piece.length) - piece.length);
      },
    }),
  };
}
