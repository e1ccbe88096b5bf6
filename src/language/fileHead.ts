/** What the first rows tell about a file: its format, and what is wrong with the file as a whole. */

import type { Problem } from '../core/problem.ts';
import { fileChecks } from '../dataset/checks/index.ts';
import type { Format } from '../dataset/format.ts';
import { FormatDetector } from '../dataset/formats/index.ts';
import { isBlank, parseRecord, withoutMark } from '../dataset/lineText.ts';

/** So many rows are looked at, or fewer when they are very long or stand between very many empty lines. */
const HEAD_ROWS = 100;
const HEAD_CHARS = 8 * 1024 * 1024;
const HEAD_LINES = 10_000;

export interface FileHead {
  /** The format that was asked for, or the one that fits best; undefined when none does. */
  format: Format | undefined;
  /** Problems of the file as a whole: their place is its very start. */
  problems: Problem[];
  /** Looking at the rows would only say the same of each. */
  stop: boolean;
  /** Lines that were looked at, blank ones included: while they stay the same, so does this. */
  lines: number;
  /** Enough was looked at: more lines would change nothing. */
  full: boolean;
}

/** `lines` from the first one on; taken only as far as needed. */
export function readFileHead(lines: Iterable<string>, wanted?: Format): FileHead {
  const reader = new FileHeadReader(wanted);
  for (const line of lines) {
    if (reader.full) break;
    reader.add(line);
  }
  return reader.head;
}

/** Takes the lines one by one, so that who must not hold others up can pause between them. */
export class FileHeadReader {
  readonly #texts: string[] = [];
  readonly #keys = new Set<string>();
  readonly #detector = new FormatDetector();
  #records = 0;
  #chars = 0;
  #lines = 0;

  constructor(private readonly wanted: Format | undefined) {}

  get full(): boolean {
    return this.#texts.length >= HEAD_ROWS || this.#chars >= HEAD_CHARS || this.#lines >= HEAD_LINES;
  }

  add(line: string): void {
    this.#lines++;
    if (isBlank(line)) return;
    this.#chars += line.length;
    this.#texts.push(line);
    const record = parseRecord(withoutMark(line));
    if (!record) return;
    this.#records++;
    for (const key of Object.keys(record)) this.#keys.add(key);
    if (!this.wanted) this.#detector.add(record);
  }

  get head(): FileHead {
    const format = this.wanted ?? this.#detector.best?.format;
    const problems: Problem[] = [];
    let stop = false;
    for (const check of fileChecks) {
      const found = check.check({ lines: this.#texts, records: this.#records, keys: [...this.#keys], format });
      if (!found) continue;
      problems.push({ code: check.id, severity: check.severity, message: found.message, start: 0, end: 0 });
      stop ||= found.stop === true;
    }
    return { format, problems, stop, lines: this.#lines, full: this.full };
  }
}
