/** The file beside a dataset that says what is not to be said of it: levels of checks, and checks that are ignored in some rows. No row is changed for it. */

import { isObject } from '../core/isObject.ts';
import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';
import { checks } from '../dataset/checks/index.ts';
import { withoutMark } from '../dataset/lineText.ts';
import { CheckRules, checkLevels, levelsOf, type CheckLevels } from './checkRules.ts';

/** Path or address of the file, by that of its dataset. */
export function checksFileOf(dataset: string): string {
  return `${dataset}.checks.json`;
}

/** The rules for a dataset: what its file says goes before what is said of all (`levels`). `text`: undefined where there is no file; `name` is for messages. */
export function readRules(levels: CheckLevels, text: string | undefined, name: string): CheckRules {
  if (text === undefined) return new CheckRules(levels);
  const file = parseObject(text);
  if (!file) return new CheckRules(levels, {}, `${noObject(name)} It counts for nothing until then.`);
  const rows = Object.entries(isObject(file.rows) ? file.rows : {}).flatMap(([row, codes]): [string, string[]][] => (isList(codes) ? [[row, codes]] : []));
  return new CheckRules({ ...levels, ...levelsOf(file.checks) }, Object.fromEntries(rows), faultOf(file, name));
}

/** The file with one more thing ignored: a check in the row of this key, or without one in all rows. */
export function withIgnored(text: string | undefined, name: string, { code, row }: { code: string; row: string | undefined }): string {
  const file = text === undefined ? {} : parseObject(text);
  if (!file) throw new UserError(noObject(name), 'checks-file');
  const { id } = checks.find(code);
  if (row === undefined) file.checks = { ...(isObject(file.checks) ? file.checks : {}), [id]: 'off' };
  else {
    const rows: Record<string, unknown> = isObject(file.rows) ? file.rows : {};
    const before = isList(rows[row]) ? rows[row] : [];
    file.rows = { ...rows, [row]: [...new Set([...before, id])] };
  }
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** The first thing in it that means nothing. */
function faultOf({ checks: levels, rows, ...others }: Record<string, unknown>, name: string): string | undefined {
  const nothing = (what: string, why: string) => `${what} in ${name} counts for nothing: ${why}`;
  const noCheck = (code: string) => nothing(`"${code}"`, `there is no check of this name.${didYouMean(code, checks.ids)}`);
  const [other] = Object.keys(others);
  if (other !== undefined) return nothing(`"${other}"`, 'it is neither "checks" nor "rows".');
  if (levels !== undefined && !isObject(levels)) return nothing('"checks"', 'it is no object of codes and levels.');
  if (rows !== undefined && !isObject(rows)) return nothing('"rows"', 'it is no object of rows and lists of codes.');
  for (const [code, level] of Object.entries(levels ?? {})) {
    if (!checks.has(code)) return noCheck(code);
    if (!checkLevels.some((one) => one === level)) return nothing(`"${code}"`, `it is to be one of ${checkLevels.join(', ')}.`);
  }
  for (const [row, codes] of Object.entries(rows ?? {})) {
    if (!isList(codes)) return nothing(`Row "${row}"`, 'it is no list of codes.');
    const strange = codes.find((code) => !checks.has(code));
    if (strange !== undefined) return noCheck(strange);
  }
  return undefined;
}

function noObject(name: string): string {
  return `${name} is no JSON object of checks and rows. Mend it or delete it.`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(withoutMark(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
