/** What is wrong with the rows of a file taken together: one pass that keeps some bytes of each row, and a second look at the few rows that are suspect. */

import { MOST_LISTED, type Finding, type SetCheck, type SetFindings, type SetWatch, type Suspect } from '../dataset/checks/check.ts';
import { setChecks } from '../dataset/checks/index.ts';
import { Row } from '../dataset/checks/row.ts';
import type { KnownFiles } from '../dataset/across/knownFiles.ts';
import { RowFacts } from '../dataset/across/rowFacts.ts';
import { RowTable } from '../dataset/across/rowTable.ts';
import type { Format } from '../dataset/format.ts';
import { withoutCr } from '../dataset/lineText.ts';
import type { LineProblem } from './validate.ts';

/** Of suspect rows so much text is held at once. What is beyond it is counted and not listed. */
const MOST_CHARS = 64 * 1024 * 1024;

export class AcrossRows {
  readonly #table = new RowTable();
  readonly #watches: readonly { check: SetCheck; watch: SetWatch }[];

  constructor(known: KnownFiles = {}) {
    this.#watches = setChecks.flatMap((check) => {
      const watch = check.watch(this.#table, known);
      return watch ? [{ check, watch }] : [];
    });
  }

  /** Every line of the file in order, also those without a row. */
  add(row: Row): void {
    const facts = row.record ? new RowFacts(row) : undefined;
    this.#table.add(facts);
    for (const { watch } of this.#watches) watch.add(facts);
  }

  /** Called once, behind the last line. */
  end(): SecondLook {
    return new SecondLook(this.#watches.map(({ check, watch }) => ({ check, findings: watch.end() })));
  }
}

/** Which lines are to be read again, and what comes of it. */
export class SecondLook {
  /** Lines, counted from 0, in order. */
  readonly wanted: readonly number[];
  readonly #texts = new Map<number, string>();
  #chars = 0;

  constructor(private readonly found: readonly { check: SetCheck; findings: SetFindings }[]) {
    this.wanted = [...new Set(found.flatMap(({ findings }) => findings.suspects.flatMap(({ line, others }) => [line, ...others])))].sort((a, b) => a - b);
  }

  /** One of the wanted lines. */
  add(line: number, text: string): void {
    this.#chars += text.length;
    if (this.#chars <= MOST_CHARS) this.#texts.set(line, withoutCr(text));
  }

  /** Of a wanted line that was added; else nothing. */
  text(line: number): string {
    return this.#texts.get(line) ?? '';
  }

  /** When all wanted lines were added: everything about the file as a whole, then by line. */
  problems(format: Format | undefined): LineProblem[] {
    const facts = new Map<number, RowFacts>();
    const factsOf = (line: number) => {
      const text = this.#texts.get(line);
      if (text !== undefined && !facts.has(line)) facts.set(line, new RowFacts(new Row(text, format, { first: line === 0 })));
      return facts.get(line);
    };
    const ofFile: LineProblem[] = [];
    const ofRows: LineProblem[] = [];
    for (const { check, findings } of this.found) {
      const { file, suspects, total, inAll } = findings;
      if (file) ofFile.push(problemOf(check, 1, { at: { start: 0, end: 0 }, ...file }));
      const listed: LineProblem[] = [];
      let looked = 0;
      for (; looked < suspects.length && listed.length < MOST_LISTED; looked++) {
        const finding = confirmed(suspects[looked]!, factsOf);
        if (finding) listed.push(problemOf(check, suspects[looked]!.line + 1, finding));
      }
      ofRows.push(...listed);
      // Where most suspects are not what they looked like, their number says nothing.
      if (inAll !== undefined && total > looked && 2 * listed.length > looked) ofFile.push(problemOf(check, 1, { at: { start: 0, end: 0 }, message: `${inAll} The first ${listed.length} are listed.` }));
    }
    return [...ofFile, ...ofRows.sort((a, b) => a.line - b.line || a.problem.start - b.problem.start)];
  }
}

function confirmed({ line, others, confirm }: Suspect, factsOf: (line: number) => RowFacts | undefined): Finding | undefined {
  const [row, ...rest] = [line, ...others].map(factsOf);
  return row && rest.every((other) => other !== undefined) ? confirm(row, rest as RowFacts[]) : undefined;
}

function problemOf(check: SetCheck, line: number, { at, message, severity, fix }: Finding): LineProblem {
  return { line, problem: { code: check.id, severity: severity ?? check.severity, message, start: at.start, end: at.end, ...(fix && { data: { fix } }) } };
}
