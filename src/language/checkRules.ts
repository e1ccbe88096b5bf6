/** How bad what a check finds is taken to be: as the check says, worse, less bad, or not worth a word. */

import { UserError, type Problem } from '../core/problem.ts';
import { checks } from '../dataset/checks/index.ts';

export const checkLevels = ['error', 'warning', 'info', 'off'] as const;
export type CheckLevel = (typeof checkLevels)[number];

/** By code. */
export type CheckLevels = Readonly<Record<string, CheckLevel>>;

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

export class CheckRules {
  /** A list that was looked at once stays as it is, so that a document of many problems is not gone through at every keystroke. */
  readonly #known = new WeakMap<readonly Problem[], readonly Problem[]>();

  constructor(readonly levels: CheckLevels = {}) {}

  /** Of these problems those that count, and how much. */
  of<P extends Problem>(problems: readonly P[]): readonly P[] {
    if (!problems.some(({ code }) => this.levels[code] !== undefined)) return problems;
    let known = this.#known.get(problems) as readonly P[] | undefined;
    if (!known) this.#known.set(problems, (known = problems.flatMap((problem) => this.#leveled(problem))));
    return known;
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
