/** Finds what is wrong with rows: one line at a time, and whole files as a stream. The one code path for editor, server and terminal. */

import { throwIfAborted } from '../core/abort.ts';
import type { Problem, Severity } from '../core/problem.ts';
import type { CheckFix, RowOptions } from '../dataset/checks/check.ts';
import { rowChecks } from '../dataset/checks/index.ts';
import { Row } from '../dataset/checks/row.ts';
import type { Format } from '../dataset/format.ts';
import { withoutCr } from '../dataset/lineText.ts';
import { FileHeadReader, type FileHead } from './fileHead.ts';

/** A problem of a row; `data.fix` is the quick fix where there is one. */
export interface RowProblem extends Problem {
  data?: { fix?: CheckFix };
}

const none: RowProblem[] = [];

/** Everything that is wrong with one line (without its line break), in order of place. Never throws. */
export function validateLine(text: string, format?: Format, options?: RowOptions): RowProblem[] {
  return validateRow(new Row(text, format, options));
}

export function validateRow(row: Row): RowProblem[] {
  let problems = none;
  const isRecord = row.record !== undefined;
  for (const check of rowChecks) {
    if (check.on === 'record' && !isRecord) continue;
    check.check(row, ({ at, message, severity, fix }) => {
      if (problems === none) problems = [];
      problems.push({ code: check.id, severity: severity ?? check.severity, message, start: at.start, end: at.end, ...(fix && { data: { fix } }) });
    });
  }
  return problems.length > 1 ? problems.sort((a, b) => a.start - b.start || a.end - b.end) : problems;
}

/** `line` counts from 1. Offsets of the problem are into that line. */
export interface LineProblem {
  line: number;
  problem: RowProblem;
}

export interface ValidateFileOptions {
  /** The format that the rows have to have; without it the one that fits the first rows best. */
  format?: Format;
  /** At most so many problems are handed out; all are counted. */
  maxProblems?: number;
  onProblem(found: LineProblem): void;
}

export interface ValidationSummary {
  format: Format | undefined;
  /** Lines in all, those with a row, and empty ones. */
  lines: number;
  rows: number;
  blank: number;
  /** How many problems there are, handed out or not. */
  counts: Record<Severity, number>;
  total: number;
  listed: number;
}

/**
 * Checks a whole file. `batches` are its lines in order (dataset/lineReader.ts, or any other). Memory is that of one batch and the
 * first rows. Throws `Cancelled` when aborted.
 */
export async function validateFile(batches: AsyncIterable<readonly string[]> | Iterable<readonly string[]>, options: ValidateFileOptions, signal?: AbortSignal): Promise<ValidationSummary> {
  const summary: ValidationSummary = { format: options.format, lines: 0, rows: 0, blank: 0, counts: { error: 0, warning: 0, info: 0, hint: 0 }, total: 0, listed: 0 };
  const most = options.maxProblems ?? Infinity;
  const report = (line: number, problem: RowProblem) => {
    summary.counts[problem.severity]++;
    summary.total++;
    if (summary.listed >= most) return;
    summary.listed++;
    options.onProblem({ line, problem });
  };
  const checkLines = (lines: readonly string[]) => {
    for (const text of lines) {
      const row = new Row(withoutCr(text), summary.format, { first: summary.lines === 0 });
      summary.lines++;
      if (row.blank) summary.blank++;
      else summary.rows++;
      for (const problem of validateRow(row)) report(summary.lines, problem);
    }
  };

  const reader = new FileHeadReader(options.format);
  let head: string[] | undefined = [];
  /** True when the rows need not be looked at. */
  const endHead = (found: FileHead): boolean => {
    summary.format = found.format;
    for (const problem of found.problems) report(1, problem as RowProblem);
    if (!found.stop) checkLines(head!);
    head = undefined;
    return found.stop;
  };
  for await (const batch of batches) {
    throwIfAborted(signal);
    if (!head) {
      checkLines(batch);
      continue;
    }
    for (const line of batch) {
      head.push(line);
      if (!reader.full) reader.add(line);
    }
    if (reader.full && endHead(reader.head)) return summary;
  }
  if (head) endHead(reader.head);
  return summary;
}
