/** Finds what is wrong with rows: one line at a time, and whole files as a stream, also with their rows taken together. The one code path for editor, server and terminal. */

import { throwIfAborted } from '../core/abort.ts';
import type { Problem, Severity } from '../core/problem.ts';
import type { CheckFix, RowOptions } from '../dataset/checks/check.ts';
import { rowChecks } from '../dataset/checks/index.ts';
import { Row } from '../dataset/checks/row.ts';
import type { KnownFiles } from '../dataset/across/knownFiles.ts';
import type { Format } from '../dataset/format.ts';
import { withoutCr } from '../dataset/lineText.ts';
import { AcrossRows, type SecondLook } from './acrossRows.ts';
import { noRules, type CheckRules } from './checkRules.ts';
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
  rules?: CheckRules;
  /** Rows are also held against each other and against other files. */
  across?: { known: KnownFiles; /** The lines of the file once more. */ again(): Batches };
  onProblem(found: LineProblem): void;
}

/** The lines of a file in order. */
export type Batches = AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

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
 * Checks a whole file. `batches` are its lines (dataset/lineReader.ts, or any other). Memory is that of one batch and the first rows, and
 * where rows are held against each other some 100 bytes of each row. Throws `Cancelled` when aborted.
 */
export async function validateFile(batches: Batches, options: ValidateFileOptions, signal?: AbortSignal): Promise<ValidationSummary> {
  const summary: ValidationSummary = { format: options.format, lines: 0, rows: 0, blank: 0, counts: { error: 0, warning: 0, info: 0, hint: 0 }, total: 0, listed: 0 };
  const most = options.maxProblems ?? Infinity;
  const across = options.across && new AcrossRows(options.across.known);
  const rules = options.rules ?? noRules;
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
      for (const problem of rules.of(validateRow(row), text)) report(summary.lines, problem);
      across?.add(row);
    }
  };

  const reader = new FileHeadReader(options.format);
  let head: string[] | undefined = [];
  /** True when the rows need not be looked at. */
  const endHead = (found: FileHead): boolean => {
    summary.format = found.format;
    for (const problem of rules.ofFile(found.problems)) report(1, problem as RowProblem);
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
  if (head && endHead(reader.head)) return summary;
  if (across) {
    const look = across.end();
    await lookAgain(look, options.across!.again(), signal);
    for (const { line, problem } of look.problems(summary.format)) for (const ruled of rules.of([problem], look.text(line - 1))) report(line, ruled);
  }
  return summary;
}

async function lookAgain(look: SecondLook, batches: Batches, signal: AbortSignal | undefined): Promise<void> {
  const { wanted } = look;
  let [line, next] = [0, 0];
  if (wanted.length === 0) return;
  for await (const batch of batches) {
    throwIfAborted(signal);
    for (; next < wanted.length && wanted[next]! < line + batch.length; next++) look.add(wanted[next]!, batch[wanted[next]! - line]!);
    if (next === wanted.length) return;
    line += batch.length;
  }
}
