/** What the first rows tell about a file: its format, and what is wrong with the file as a whole. */

import type { Problem } from '../core/problem.ts';
import { fileChecks } from '../dataset/checks/index.ts';
import type { Format } from '../dataset/format.ts';
import { detectFormat } from '../dataset/formats/index.ts';
import { isBlank, parseRecord } from '../dataset/lineText.ts';

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
  const texts: string[] = [];
  const records: Record<string, unknown>[] = [];
  let chars = 0;
  let count = 0;
  const full = () => texts.length >= HEAD_ROWS || chars >= HEAD_CHARS || count >= HEAD_LINES;
  for (const line of lines) {
    if (full()) break;
    count++;
    if (isBlank(line)) continue;
    chars += line.length;
    texts.push(line);
    const record = parseRecord(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line);
    if (record) records.push(record);
  }
  const format = wanted ?? detectFormat(records)?.format;
  const problems: Problem[] = [];
  let stop = false;
  for (const check of fileChecks) {
    const found = check.check({ lines: texts, records, format });
    if (!found) continue;
    problems.push({ code: check.id, severity: check.severity, message: found.message, start: 0, end: 0 });
    stop ||= found.stop === true;
  }
  return { format, problems, stop, lines: count, full: full() };
}
