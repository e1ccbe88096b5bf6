/** Best fit decreasing: the longest pieces first, each into the fullest bin where it still fits. As TRL 1.16 packs rows. */

/** Pieces of at most `length` into bins of `length`. */
export function bestFit<P extends { readonly length: number }>(pieces: readonly P[], length: number): P[][] {
  const bins: P[][] = [];
  /** Bins by the room that they have left, the one that got it first in front; and those rooms in order. */
  const byRoom = new Map<number, P[][]>();
  const rooms: number[] = [];
  for (const piece of pieces.toSorted((a, b) => b.length - a.length)) {
    const found = lowerBound(rooms, piece.length);
    const room = rooms[found] ?? length;
    let bin: P[] | undefined;
    if (found < rooms.length) {
      const waiting = byRoom.get(room)!;
      bin = waiting.shift()!;
      if (waiting.length === 0) {
        byRoom.delete(room);
        rooms.splice(found, 1);
      }
    } else bins.push((bin = []));
    bin.push(piece);
    const left = room - piece.length;
    if (left === 0) continue;
    const waiting = byRoom.get(left);
    if (waiting) waiting.push(bin);
    else {
      byRoom.set(left, [bin]);
      rooms.splice(lowerBound(rooms, left), 0, left);
    }
  }
  return bins;
}

/** The first place in rising numbers whose number is at least `value`. */
function lowerBound(rising: readonly number[], value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
