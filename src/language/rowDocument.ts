/** A dataset that is open as text: its lines, kept up to date edit by edit, and the problems of each, found once per change of that line. */

import { Cancelled } from '../core/abort.ts';
import type { Severity } from '../core/problem.ts';
import type { Slicer } from '../core/slice.ts';
import { inParts } from '../core/text.ts';
import type { Format } from '../dataset/format.ts';
import { isBlank } from '../dataset/lineText.ts';
import { noRules, type CheckRules } from './checkRules.ts';
import { readFileHead, type FileHead } from './fileHead.ts';
import { validateLine, type LineProblem, type RowProblem } from './validate.ts';

/** Lines and characters (UTF-16 units) count from 0, as in the language server protocol. */
export interface TextPosition {
  line: number;
  character: number;
}

/** Without a range the text is all there is. */
export interface TextChange {
  range?: { start: TextPosition; end: TextPosition };
  text: string;
}

export interface DocumentProblems {
  /** In order of place; at most as many as asked for. Line numbers count from 1. */
  problems: LineProblem[];
  total: number;
  /** How many there are of each severity, listed or not. */
  counts: Record<Severity, number>;
  format: Format | undefined;
}

export class RowDocument {
  /** Without their line breaks. After a last line break there is one more, empty, which is no row. */
  #lines: string[];
  /** One for each line: undefined until it is looked at. */
  #problems: (readonly RowProblem[] | undefined)[];
  /** What other rows say of each line: found by another, some time after the last edit, and moved along with the lines until then. */
  #across: (readonly RowProblem[] | undefined)[];
  /** Kept until one of the first rows, or the wanted format, changes. */
  #head: FileHead | undefined;
  #wanted: Format | undefined;
  /** The format that `#problems` were found for. */
  #format: Format | undefined;

