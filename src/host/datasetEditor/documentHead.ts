/** What the first rows of an open dataset say about all of it: the format, and what is wrong with the file as a whole. Looked at again when they change. */

import { setImmediate } from 'node:timers/promises';
import { createEmitter } from '../../core/emitter.ts';
import type { Splice } from '../../dataset/editLog.ts';
import type { Format } from '../../dataset/format.ts';
import { isBlank } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { FileHeadReader, type FileHead } from '../../language/fileHead.ts';

const HEAD_ROWS = 100;
const HEAD_CHARS = 1024 * 1024;
const ROW_BYTES = 256 * 1024;
const AGAIN_MS = 300;
/** Other work has its turn after so many characters. */
const SLICE_CHARS = 64 * 1024;
const nothing: FileHead = { format: undefined, problems: [], stop: false, lines: 0, full: false };

export class DocumentHead {
  /** The format or the problems of the whole file are others now. */
  readonly changed = createEmitter<void>();

  #head = nothing;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `wanted`: the format that the rows are said to have, if any. */
  constructor(
    private readonly read: (from: number, count: number, maxBytes: number) => Promise<Line[]>,
    private readonly wanted: () => Format | undefined,
  ) {}

  get now(): Readonly<FileHead> {
    return this.#head;
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = summary(this.#head);
    const reader = new FileHeadReader(this.wanted());
    let sliced = 0;
    let [chars, rows, at, cut, ended] = [0, 0, 0, 0, false];
    while (!ended && !reader.full && rows < HEAD_ROWS && chars < HEAD_CHARS) {
      const batch = await this.read(at, HEAD_ROWS, ROW_BYTES);
      ended = batch.length < HEAD_ROWS;
      at += batch.length;
      for (const line of batch) {
        if (reader.full || rows === HEAD_ROWS || chars >= HEAD_CHARS) break;
        if (chars - sliced > SLICE_CHARS) {
          sliced = chars;
          await setImmediate();
        }
        if (line.cut) cut++;
        else reader.add(line.text);
        chars += line.cut ? ROW_BYTES : line.text.length;
        if (!isBlank(line.text)) rows++;
      }
    }
    const { head } = reader;
    // nothing is said about a file from rows that were not read to their ends
    this.#head = { ...(cut > 0 ? { ...head, problems: [], stop: false } : head), lines: at, full: !ended };
    if (summary(this.#head) !== before) this.changed.emit();
  }

  /** Rows changed: looks again a moment later if they were among the first. */
  follow(splices: readonly Splice[]): void {
    if (this.#head.full && splices.every(({ at }) => at >= this.#head.lines)) return;
    this.#timer ??= setTimeout(() => void this.look().catch(() => undefined), AGAIN_MS); // a file that can't be read says so itself
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

function summary({ format, problems, stop }: FileHead): string {
  return JSON.stringify([format?.id, problems, stop]);
}
