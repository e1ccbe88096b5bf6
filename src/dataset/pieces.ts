/** A sequence of rows as pieces: runs of lines of the base file, and runs of lines that were put in. Values, never changed in place. */

import type { Splice } from './editLog.ts';

export type Piece = { kind: 'base'; first: number; count: number } | { kind: 'added'; lines: readonly string[]; first: number; count: number };

export function countRows(pieces: readonly Piece[]): number {
  let rows = 0;
  for (const piece of pieces) rows += piece.count;
  return rows;
}

/** The pieces that make up rows `[from, from + count)`, cut to them. */
export function piecesInRange(pieces: readonly Piece[], from: number, count: number): Piece[] {
  const result: Piece[] = [];
  let row = 0;
  const to = from + count;
  for (const piece of pieces) {
    if (row >= to) break;
    const start = Math.max(from, row);
    const end = Math.min(to, row + piece.count);
    if (start < end) result.push(slicePiece(piece, start - row, end - start));
    row += piece.count;
  }
  return result;
}

/**
 * Applies splices that are sorted by `at`, do not overlap and count rows as they were before all of them: one pass, whatever their
 * number.
 */
export function splicePieces(pieces: readonly Piece[], splices: readonly Splice[]): Piece[] {
  const result: Piece[] = [];
  let index = 0;
  let used = 0; // rows of pieces[index] that are already taken or dropped
  let row = 0;
  const advance = (rows: number, keep: boolean) => {
    while (rows > 0) {
      const piece = pieces[index];
      if (!piece) throw new RangeError(`Rows ${row} and after do not exist.`);
      const part = Math.min(rows, piece.count - used);
      if (keep) push(result, slicePiece(piece, used, part));
      used += part;
      row += part;
      rows -= part;
      if (used === piece.count) {
        index++;
        used = 0;
      }
    }
  };
  for (const splice of splices) {
    if (splice.at < row) throw new RangeError('Splices overlap or are not sorted.');
    advance(splice.at - row, true);
    advance(splice.removed.length, false);
    push(result, { kind: 'added', lines: splice.inserted, first: 0, count: splice.inserted.length });
  }
  if (used > 0) push(result, slicePiece(pieces[index]!, used, pieces[index++]!.count - used));
  for (; index < pieces.length; index++) push(result, pieces[index]!);
  return result;
}

/** Adds lines that were found later at the end of the base. */
export function growPieces(pieces: readonly Piece[], first: number, count: number): Piece[] {
  const result = pieces.slice(0, -1);
  if (pieces.length > 0) push(result, pieces.at(-1)!);
  push(result, { kind: 'base', first, count });
  return result;
}

function slicePiece(piece: Piece, skip: number, count: number): Piece {
  return skip === 0 && count === piece.count ? piece : { ...piece, first: piece.first + skip, count };
}

/** Appends; runs that continue each other become one, so that undoing leaves no crumbs. */
function push(result: Piece[], piece: Piece): void {
  if (piece.count === 0) return;
  const last = result.at(-1);
  if (last && continues(last, piece)) result[result.length - 1] = { ...last, count: last.count + piece.count };
  else result.push(piece);
}

function continues(a: Piece, b: Piece): boolean {
  if (a.first + a.count !== b.first) return false;
  return a.kind === 'base' ? b.kind === 'base' : b.kind === 'added' && a.lines === b.lines;
}
