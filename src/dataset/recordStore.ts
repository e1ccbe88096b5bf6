/** The rows of a dataset as they are now: an immutable byte source with its line index, and the edits on top of it. */

import { throwIfAborted } from '../core/abort.ts';
import type { ByteSource } from '../core/byteSource.ts';
import type { Splice } from './editLog.ts';
import { CHECKPOINT_BYTES, type Checkpoint, type LineIndex } from './lineIndex.ts';
import { decodeLine, encodeLine } from './lineText.ts';
import { countRows, growPieces, piecesInRange, splicePieces, type Piece } from './pieces.ts';

export interface Line {
  /** Without LF, but with the CR of a CRLF file. Only the beginning when the line is longer than what was asked for. */
  text: string;
  sizeBytes: number;
  cut: boolean;
}

/** What the rows were at one moment. Later edits do not change it, so it can be saved while people go on typing. */
export interface Snapshot {
  readonly pieces: readonly Piece[];
  readonly rows: number;
}

const CACHED_BLOCKS = 64;
const COPY_BYTES = 256 * 1024; // a slice of this size is scanned for lines in one go while it is saved

interface Block {
  /** Start of each line, and the end of the last one, as offsets in the source. Ends are after the LF. */
  bounds: number[];
  head: Uint8Array;
  headOffset: number;
}

export class RecordStore {
  #pieces: readonly Piece[];
  #rows: number;
  #baseLines: number;
  readonly #blocks = new Map<number, Promise<Block>>();

  constructor(
    readonly source: ByteSource,
    readonly index: LineIndex,
  ) {
    this.#baseLines = index.lines;
    this.#pieces = index.lines > 0 ? [{ kind: 'base', first: 0, count: index.lines }] : [];
    this.#rows = index.lines;
  }

  /** Rows known so far; grows while the index is being built (see `grow`). */
  get rows(): number {
    return this.#rows;
  }

  /** Takes over the lines that the index has found meanwhile. They come after everything, as they do in the file. */
  grow(): void {
    const added = this.index.lines - this.#baseLines;
    if (added <= 0) return;
    this.#pieces = growPieces(this.#pieces, this.#baseLines, added);
    this.#baseLines += added;
    this.#rows += added;
  }

