/** What a check is: one rule about rows, with its code, severity, words for the docs, and examples that the conformance suite runs. */

import type { Severity } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import type { Range, Row } from './row.ts';

/** What a check found: where, and one sentence that says what a trainer would do with the row. */
export interface Finding {
  at: Range;
  message: string;
  /** Other than the check's own, where this finding weighs more or less. */
  severity?: Severity;
  fix?: CheckFix;
}

/** A quick fix: edits of the line. Several findings of one line can be mended together, so edits never overlap. */
export interface CheckFix {
  /** What the menu says: `Rename "promt" to "prompt"`. */
  title: string;
  edits: readonly LineEdit[];
  /** It changes nothing that the author could have meant otherwise, so "fix all" may apply it unseen. */
  safe: boolean;
}

/** Offsets into the line. `removesLine`: the line goes with its line break. */
export interface LineEdit extends Range {
  newText: string;
  removesLine?: true;
}

export interface CheckExample {
  line: string;
  /** The format that the file is in; without one only the rules that need none apply. */
  format?: string;
  /** The marked text (its first occurrence in the line), or the offsets. */
  marks: string | readonly [number, number];
  severity?: Severity;
  /** The line after its fixes. */
  fixed?: string;
  options?: RowOptions;
}

export interface CounterExample {
  line: string;
  format?: string;
  options?: RowOptions;
}

/** What is known about a line beside its text. */
export interface RowOptions {
  /** It is the first line of its file. */
  first?: boolean;
}

interface Described {
  /** The problem's code: kebab-case, never reused for another rule. */
  readonly id: string;
  readonly severity: Severity;
  /** What it finds, in a few words. */
  readonly title: string;
  /** What trainers do with such a row, for the docs: a paragraph of Markdown. */
  readonly effect: string;
}

export interface RowCheck extends Described {
  /** `line`: any line · `record`: only rows that are JSON objects. */
  readonly on: 'line' | 'record';
  check(row: Row, report: (finding: Finding) => void): void;
  readonly examples: readonly CheckExample[];
  readonly counterExamples: readonly CounterExample[];
}

/** A rule about a file as a whole; its place is the very start of the file. */
export interface FileCheck extends Described {
  readonly on: 'file';
  /** The message, or undefined when all is well. */
  check(file: FileFacts): { message: string; /** Its rows need not be looked at: each would say the same. */ stop?: true } | undefined;
  readonly examples: readonly { lines: readonly string[] }[];
  readonly counterExamples: readonly { lines: readonly string[] }[];
}

/** What the first rows tell about a file. */
export interface FileFacts {
  /** The first lines that are not blank. */
  readonly lines: readonly string[];
  /** How many of them are JSON objects, and the keys of those, each once. */
  readonly records: number;
  readonly keys: readonly string[];
  /** The format that the user names or that fits best. */
  readonly format: Format | undefined;
}

export type Check = RowCheck | FileCheck;

export type { Range, Row };