  constructor(readonly uri: string, readonly languageId: string, public version: number, text: string) {
    this.#lines = splitLines(text);
    this.#problems = new Array<undefined>(this.#lines.length).fill(undefined);
    this.#across = [...this.#problems];
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  lineAt(line: number): string {
    return this.#lines[line] ?? '';
  }

  /** Lines that are not blank. */
  get rowCount(): number {
    let rows = 0;
    for (const line of this.#lines) if (!isBlank(line)) rows++;
    return rows;
  }

  /** Whether the line is one of the file's: the empty rest after the last line break is none. */
  isRow(line: number): boolean {
    return line < this.#lines.length - 1 || (line === this.#lines.length - 1 && this.#lines[line] !== '');
  }

  /** Applies edits, each to the text that the one before it left. Only touched lines are looked at again. */
  update(changes: readonly TextChange[], version: number): void {
    this.version = version;
    for (const { range, text } of changes) {
      if (range) this.#replace(this.#clamp(range.start), this.#clamp(range.end), text);
      else this.#replaceAll(text);
    }
  }

  /** The format of the rows: the wanted one, or the one that fits the first rows. */
  format(wanted?: Format): Format | undefined {
    return this.#headFor(wanted).format;
  }

  /** What the rows taken together gave, for the text as it is now. */
  setAcross(found: readonly LineProblem[]): void {
    this.#across.fill(undefined);
    for (const { line, problem } of found) this.#across[line - 1] = [...(this.#across[line - 1] ?? []), problem];
  }

  /** The document as the bytes of a file with LF behind each line, in pieces. */
  *bytes(): Generator<Uint8Array> {
    const encoder = new TextEncoder();
    for (const text of inParts(this.#texts())) yield encoder.encode(text);
  }

  *#texts(): Generator<string> {
    for (const line of this.#lines) {
      yield line;
      yield '\n';
    }
  }

  /**
   * Everything that is wrong with the document. Lines that have not changed since the last call cost nothing. Throws `Cancelled` when the
   * document changes meanwhile; what was found until then is kept.
   */
  async validate({ format, maxProblems, rules = noRules }: { format?: Format; maxProblems: number; rules?: CheckRules }, slicer: Slicer): Promise<DocumentProblems> {
    const version = this.version;
    const head = this.#headFor(format);
    if (head.format !== this.#format) {
      this.#problems.fill(undefined);
      this.#format = head.format;
    }
    const ofFile = rules.ofFile(head.problems) as RowProblem[];
    const problems: LineProblem[] = ofFile.slice(0, maxProblems).map((problem) => ({ line: 1, problem }));
    const counts: DocumentProblems['counts'] = { error: 0, warning: 0, info: 0, hint: 0 };
    for (const { severity } of ofFile) counts[severity]++;
    let total = ofFile.length;
    if (head.stop) return { problems, total, counts, format: head.format };
    for (let line = 0; line < this.#lines.length; line++) {
      let found = this.#problems[line];
      if (!found || found.length > 0) {
        // A line costs microseconds, reading the clock about as much: only a fresh look counts as work, and problems, which rules may have to know the row for.
        const pause = slicer.pause();
        if (pause) {
          await pause;
          if (this.version !== version) throw new Cancelled();
        }
      }
      found ??= this.#problems[line] = this.isRow(line) ? validateLine(this.#lines[line]!, head.format, { first: line === 0 }) : [];
      for (const list of [rules.of(found, this.#lines[line]!), rules.of(this.#across[line] ?? none, this.#lines[line]!)]) {
        total += list.length;
        for (const problem of list) {
          counts[problem.severity]++;
          if (problems.length < maxProblems) problems.push({ line: line + 1, problem });
        }
      }
    }
    return { problems, total, counts, format: head.format };
  }

  /** The problems of one line, looked up or found. */
  problemsOf(line: number, wanted?: Format, rules = noRules): readonly RowProblem[] {
    if (!this.isRow(line)) return [];
    const format = this.format(wanted);
    const known = format === this.#format ? this.#problems[line] : undefined;
    const text = this.#lines[line]!;
    return [known ?? validateLine(text, format, { first: line === 0 }), this.#across[line] ?? none].flatMap((list) => rules.of(list, text));
  }

  #headFor(wanted: Format | undefined): FileHead {
    if (!this.#head || this.#wanted !== wanted) [this.#head, this.#wanted] = [readFileHead(this.#rows(), wanted), wanted];
    return this.#head;
  }

  *#rows(): Generator<string> {
    for (let line = 0; line < this.#lines.length; line++) if (this.isRow(line)) yield this.#lines[line]!;
  }

  #replace(start: TextPosition, end: TextPosition, text: string): void {
    const first = this.#lines[start.line]!.slice(0, start.character);
    const last = this.#lines[end.line]!.slice(end.character);
    this.#splice(start.line, end.line + 1, splitLines(first + text + last));
  }

  /** Lines that are the same at both ends are kept, with what is known about them. */
  #replaceAll(text: string): void {
    const lines = splitLines(text);
    const most = Math.min(lines.length, this.#lines.length);
    let start = 0;
    while (start < most && lines[start] === this.#lines[start]) start++;
    let tail = 0;
    while (tail < most - start && lines[lines.length - 1 - tail] === this.#lines[this.#lines.length - 1 - tail]) tail++;
    this.#splice(start, this.#lines.length - tail, lines.slice(start, lines.length - tail));
  }

  #splice(start: number, end: number, lines: string[]): void {
    if (this.#head && (start <= this.#head.lines || this.#lines.length < 2)) this.#head = undefined;
    const fresh = new Array<undefined>(lines.length).fill(undefined);
    if (lines.length === end - start) {
      for (let i = 0; i < lines.length; i++) this.#lines[start + i] = lines[i]!;
      this.#problems.fill(undefined, start, end);
      this.#across.fill(undefined, start, end);
    } else if (lines.length < 10_000) {
      this.#lines.splice(start, end - start, ...lines);
      this.#problems.splice(start, end - start, ...fresh);
      this.#across.splice(start, end - start, ...fresh);
    } else {
      this.#lines = [...this.#lines.slice(0, start), ...lines, ...this.#lines.slice(end)];
      this.#problems = [...this.#problems.slice(0, start), ...fresh, ...this.#problems.slice(end)];
      this.#across = [...this.#across.slice(0, start), ...fresh, ...this.#across.slice(end)];
    }
    // What is said of a line depends on its place in two cases: a byte order mark, and the empty rest after the last line break.
    const last = this.#lines.length - 1;
    for (const line of [start - 1, start + lines.length, last]) if (line >= 0 && line <= last) this.#problems[line] = undefined;
  }

  #clamp({ line, character }: TextPosition): TextPosition {
    const last = this.#lines.length - 1;
    if (line > last) return { line: last, character: this.#lines[last]!.length };
    const at = Math.max(0, line);
    return { line: at, character: Math.min(Math.max(0, character), this.#lines[at]!.length) };
  }
}

const none: readonly RowProblem[] = [];

/** As the protocol counts lines: LF, CRLF and CR all end one. */
export function splitLines(text: string): string[] {
  return text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
}