  snapshot(): Snapshot {
    return { pieces: this.#pieces, rows: this.#rows };
  }

  /** Splices in ascending order, in the row numbers from before all of them. The removed texts are the caller's to know. */
  apply(splices: readonly Splice[]): void {
    this.#pieces = splicePieces(this.#pieces, splices);
    this.#rows = countRows(this.#pieces);
  }

  /** Rows `[from, from + count)`, clipped to what there is; of each at most `maxBytes`. */
  async read(from: number, count: number, maxBytes = Infinity): Promise<Line[]> {
    const lines: Line[] = [];
    for (const piece of piecesInRange(this.#pieces, from, count)) {
      if (piece.kind === 'base') {
        for (let i = 0; i < piece.count; i++) lines.push(await this.#readBase(piece.first + i, maxBytes));
      } else {
        for (const text of piece.lines.slice(piece.first, piece.first + piece.count)) lines.push(cutText(text, maxBytes));
      }
    }
    return lines;
  }

  /** Whole texts of rows, for edits. */
  async texts(from: number, count: number): Promise<string[]> {
    return (await this.read(from, count)).map((line) => line.text);
  }

  /** The file that these rows make, in slices, each of which lasts until the next is asked for. What nobody touched is copied byte by byte. */
  async *bytes(snapshot: Snapshot, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(COPY_BYTES);
    if (this.index.bomBytes > 0) yield await this.source.read(0, this.index.bomBytes);
    let first = true;
    let lastLineEmpty = false;
    for (const piece of snapshot.pieces) {
      throwIfAborted(signal);
      if (!first) yield LF;
      first = false;
      if (piece.kind === 'base') {
        const { start } = await this.#bounds(piece.first);
        const last = await this.#bounds(piece.first + piece.count - 1);
        for (let at = start; at < last.end; ) {
          throwIfAborted(signal);
          const slice = await this.source.read(at, Math.min(COPY_BYTES, last.end - at), memory);
          if (slice.byteLength === 0) throw new Error('The file became shorter while it was being read.');
          at += slice.byteLength;
          yield slice;
        }
        lastLineEmpty = last.start === last.end;
      } else {
        for (let at = piece.first; at < piece.first + piece.count; at += ENCODE_LINES) {
          throwIfAborted(signal);
          const part = piece.lines.slice(at, Math.min(at + ENCODE_LINES, piece.first + piece.count));
          if (at > piece.first) yield LF;
          yield encodeLine(part.join('\n'));
        }
        lastLineEmpty = piece.lines[piece.first + piece.count - 1] === '';
      }
    }
    // an empty last line exists only by the newline after it
    if (!first && (this.index.finalNewline || lastLineEmpty)) yield LF;
  }

  async #readBase(line: number, maxBytes: number): Promise<Line> {
    const block = await this.#block(line);
    const { start, end } = boundsIn(block, line - block.first);
    const sizeBytes = end - start;
    const wanted = Math.min(sizeBytes, maxBytes);
    const inHead = start - block.headOffset;
    const bytes = inHead + wanted <= block.head.byteLength ? block.head.subarray(inHead, inHead + wanted) : await this.source.read(start, wanted);
    return { text: decodeLine(wanted < sizeBytes ? bytes.subarray(0, wholeCharacters(bytes)) : bytes), sizeBytes, cut: wanted < sizeBytes };
  }

  /** Of one line: its first byte and the byte of its LF (or the end of the file). */
  async #bounds(line: number): Promise<{ start: number; end: number }> {
    const block = await this.#block(line);
    return boundsIn(block, line - block.first);
  }

  async #block(line: number): Promise<Block & { first: number }> {
    const checkpoint = this.index.checkpointOf(line);
    const cached = this.#blocks.get(checkpoint.line);
    if (cached) {
      this.#blocks.delete(checkpoint.line); // to the end: the first is the one that was not used for longest
      this.#blocks.set(checkpoint.line, cached);
      return { ...(await cached), first: checkpoint.line };
    }
    const reading = this.#readBlock(checkpoint);
    if (!checkpoint.open) {
      this.#blocks.set(checkpoint.line, reading);
      reading.catch(() => this.#blocks.delete(checkpoint.line));
      if (this.#blocks.size > CACHED_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!);
    }
    return { ...(await reading), first: checkpoint.line };
  }

  /** All lines of a block start within its first 64 KB, so a line of 100 MB costs nothing until it is asked for. */
  async #readBlock(checkpoint: Checkpoint): Promise<Block> {
    const head = await this.source.read(checkpoint.offset, Math.min(CHECKPOINT_BYTES, checkpoint.endOffset - checkpoint.offset));
    const bounds = [checkpoint.offset];
    let at = 0;
    for (let i = 1; i < checkpoint.lines; i++) {
      at = head.indexOf(10, at) + 1;
      if (at === 0) throw new Error('The file was changed while it was being read.');
      bounds.push(checkpoint.offset + at);
    }
    // an open block ends where its last known line ends, which is before the end of what was read
    const lastNewline = checkpoint.open ? head.indexOf(10, at) : -1;
    bounds.push(checkpoint.open ? checkpoint.offset + lastNewline + 1 : checkpoint.endOffset + (this.#endsWithoutNewline(checkpoint) ? 1 : 0));
    return { bounds, head, headOffset: checkpoint.offset };
  }

  #endsWithoutNewline(checkpoint: Checkpoint): boolean {
    return !this.index.finalNewline && checkpoint.line + checkpoint.lines === this.index.lines;
  }
}

const LF = Uint8Array.of(10);
const ENCODE_LINES = 256;

function boundsIn(block: Block, i: number): { start: number; end: number } {
  return { start: block.bounds[i]!, end: block.bounds[i + 1]! - 1 };
}

function cutText(text: string, maxBytes: number): Line {
  const bytes = encodeLine(text);
  if (bytes.byteLength <= maxBytes) return { text, sizeBytes: bytes.byteLength, cut: false };
  const head = bytes.subarray(0, maxBytes);
  return { text: decodeLine(head.subarray(0, wholeCharacters(head))), sizeBytes: bytes.byteLength, cut: true };
}

/** Length without an unfinished UTF-8 sequence at the end. */
function wholeCharacters(bytes: Uint8Array): number {
  let i = bytes.length - 1;
  while (i >= 0 && i > bytes.length - 4 && (bytes[i]! & 0xc0) === 0x80) i--;
  if (i < 0 || bytes[i]! < 0xc0) return bytes.length;
  const needs = bytes[i]! >= 0xf0 ? 4 : bytes[i]! >= 0xe0 ? 3 : 2;
  return i + needs > bytes.length ? i : bytes.length;
}
