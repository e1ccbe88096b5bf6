/** A problem found in text: what every parser and check returns instead of throwing. */

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/**
 * One finding inside one text (a row, a run spec). `start` and `end` are UTF-16 offsets into that text, end exclusive;
 * `code` is kebab-case, listed in the docs and never reused; `data` carries what a quick fix needs.
 */
export interface Problem {
  code: string;
  severity: Severity;
  message: string;
  start: number;
  end: number;
  data?: Record<string, unknown>;
}

/** What a parser returns: a value where one could be made, and everything that was wrong. Parsing never throws. */
export interface Parsed<T> {
  value: T | undefined;
  problems: Problem[];
}

export function hasError(problems: readonly Problem[]): boolean {
  return problems.some((p) => p.severity === 'error');
}

/**
 * An error meant for a person: one sentence that names the thing, the place and the next step. Entry points print its message
 * alone, without a stack; anything else that is thrown is a bug in Posttrain and is shown as one.
 */
export class UserError extends Error {
  override name = 'UserError';
  constructor(message: string, readonly code = 'error', options?: ErrorOptions) {
    super(message, options);
  }
}
