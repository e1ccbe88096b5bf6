/** The prepared rows of a training in typed arrays: a few bytes a token however many rows there are. */

import { UserError } from '../core/problem.ts';
import type { PreparedRow, PreparedSide } from '../tokens/prepare.ts';

/** One sequence of a row: views into the store, not copies. */
export interface Sequence {
  ids: Int32Array | Uint16Array;
  /** 0 or 1 per id: whether it is a target of the loss. */
  trained: Uint8Array;
  promptLength: number;
  /** What is to be learnt beside the tokens, where the row says it. */
  target?: number;
  /** What was cut off its end and may still be needed; absent where nothing is. */
  beyond?: readonly number[];
}

/** Rows by number. A row has one sequence, or two (chosen, rejected) for methods that compare. */
export interface Rows {
  readonly count: number;
  readonly sides: number;
  readonly tokens: number;
  sequence(row: number, side?: number): Sequence;
  /** Tokens of the longest side. */
  length(row: number): number;
  /** Lines of the file that the row came from, from 1: several for a packed row. */
  lines(row: number): readonly number[];
  /** For packed rows whose sequences see nothing of each other: where each begins in the row. */
  starts?(row: number): readonly number[];
}

export interface RowStore extends Rows {
  /** Adds a usable row. */
  add(row: PreparedRow): void;
}

/** About 0.8 GB at three bytes a token. A file beyond it belongs into parts, trained one after another. */
const maxStoredTokens = 2 ** 28;

export function createRowStore(vocabSize: number, place: string, limit = maxStoredTokens): RowStore {
  let ids: Int32Array | Uint16Array = vocabSize <= 65536 ? new Uint16Array(4096) : new Int32Array(4096);
  let trained = new Uint8Array(4096);
  let used = 0;
  /** Per sequence: where it ends, how much of it is prompt, its target. Per row: its line. */
  const ends = growingNumbers();
  const promptLengths = growingNumbers();
  const targets = growingNumbers();
  /** By sequence, for the few that have it. */
  const beyonds = new Map<number, readonly number[]>();
  const lines = growingNumbers();
  let sides = 1;

  const reserve = (more: number) => {
    if (used + more > limit) {
      throw new UserError(`${place} has more than ${limit.toLocaleString('en')} tokens, the most that one training keeps in memory. Split the file, and train on the parts one after another.`, 'dataset-too-large');
    }
    if (used + more <= ids.length) return;
    const size = Math.min(limit, Math.max(used + more, Math.ceil(ids.length * 1.5)));
    const nextIds = ids instanceof Uint16Array ? new Uint16Array(size) : new Int32Array(size);
    nextIds.set(ids.subarray(0, used));
    ids = nextIds;
    const nextTrained = new Uint8Array(size);
    nextTrained.set(trained.subarray(0, used));
    trained = nextTrained;
  };
  const addSide = (side: PreparedSide) => {
    reserve(side.ids.length);
    ids.set(side.ids, used);
    trained.set(side.trained, used);
    used += side.ids.length;
    ends.push(used);
    promptLengths.push(side.promptLength);
    if (side.beyond) beyonds.set(targets.count, side.beyond);
    targets.push(side.target ?? 0);
  };
  const bounds = (row: number, side: number): [number, number] => {
    const index = row * sides + side;
    return [index === 0 ? 0 : ends.at(index - 1), ends.at(index)];
  };

  return {
    add(row) {
      if (lines.count === 0) sides = row.sides.length;
      else if (row.sides.length !== sides) throw new Error(`Row of line ${row.line} has ${row.sides.length} sides, the rows before it have ${sides}.`);
      row.sides.forEach(addSide);
      lines.push(row.line);
    },
    get count() {
      return lines.count;
    },
    get sides() {
      return sides;
    },
    get tokens() {
      return used;
    },
    sequence(row, side = 0) {
      const [from, to] = bounds(row, side);
      const index = row * sides + side;
      return { ids: ids.subarray(from, to), trained: trained.subarray(from, to), promptLength: promptLengths.at(index), target: targets.at(index), beyond: beyonds.get(index) };
    },
    length(row) {
      let longest = 0;
      for (let side = 0; side < sides; side++) {
        const [from, to] = bounds(row, side);
        longest = Math.max(longest, to - from);
      }
      return longest;
    },
    lines: (row) => [lines.at(row)],
  };
}

/** Several datasets, numbered through in order. */
export function joinRows(parts: readonly Rows[]): Rows & { partOf(row: number): number } {
  const firsts: number[] = [];
  let count = 0;
  for (const part of parts) {
    firsts.push(count);
    count += part.count;
  }
  const find = (row: number): [Rows, number, number] => {
    let part = firsts.length - 1;
    while (part > 0 && (firsts[part]! > row || parts[part]!.count === 0)) part--;
    return [parts[part]!, row - firsts[part]!, part];
  };
  const sides = parts.find((part) => part.count > 0)?.sides ?? 1;
  return {
    count,
    sides,
    tokens: parts.reduce((sum, part) => sum + part.tokens, 0),
    sequence(row, side) {
      const [part, at] = find(row);
      return part.sequence(at, side);
    },
    length(row) {
      const [part, at] = find(row);
      return part.length(at);
    },
    lines(row) {
      const [part, at] = find(row);
      return part.lines(at);
    },
    starts: parts.some((part) => part.starts)
      ? (row) => {
          const [part, at] = find(row);
          return part.starts!(at);
        }
      : undefined,
    partOf: (row) => find(row)[2],
  };
}

/** Numbers without a boxed array: Float64 holds offsets past 2^31. */
function growingNumbers() {
  let data = new Float64Array(1024);
  let count = 0;
  return {
    push(value: number) {
      if (count === data.length) {
        const next = new Float64Array(data.length * 2);
        next.set(data);
        data = next;
      }
      data[count++] = value;
    },
    at: (index: number) => data[index]!,
    get count() {
      return count;
    },
  };
}
