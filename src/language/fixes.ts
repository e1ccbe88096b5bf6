/** Quick fixes: what would mend a problem, a row, or every row of one kind. Edits touch nothing but what they mend. */

import type { LineEdit } from '../dataset/checks/check.ts';
import type { RowProblem } from './validate.ts';

export interface LineFix {
  title: string;
  /** Codes of the problems that it mends. */
  codes: readonly string[];
  edits: readonly LineEdit[];
  safe: boolean;
}

/** The fixes for the problems of one line, most local first; a line with several has one more that applies all of them. */
export function fixesOf(problems: readonly RowProblem[]): LineFix[] {
  const fixes: LineFix[] = [];
  for (const { code, data } of problems) if (data?.fix) fixes.push({ title: data.fix.title, codes: [code], edits: data.fix.edits, safe: data.fix.safe });
  if (fixes.length > 1) {
    const edits = combined(problems);
    fixes.push({ title: 'Fix everything that can be fixed in this row', codes: [...new Set(fixes.flatMap(({ codes }) => codes))], edits, safe: fixes.every(({ safe }) => safe) });
  }
  return fixes;
}

/** All edits of the problems' fixes together, in order; one that would overlap an earlier one is left out. */
export function combined(problems: readonly RowProblem[], options: { onlySafe?: boolean; code?: string } = {}): LineEdit[] {
  const edits: LineEdit[] = [];
  const wanted = problems.filter(({ code, data }) => data?.fix && (!options.onlySafe || data.fix.safe) && (options.code === undefined || options.code === code));
  for (const edit of wanted.flatMap(({ data }) => data!.fix!.edits).sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edits.length === 0 || edit.start >= edits.at(-1)!.end) edits.push(edit);
  }
  return edits;
}

export function applyEdits(line: string, edits: readonly LineEdit[]): string {
  let text = '';
  let at = 0;
  for (const edit of edits) {
    text += line.slice(at, edit.start) + edit.newText;
    at = edit.end;
  }
  return text + line.slice(at);
}

/** The line with every fix of its problems applied. */
export function applyFixes(line: string, problems: readonly RowProblem[], options?: { onlySafe?: boolean; code?: string }): string {
  return applyEdits(line, combined(problems, options));
}
