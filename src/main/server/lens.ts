/** Above the first row of a dataset: what its rows are and how many, what is wrong with them, and the way to a run. */

import type { CodeLens } from 'vscode-languageserver/node';
import type { Severity } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import type { RowDocument } from '../../language/rowDocument.ts';

export type ProblemCounts = Readonly<Record<Severity, number>>;

/** `counts`: undefined where nobody counts, or not yet: a lens waits for nothing. Its commands are about the document in front. */
export function rowLenses(document: RowDocument, format: Format | undefined, counts: ProblemCounts | undefined): CodeLens[] {
  const { rowCount } = document;
  if (rowCount === 0) return [];
  const start = { line: 0, character: 0 };
  const lens = (title: string, command: string): CodeLens => ({ range: { start, end: start }, command: { title, command } });
  return [
    lens(`${format?.label ?? 'Unknown format'}: ${amount(rowCount, 'row')}`, 'posttrain.dataset.openEditor'),
    ...(counts ? [lens(problemWords(counts), 'workbench.actions.view.problems')] : []),
    lens('Statistics', 'posttrain.dataset.showStats'),
    lens('New Run Spec…', 'posttrain.run.new'),
  ];
}

function problemWords({ error, warning, info, hint }: ProblemCounts): string {
  const words = [error > 0 && amount(error, 'error'), warning > 0 && amount(warning, 'warning'), info + hint > 0 && amount(info + hint, 'note')].filter(Boolean);
  return words.join(', ') || 'No problems';
}

function amount(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
