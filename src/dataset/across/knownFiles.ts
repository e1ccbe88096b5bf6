/** What is known of other files when a file is checked: which questions an evaluation asks, which runs of words a benchmark holds. */

import type { BenchmarkTexts } from './benchmarkTexts.ts';
import type { EvalQuestions } from './evalQuestions.ts';

export interface KnownFiles {
  evals?: EvalQuestions;
  benchmarks?: BenchmarkTexts;
}

/** Lines of several files as one number each. */
export class FileLines {
  readonly #starts: { name: string; first: number }[] = [];
  #lines = 0;

  /** The lines that follow are of this file. */
  open(name: string): void {
    this.#starts.push({ name, first: this.#lines });
  }

  next(): number {
    return this.#lines++;
  }

  /** `line 3 of eval.jsonl` */
  named(line: number): string {
    const { name, first } = this.#starts.findLast((start) => start.first <= line)!;
    return `line ${line - first + 1} of ${name}`;
  }
}
