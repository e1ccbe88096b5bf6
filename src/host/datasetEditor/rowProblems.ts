/** Which rows of an open dataset have problems: checked in the background in short slices, and again where rows change. */

import { createEmitter } from '../../core/emitter.ts';
import type { Problem, Severity } from '../../core/problem.ts';
import { createSlicer } from '../../core/slice.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { withoutCr } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { noRules, type CheckRules } from '../../language/checkRules.ts';
import { validateLine, type LineProblem, type RowProblem } from '../../language/validate.ts';
import type { DatasetDocument } from './document.ts';

/** A larger file is checked where it is looked at, and on the way to the next problem, but not as a whole. */
const BACKGROUND_BYTES = 64 * 1024 * 1024;
const ROW_BYTES = 1024 * 1024;
const BATCH_ROWS = 64;
const SLICE_MS = 6;

const UNKNOWN = 0;
const FINE = 1;
const NOTE = 2;
const WARNING = 3;
const ERROR = 4;

export interface ProblemCounts {
  errorRows: number;
  warningRows: number;
  complete: boolean;
}

export class RowProblems {
  /** Counts or the listed problems changed. At most three times a second. */
  readonly changed = createEmitter<void>();
  /** Nothing is known of any row: the file was read anew, or settings or the format changed. */
  readonly restarted = createEmitter<void>();
  /** What rows say of each other was looked for, and something was or is found. */
  readonly acrossChanged = createEmitter<void>();
  /** Problems by row, of the first rows that have any. */
  readonly listed = new Map<number, readonly RowProblem[]>();
  /** What other rows say of a row: found by somebody else, and moved along with the rows. */
  #across = new Map<number, readonly RowProblem[]>();

  #marks = new Uint8Array(0);
  #counts = [0, 0, 0, 0, 0];
  #running: AbortController | undefined;
  #toldAt = 0;
  readonly #stops: (() => void)[];

  #maxListed: number | undefined;
  #rules = noRules;

