/** Whether a row is one that a query asks for, and the number that it is sorted by. */

import { isSaid, type Said } from '../annotations/said.ts';
import { isBlank, parseRecord, withoutCr } from '../lineText.ts';
import { lengthOf } from '../rowSummary.ts';
import { tester } from './pattern.ts';
import type { Comparison, Measure, Query, Term } from './query.ts';
import { replaceableTexts } from './replaceRow.ts';
import { stringsIn, valueAt } from './values.ts';

/** What is known about a row besides what it says. Asked only where the query does. */
export interface RowFacts {
  /** What checks say: their codes and how bad it is. */
  problems(text: string, row: number): readonly { code: string; severity: string }[];
  /** What annotators say; undefined where there is nothing to say anything about. */
  said(text: string): readonly Said[] | undefined;
}

export interface RowMatcher {
  matches(line: string, row: number): boolean;
  /** What to sort by: numbers before texts before nothing. Undefined for a row without it. */
  sortKey(line: string): number | string | undefined;
}

type Test = (row: { text: string; record: Record<string, unknown> | undefined; number: number }) => boolean;

export function rowMatcher(query: Query, facts: RowFacts): RowMatcher {
  const tests = query.terms.map((term): Test => {
    const test = testOf(term, facts);
    return term.not ? (row) => !test(row) : test;
  });
  const { sort } = query;
  return {
    matches(line, number) {
      const text = withoutCr(line);
      if (tests.length === 0) return true;
      const row = { text, record: isBlank(text) ? undefined : parseRecord(text), number };
      return tests.every((test) => test(row));
    },
    sortKey(line) {
      const record = parseRecord(withoutCr(line));
      return sort && record && measured(record, sort.by);
    },
  };
}

function testOf(term: Term, facts: RowFacts): Test {
  switch (term.kind) {
    case 'text': {
      const test = tester(term.pattern);
      const { path } = term;
      if (!path) return ({ record, text }) => (record ? some(stringsIn(record), test) : test(text)); // what is no row of JSON is a text itself
      return ({ record }) => {
        const value = record && valueAt(record, path);
        return typeof value === 'object' ? some(stringsIn(value), test) : value !== undefined && test(String(value));
      };
    }
    case 'replaceable': {
      const test = tester(term.pattern);
      return ({ record }) => record !== undefined && replaceableTexts(record, term.keys).some(({ text }) => test(text));
    }
    case 'equal':
      return ({ record }) => {
        const value = record && valueAt(record, term.path);
        return value !== undefined && typeof value !== 'object' ? String(value) === term.value : value === null && term.value === 'null';
      };
    case 'compare': {
      const { left, operator, right } = term;
      return ({ record }) => {
        if (!record) return false;
        const a = measured(record, left);
        const b = typeof right === 'number' ? right : measured(record, right);
        return typeof a === 'number' && typeof b === 'number' && compare[operator](a, b);
      };
    }
    case 'role':
      return ({ record }) => record !== undefined && Object.values(record).some((value) => Array.isArray(value) && value.some((turn) => roleOf(turn) === term.role));
    case 'has':
      return ({ record }) => {
        const value = record && valueAt(record, term.path);
        return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
      };
    case 'problem':
      return ({ text, number }) => facts.problems(text, number).some(({ code, severity }) => (term.which === 'any' ? severity === 'error' || severity === 'warning' : term.which === severity || term.which === code));
    case 'annotation':
      return ({ text }) => {
        const said = facts.said(text);
        return said !== undefined && isSaid(term.which, said);
      };
  }
}

const compare: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
};

function measured(record: Record<string, unknown>, by: Measure): number | string | undefined {
  switch (by.what) {
    case 'turns': {
      const counts = Object.values(record).flatMap((value) => (Array.isArray(value) && value.some((turn) => roleOf(turn) !== undefined) ? [value.length] : []));
      return counts.length > 0 ? Math.max(...counts) : undefined;
    }
    case 'delta':
      return record.chosen === undefined || record.rejected === undefined ? undefined : lengthOf(record.chosen) - lengthOf(record.rejected);
    case 'length': {
      if (by.path.length === 0) return Object.values(record).reduce<number>((sum, value) => sum + (charactersOf(value) ?? 0), 0);
      return charactersOf(valueAt(record, by.path));
    }
    case 'value': {
      const value = valueAt(record, by.path);
      return typeof value === 'boolean' ? Number(value) : typeof value === 'number' || typeof value === 'string' ? value : undefined;
    }
  }
}

/** Of a text, of what is said in turns, or of all texts in a value. */
function charactersOf(value: unknown): number | undefined {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.some((turn) => roleOf(turn) !== undefined)) return lengthOf(value);
  let sum = 0;
  for (const text of stringsIn(value)) sum += text.length;
  return sum;
}

function roleOf(turn: unknown): unknown {
  if (typeof turn !== 'object' || turn === null) return undefined;
  const { role, from } = turn as { role?: unknown; from?: unknown };
  return role ?? from;
}

function some(texts: Iterable<string>, test: (text: string) => boolean): boolean {
  for (const text of texts) if (test(text)) return true;
  return false;
}
