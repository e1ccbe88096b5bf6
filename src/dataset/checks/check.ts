/** What a check is: one rule about rows, with its code, severity, words for the docs, and examples that the conformance suite runs. */

import type { Severity } from '../../core/problem.ts';
import type { KnownFiles } from '../across/knownFiles.ts';
import type { RowFacts } from '../across/rowFacts.ts';
import type { RowTable } from '../across/rowTable.ts';
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

/** A rule about all rows of a file together: it watches them pass, keeps a few bytes of each, and says at the end what it suspects. */
export interface SetCheck extends Described {
  readonly on: 'set';
  /** Undefined where it has nothing to do. `table` is what all such rules keep together. */
  watch(table: RowTable, known: KnownFiles): SetWatch | undefined;
  readonly examples: readonly SetExample[];
  readonly counterExamples: readonly Omit<SetExample, 'marks'>[];
}

export interface SetWatch {
  /** Every line in order; undefined for one that is no JSON object. */
  add(facts: RowFacts | undefined): void;
  /** Called when all lines were added. */
  end(): SetFindings;
}

export interface SetFindings {
  /** How often the rule applies: to rows, groups of rows or columns. */
  total: number;
  /** The first of them: `MOST_LISTED`, or some more where not all may be what they look like. */
  suspects: readonly Suspect[];
  /** What is said of the file where more were found than are listed: `5 % of the rows are copies`. */
  inAll?: string;
  /** About the file as a whole. */
  file?: { message: string; severity?: Severity };
}

/** So many findings of one rule are listed; how many there are is said at the start of the file. */
export const MOST_LISTED = 100;

/** Until its rows are looked at again, only their hashes are known to be what the rule looks for. Lines count from 0. */
export interface Suspect {
  line: number;
  /** Rows that it is compared with. */
  others: readonly number[];
  /** Undefined where the rows are not what their hashes made them look like. */
  confirm(row: RowFacts, others: readonly RowFacts[]): Finding | undefined;
}

export interface SetExample {
  lines: readonly string[];
  format: string;
  /** The marked text of each line with a finding, by its number from 1; a list of no lines is a finding about the file. */
  marks: Readonly<Record<number, string>>;
  /** Rows to evaluate with, and those of a benchmark. */
  evals?: readonly string[];
  benchmark?: readonly string[];
}

export type Check = RowCheck | FileCheck | SetCheck;

export type { Range, Row };
