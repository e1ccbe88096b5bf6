/** The plain values that formats share: how they are read, and what is said about wrong ones. */

import type { Problem } from '../../core/problem.ts';
import type { Content, Margin } from '../example.ts';
import type { DatasetRow, JsonSchema, JsonType } from '../format.ts';

export function fieldProblem(code: string, key: string, message: string, path: readonly (string | number)[] = [key]): Problem {
  return { code, severity: 'error', message, start: 0, end: 0, data: { key, path: [...path] } };
}

/** The JSON name of a value's type. */
export function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return 'number';
  return typeof value as JsonType;
}

const names: Record<JsonType, string> = { string: 'text', number: 'a number', integer: 'a number', boolean: 'true or false', object: 'an object', array: 'a list', null: 'null' };

/** The type of a value, as people say it. */
export function said(value: unknown): string {
  return names[jsonType(value)];
}

/** `path`: the object that lacks the key, when that is not the row itself. */
export function missingKey(key: string, path: readonly (string | number)[] = []): Problem {
  return { ...fieldProblem('missing-key', key, path.length === 0 ? `The row has no "${key}".` : `"${path.join('.')}" has no "${key}".`), data: { key, path: [...path], missing: key } };
}

export function readText(row: DatasetRow, key: string, problems: Problem[]): string | undefined {
  if (!(key in row)) return void problems.push(missingKey(key));
  const value = row[key];
  if (typeof value === 'string') return value;
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be text, not ${said(value)}.`));
  return undefined;
}

/** Null counts as absent. */
export function readOptionalText(row: DatasetRow, key: string, problems: Problem[]): string | undefined {
  return row[key] === undefined || row[key] === null ? undefined : readText(row, key, problems);
}

export function readFlag(row: DatasetRow, key: string, problems: Problem[]): boolean | undefined {
  if (!(key in row)) return void problems.push(missingKey(key));
  const value = row[key];
  if (typeof value === 'boolean') return value;
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be true or false, not ${said(value)}.`));
  return undefined;
}

export const marginSchema: JsonSchema = { type: 'number', description: 'By how much the chosen answer is better. A reward model learns to score it at least so much higher; other methods do not read it.' };

/** `margin`, where it is. Null counts as absent. */
export function readMargin(row: DatasetRow, problems: Problem[]): Margin {
  const { margin } = row;
  if (margin === undefined || margin === null) return {};
  if (typeof margin === 'number') return { margin };
  problems.push(fieldProblem('wrong-type', 'margin', `"margin" must be a number, not ${said(margin)}.`));
  return {};
}

/** Fields of one row are either all text or all turns: TRL takes the kind of the row from any one of them. */
export function sameKind(contents: Readonly<Record<string, Content | undefined>>, problems: Problem[]): void {
  const entries = Object.entries(contents).filter(([, content]) => content !== undefined);
  const [first] = entries;
  for (const [key, content] of entries.slice(1)) {
    if (typeof content === typeof first![1]) continue;
    const kind = (c: Content | undefined) => (typeof c === 'string' ? 'text' : 'turns');
    problems.push(fieldProblem('mixed-content', key, `"${first![0]}" is ${kind(first![1])} but "${key}" is ${kind(content)}: write both as text or both as turns.`));
  }
}