  /** `maxListed`: problems kept with their text; undefined while checking is switched off. */
  constructor(
    readonly document: DatasetDocument,
    maxListed: number | undefined,
  ) {
    this.#maxListed = maxListed;
    this.#stops = [
      document.rowsChanged.on(({ splices }) => this.#follow(splices)),
      document.grown.on(() => this.#grow()),
      document.reloaded.on(() => this.restart()),
      document.head.changed.on(() => this.restart()),
    ];
    void document.indexed().then(() => this.restart());
  }

  get maxListed(): number | undefined {
    return this.#maxListed;
  }
  set maxListed(most: number | undefined) {
    this.#maxListed = most;
    this.restart();
  }

  get rules(): CheckRules {
    return this.#rules;
  }
  set rules(rules: CheckRules) {
    this.#rules = rules;
    this.restart();
  }

  /** The problems of the file as a whole. */
  get ofFile(): readonly Problem[] {
    return this.#rules.ofFile(this.document.head.now.problems);
  }

  /** The problems of one line. None where the file as a whole is not made of rows: each would say the same. */
  check(line: Line, row: number): readonly RowProblem[] {
    if (line.cut || this.document.head.now.stop) return [];
    return this.#rules.of([...validateLine(withoutCr(line.text), this.document.format, { first: row === 0 }), ...(this.#across.get(row) ?? [])], line.text);
  }

  /** What the rows taken together gave, as they are now. */
  setAcross(found: readonly LineProblem[]): void {
    const touched = [...this.#across.keys()];
    this.#across = new Map();
    for (const { line, problem } of found) this.#across.set(line - 1, [...(this.#across.get(line - 1) ?? []), problem]);
    const all = new Set([...touched, ...this.#across.keys()]);
    for (const row of all) if (row < this.#marks.length) this.#mark(row, UNKNOWN, []);
    if (!this.#running) this.#run();
    if (all.size > 0) this.acrossChanged.emit();
  }

  /** Undefined where nobody counts. */
  get counts(): ProblemCounts | undefined {
    if (this.#maxListed === undefined || this.document.sizeBytes > BACKGROUND_BYTES) return undefined;
    return { errorRows: this.#counts[ERROR]!, warningRows: this.#counts[WARNING]!, complete: this.#counts[UNKNOWN] === 0 && this.#marks.length === this.document.rows };
  }

  /** Starts anew: the file was read anew, or settings changed. */
  restart(): void {
    this.#marks = new Uint8Array(this.document.rows);
    this.#counts = [this.document.rows, 0, 0, 0, 0];
    this.listed.clear();
    this.#across.clear();
    this.#toldAt = 0;
    this.#tell();
    this.#run();
    this.restarted.emit();
  }

  /** The nearest row with a warning or an error in this direction, `from` itself left out; goes round at the end. */
  async next(from: number, direction: 1 | -1, signal: AbortSignal): Promise<number | undefined> {
    const slicer = createSlicer(SLICE_MS, signal);
    const { document } = this;
    for (let step = 1; step <= document.rows; ) {
      const row = (((from + direction * step) % document.rows) + document.rows) % document.rows;
      const mark = this.#marks.length === document.rows ? this.#marks[row]! : UNKNOWN;
      if (mark >= WARNING) return row;
      if (mark !== UNKNOWN) {
        step++;
        continue;
      }
      // unknown rows: a batch at a time, in the direction of the search and not across the ends
      const count = Math.min(BATCH_ROWS, direction === 1 ? document.rows - row : row + 1, document.rows - step + 1);
      const first = direction === 1 ? row : row - count + 1;
      const severities = await this.#look(first, count, slicer);
      const ordered = direction === 1 ? severities : severities.reverse();
      const hit = ordered.findIndex((severity) => severity >= WARNING);
      if (hit !== -1) return row + direction * hit;
      step += count;
    }
    return undefined;
  }

  dispose(): void {
    this.#running?.abort();
    for (const stop of this.#stops) stop();
  }

  #run(): void {
    this.#running?.abort();
    if (this.#maxListed === undefined || this.document.sizeBytes > BACKGROUND_BYTES) return;
    this.#running = new AbortController();
    void this.#checkAll(this.#running.signal).catch(() => undefined); // aborted, or the file went away: then there is no one to tell
  }

  async #checkAll(signal: AbortSignal): Promise<void> {
    const slicer = createSlicer(SLICE_MS, signal);
    for (;;) {
      const first = this.#marks.indexOf(UNKNOWN);
      if (first === -1) break;
      let count = 1;
      while (count < BATCH_ROWS && this.#marks[first + count] === UNKNOWN) count++;
      await this.#look(first, count, slicer);
      if (performance.now() - this.#toldAt > 350) this.#tell();
    }
    this.#running = undefined;
    this.#tell();
  }

  /** Checks these rows and answers how bad each is. The result is kept unless rows changed meanwhile. */
  async #look(first: number, count: number, slicer: ReturnType<typeof createSlicer>): Promise<number[]> {
    const { revision } = this.document;
    const lines = await this.document.read(first, count, ROW_BYTES);
    const severities: number[] = [];
    const all: (readonly RowProblem[])[] = [];
    for (const [i, line] of lines.entries()) {
      await slicer.pause(); // before it, because reading the row took its time too
      const problems = this.check(line, first + i);
      all.push(problems);
      severities.push(problems.reduce((worst, { severity }) => Math.max(worst, weight[severity]), FINE));
    }
    if (this.document.revision === revision && this.#marks.length === this.document.rows) {
      for (const [i, severity] of severities.entries()) this.#mark(first + i, severity, all[i]!);
    }
    return severities;
  }

  #mark(row: number, severity: number, problems: readonly RowProblem[]): void {
    this.#counts[this.#marks[row]!]!--;
    this.#counts[severity]!++;
    this.#marks[row] = severity;
    const listed = problems.length > 0 && (this.listed.has(row) || this.listed.size < (this.#maxListed ?? 0));
    if (listed) this.listed.set(row, problems);
    else this.listed.delete(row);
  }

  /** More rows at the end. */
  #grow(): void {
    const marks = new Uint8Array(this.document.rows);
    marks.set(this.#marks);
    this.#counts[UNKNOWN]! += marks.length - this.#marks.length;
    this.#marks = marks;
    if (!this.#running) this.#run();
  }

  /** Rows moved or got another text: marks move along, new texts are unknown. */
  #follow(splices: readonly Splice[]): void {
    if (splices.every(({ removed, inserted }) => removed.length === inserted.length)) {
      for (const { at, inserted } of splices) {
        for (let i = 0; i < inserted.length; i++) {
          this.#across.delete(at + i);
          this.#mark(at + i, UNKNOWN, []);
        }
      }
    } else {
      this.#move(splices);
    }
    if (!this.#running) this.#run();
  }

  #move(splices: readonly Splice[]): void {
    const marks = new Uint8Array(this.document.rows);
    const [moved, movedAcross] = [new Map<number, readonly RowProblem[]>(), new Map<number, readonly RowProblem[]>()];
    let from = 0;
    let to = 0;
    const keep = (until: number) => {
      marks.set(this.#marks.subarray(from, until), to);
      for (const [before, after] of [[this.listed, moved], [this.#across, movedAcross]] as const) {
        for (const [row, problems] of before) if (row >= from && row < until) after.set(row - from + to, problems);
      }
      to += until - from;
    };
    for (const { at, removed, inserted } of splices) {
      keep(at);
      from = at + removed.length;
      to += inserted.length;
    }
    keep(this.#marks.length);
    this.#marks = marks;
    this.#counts = [0, 0, 0, 0, 0];
    for (const mark of marks) this.#counts[mark]!++;
    this.listed.clear();
    for (const [row, problems] of moved) this.listed.set(row, problems);
    this.#across = movedAcross;
  }

  #tell(): void {
    this.#toldAt = performance.now();
    this.changed.emit();
  }
}

const weight: Record<Severity, number> = { hint: NOTE, info: NOTE, warning: WARNING, error: ERROR };
