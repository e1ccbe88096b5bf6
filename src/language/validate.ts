/** Finds what is wrong with rows: one line at a time, and whole files as a stream. The one code path for editor, server and terminal. */

import type { Problem } from '../core/problem.ts';
import { checks } from '../dataset/checks/index.ts';
import { Row } from '../dataset/checks/row.ts';
import type { CheckFix } from '../dataset/checks/check.ts';
import type { Format } from '../dataset/format.ts';

/** A problem of a row; `data.fix` is the quick fix where there is one. */
export interface RowProblem extends Problem {
  data?: { fix?: CheckFix };
}

/** Everything that is wrong with one line (without its line break), in order of place. Never throws. */
export function validateLine(text: string, format?: Format): RowProblem[] {
  return validateRow(new Row(text, format));
}

export function validateRow(row: Row): RowProblem[] {
  const problems: RowProblem[] = [];
  const isRecord = row.record !== undefined;
  for (const check of checks.entries) {
    if (check.on === 'record' && !isRecord) continue;
    check.check(row, ({ at, message, severity, fix }) => {
      problems.push({ code: check.id, severity: severity ?? check.severity, message, start: at.start, end: at.end, ...(fix && { data: { fix } }) });
    });
  }
  return problems.length > 1 ? problems.sort((a, b) => a.start - b.start || a.end - b.end) : problems;
}
