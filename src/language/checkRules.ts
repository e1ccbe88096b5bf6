/** How bad what a check finds is taken to be: as the check says, worse, less bad, or not worth a word, in a file or in one row. */

import { UserError, type Problem } from '../core/problem.ts';
import { identifyRow } from '../dataset/annotations/rowIdentity.ts';
import { checks } from '../dataset/checks/index.ts';
import { withoutMark } from '../dataset/lineText.ts';

export const checkLevels = ['error', 'warning', 'info', 'off'] as const;
export type CheckLevel = (typeof checkLevels)[number];

/** By code. */
export type CheckLevels = Readonly<Record<string, CheckLevel>>;

/** Codes that are ignored in single rows, by what a row is known by (`rowKey`). */
export type Ignored = Readonly<Record<string, readonly string[]>>;

/** What a setting says; what is no check or no level says nothing. */
export function levelsOf(value: unknown): CheckLevels {
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(given.filter((entry): entry is [string, CheckLevel] => checks.has(entry[0]) && isLevel(entry[1])));
}

/** `CODE=LEVEL`, as it is written in a terminal. */
export function parseLevels(words: readonly string[]): CheckLevels {
  return Object.fromEntries(
    words.map((word): [string, CheckLevel] => {
      const [code = '', level, ...rest] = word.split('=');
      if (!isLevel(level) || rest.length > 0) throw new UserError(`"${word}" is no CODE=LEVEL with one of ${checkLevels.join(', ')}, such as ${checks.ids[0]}=off.`, 'check-level');
      return [checks.find(code).id, level];
    }),
  );
}

/** What a row is known by where something is ignored in it: what it says, so that an edited row is looked at again. Undefined for a blank line. */
export function rowKey(line: string): string | undefined {
  return identifyRow(withoutMark(line))?.hash;
}

export class CheckRules {
  /** A list that was looked at once stays as it is, so that a document of many problems is not gone through at every keystroke. */
  readonly #known = new WeakMap<readonly Problem[], readonly Problem[]>();
  readonly #inRows: ReadonlySet<string>;

  /** `fault`: why what somebody wrote about checks does not count, a sentence. */
  constructor(
    readonly levels: CheckLevels = {},
    readonly rows: Ignored = {},
    private readonly fault?: string,
  ) {
    this.#inRows = new Set(Object.values(rows).flat());
  }

  /** Of the problems of one row those that count, and how much. */
  of<P extends Problem>(problems: readonly P[], line: string): readonly P[] {
    if (!problems.some(({ code }) => this.levels[code] !== undefined || this.#inRows.has(code))) return problems;
    let known = this.#known.get(problems) as readonly P[] | undefined;
    if (!known) {
      const ignored = problems.some(({ code }) => this.#inRows.has(code)) ? this.#ignoredIn(line) : undefined;
      // what is said at no place of a row is said of the file
      this.#known.set(problems, (known = problems.flatMap((problem) => (problem.end > 0 && ignored?.includes(problem.code) ? [] : this.#leveled(problem)))));
    }
    return known;
  }

  /** The same of the file as a whole, and what is wrong with the rules themselves. */
  ofFile(problems: readonly Problem[]): readonly Problem[] {
    const own: Problem[] = this.fault === undefined ? [] : [{ code: 'checks-file', severity: 'error', message: this.fault, start: 0, end: 0 }];
    return [...own, ...problems.flatMap((problem) => this.#leveled(problem))];
  }

  #ignoredIn(line: string): readonly string[] | undefined {
    const key = rowKey(line);
    return key !== undefined && Object.hasOwn(this.rows, key) ? this.rows[key] : undefined;
  }

  #leveled<P extends Problem>(problem: P): P[] {
    const level = this.levels[problem.code];
    if (level === 'off') return [];
    return level === undefined ? [problem] : [{ ...problem, severity: level }];
  }
}

export const noRules = new CheckRules();

function isLevel(value: unknown): value is CheckLevel {
  return checkLevels.some((level) => level === value);
}
