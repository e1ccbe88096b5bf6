/** What a check is: one rule about rows, with its code, severity, words for the docs, and examples that the conformance suite runs. */

import type { Severity } from '../../core/problem.ts';
import type { Path, Range, Row } from './row.ts';

/** What a check found: where, and one sentence that says what a trainer would do with the row. */
export interface Finding {
  at: Range;
  message: string;
  /** Other than the check's own, where this finding weighs more or less. */
  severity?: Severity;
  /** Edits of the line that mend it, for a quick fix. */
  fix?: CheckFix;
}

export interface CheckFix {
  /** `Rename "promt" to "prompt"`: what the menu says. */
  title: string;
  edits: readonly LineEdit[];
  /** It changes nothing that the author could have meant otherwise, so "fix all" may apply it unseen. */
  safe: boolean;
}

/** Offsets into the line. `wholeLine`: the line goes, with its line break. */
export interface LineEdit extends Range {
  newText: string;
  wholeLine?: true;
}

export interface CheckExample {
  line: string;
  /** The format that the file is in; without one only the rules that need none apply. */
  format?: string;
  /** The marked text: its first occurrence in the line, or the offsets. */
  marks: string | readonly [number, number];
  severity?: Severity;
  /** The line after its fix. */
  fixed?: string;
}

export interface CounterExample {
  line: string;
  format?: string;
}

export interface Check {
  /** The problem's code: kebab-case, never reused for another rule. */
  readonly id: string;
  readonly severity: Severity;
  /** What it finds, in a few words. */
  readonly title: string;
  /** What trainers do with such a row, for the docs: a paragraph of Markdown. */
  readonly effect: string;
  /** `line`: any line · `record`: only rows that are JSON objects. */
  readonly on: 'line' | 'record';
  check(row: Row, report: (finding: Finding) => void): void;
  readonly examples: readonly CheckExample[];
  readonly counterExamples: readonly CounterExample[];
}

export type { Path, Range, Row };
