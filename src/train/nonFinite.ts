/** What is said of a step whose loss or gradient is no finite number: which files and lines were in it. */

import type { PlannedPart } from './plan.ts';
import type { Rows } from './rowStore.ts';

export interface BadStep {
  /** From 1. */
  step: number;
  loss: number;
  norm: number;
  /** The rows of its micro-batches; only those whose own loss was not finite, where that is known. */
  batch: readonly number[];
}

/** The end of the sentence says what became of the step. */
export function badStepMessage({ step, loss, norm, batch }: BadStep, rows: Rows, parts: readonly PlannedPart[], then: string): string {
  const what = Number.isFinite(loss) ? `the gradient norm is ${norm}` : `the loss is ${loss}`;
  return `Step ${step}: ${what}; ${then} Rows in this batch: ${placesOf(batch, rows, parts)}.`;
}

/** `/data/a.jsonl:3, 7, 9 …; /data/b.jsonl:2` */
function placesOf(batch: readonly number[], rows: Rows, parts: readonly PlannedPart[]): string {
  const byPart = new Map<number, Set<number>>();
  for (const row of batch) {
    const part = partOf(row, parts);
    const lines = byPart.get(part) ?? new Set();
    byPart.set(part, lines);
    for (const line of rows.lines(row)) lines.add(line);
  }
  return [...byPart].sort(([a], [b]) => a - b).map(([part, lines]) => {
    const sorted = [...lines].sort((a, b) => a - b);
    return `${parts[part]?.path ?? 'line'}:${sorted.slice(0, 16).join(', ')}${sorted.length > 16 ? ` and ${sorted.length - 16} more` : ''}`;
  }).join('; ');
}

/** Rows are numbered through all parts. */
function partOf(row: number, parts: readonly PlannedPart[]): number {
  let first = 0;
  for (const [part, { count }] of parts.entries()) {
    if (row < first + count) return part;
    first += count;
  }
  return parts.length - 1;
}
