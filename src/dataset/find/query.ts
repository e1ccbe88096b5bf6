/** What a person types to find rows, read: words, `"several words"`, `/expressions/`, `key:text`, `turns > 6`, `problem:error`, `annotation:skipped`, `-not`, `sort:length`. */

import type { Parsed, Problem } from '../../core/problem.ts';
import { setChecks } from '../checks/index.ts';

export interface Pattern {
  text: string;
  /** A regular expression, else the text itself. */
  regex: boolean;
  matchCase: boolean;
}

/** A number that a row has. `length`: characters of the text at `path`, or of all texts; `delta`: chosen minus rejected; `value`: the value itself. */
export type Measure = { what: 'length' | 'value'; path: readonly string[] } | { what: 'turns' | 'delta' };

export type Comparison = '<' | '<=' | '>' | '>=' | '=';

export type Term = { not: boolean } & (
  | { kind: 'text'; pattern: Pattern; path: readonly string[] | undefined }
  | { kind: 'equal'; path: readonly string[]; value: string }
  | { kind: 'compare'; left: Measure; operator: Comparison; right: Measure | number }
  | { kind: 'role'; role: string }
  | { kind: 'has'; path: readonly string[] }
  /** `any`, a severity, or the code of a check. */
  | { kind: 'problem'; which: string }
  /** See `isSaid`. */
  | { kind: 'annotation'; which: string }
  /** In one of the texts that `replaceInLine` changes. */
  | { kind: 'replaceable'; pattern: Pattern; keys: readonly string[] }
);

export interface Query {
  /** A row has to fit all of them. */
  terms: readonly Term[];
  sort: { by: Measure; descending: boolean } | undefined;
}

/** `regex`: the whole text is one regular expression. */
export interface QueryOptions {
  matchCase: boolean;
  regex: boolean;
}

const key = String.raw`[\p{L}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}\p{N}_$-]+)*`;
const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const expression = String.raw`\/(?:[^\/\\\s]|\\.| (?=[^\/]*\/(?:\s|$)))+\/(?=\s|$)`;
const comparison = new RegExp(String.raw`(-?)(${key})\s*(<=|>=|<|>|=)\s*(${quoted}|[^\s<>=]+)(?=\s|$)`, 'uy');
const keyed = new RegExp(String.raw`(-?)(${key}):(${quoted}|${expression}|[^\s/"][^\s]*)(?=\s|$)`, 'uy');
const word = new RegExp(String.raw`(-?)(${quoted}|${expression}|\S+)`, 'uy');

export const everything: Query = { terms: [], sort: undefined };

/** Offsets of problems are into `text`. The value is what could be read; with an error it should not be searched for. */
export function parseQuery(text: string, options: QueryOptions): Parsed<Query> {
  const problems: Problem[] = [];
  const { matchCase } = options;
  if (options.regex) {
    if (text === '') return { value: everything, problems };
    const term: Term = { kind: 'text', not: false, pattern: { text, regex: true, matchCase }, path: undefined };
    checkExpression(text, 0, problems);
    return { value: { terms: [term], sort: undefined }, problems };
  }
  const terms: Term[] = [];
  let sort: Query['sort'];
  const match = (sticky: RegExp, at: number) => {
    sticky.lastIndex = at;
    return sticky.exec(text);
  };
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const start = at;
    let found = match(comparison, at);
    if (found) {
      const [all, minus, left, operator, right] = found as unknown as [string, string, string, Comparison, string];
      terms.push({ not: minus === '-', ...compareTerm(left, operator, right) });
      at += all.length;
      continue;
    }
    found = match(keyed, at);
    if (found && !found[0].includes('://')) {
      const [all, minus, name, value] = found as unknown as [string, string, string, string];
      at += all.length;
      if (name === 'sort') {
        const descending = value.startsWith('-');
        sort = { by: measure(descending ? value.slice(1) : value), descending };
        continue;
      }
      terms.push({ not: minus === '-', ...keyTerm(name, value, matchCase) });
      if (name === 'problem') checkProblem(unquote(value), start, at, problems);
      else checkPattern(value, start + all.length - value.length, problems);
      continue;
    }
    found = match(word, at)!;
    const [all, minus, value] = found as unknown as [string, string, string];
    // a single minus, or one before nothing, is a text like any other
    const not = minus === '-' && value !== '';
    terms.push({ not, kind: 'text', pattern: pattern(value, matchCase), path: undefined });
    checkPattern(value, start + all.length - value.length, problems);
    at += all.length;
  }
  return { value: { terms, sort }, problems };
}

function compareTerm(left: string, operator: Comparison, right: string) {
  const number = right.startsWith('"') ? NaN : Number(right);
  if (operator === '=' && !isMeasured(left)) return { kind: 'equal', path: left.split('.'), value: unquote(right) } as const;
  return { kind: 'compare', left: measure(left), operator, right: Number.isNaN(number) ? measure(unquote(right)) : number } as const;
}

function keyTerm(name: string, value: string, matchCase: boolean) {
  if (name === 'problem' || name === 'annotation') return { kind: name, which: unquote(value) } as const;
  if (name === 'role') return { kind: 'role', role: unquote(value) } as const;
  if (name === 'has') return { kind: 'has', path: unquote(value).split('.') } as const;
  return { kind: 'text', pattern: pattern(value, matchCase), path: name.split('.') } as const;
}

function isMeasured(name: string): boolean {
  return name === 'turns' || name === 'delta' || name === 'length' || name.endsWith('.length');
}

export function measure(name: string): Measure {
  if (name === 'turns' || name === 'delta') return { what: name };
  const path = name.split('.');
  return path.at(-1) === 'length' ? { what: 'length', path: path.slice(0, -1) } : { what: 'value', path };
}

function pattern(value: string, matchCase: boolean): Pattern {
  const regex = isExpression(value);
  return { text: regex ? value.slice(1, -1) : unquote(value), regex, matchCase };
}

function isExpression(value: string): boolean {
  return value.length > 2 && value.startsWith('/') && value.endsWith('/');
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value;
}

function checkPattern(value: string, at: number, problems: Problem[]): void {
  if (isExpression(value)) checkExpression(value.slice(1, -1), at + 1, problems);
}

/** A search looks at each row alone. */
function checkProblem(which: string, start: number, end: number, problems: Problem[]): void {
  if (!setChecks.some(({ id }) => id === which)) return;
  problems.push({ code: 'rows-together', severity: 'error', message: `"${which}" is about rows taken together, and a search looks at each row alone: the Problems panel and "posttrain validate" list it.`, start, end });
}

function checkExpression(source: string, start: number, problems: Problem[]): void {
  try {
    RegExp(source, 'mu');
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).replace(/^.*\/[a-z]*: /s, '');
    problems.push({ code: 'expression', severity: 'error', message: `This is no regular expression: ${why}.`, start, end: start + source.length });
  }
}
