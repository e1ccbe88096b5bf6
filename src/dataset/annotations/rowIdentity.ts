/**
 * What annotations know a row by: 128 bits of what it says. Order of keys, spaces, escapes and the ending of its line do not count, and in
 * a pair it does not count which of the two answers is called chosen, because swapping them is how a person says which one is better. Rows
 * that say the same are the same row: what is said about one of them is said about all. A line that is no JSON is known by its text.
 */

import { hash128 } from '../../core/hash.ts';
import { canonical, parseExactly } from '../canonical.ts';
import { formats } from '../formats/index.ts';
import { encodeLine, isBlank, withoutCr } from '../lineText.ts';

export interface RowIdentity {
  readonly hash: string;
  readonly answers: Answers | undefined;
  /** The keys under which the two are. */
  readonly sides: readonly [string, string] | undefined;
}

export type Side = 'chosen' | 'rejected';

/** Of a pair: the hashes of its two answers. */
export type Answers = Readonly<Record<Side, string>>;

/** The keys of all formats that hold the sides of a pair. */
const sideKeys: readonly (readonly [string, string])[] = [
  ...new Map(
    formats.entries.flatMap(({ fields }) => {
      const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) => fields.find((field) => field.side === side)?.key);
      return chosen === undefined || rejected === undefined ? [] : [[`${chosen} ${rejected}`, [chosen, rejected]] as [string, [string, string]]];
    }),
  ).values(),
];

/** Undefined for a blank line. `line`: without a byte order mark. */
export function identifyRow(line: string): RowIdentity | undefined {
  const text = withoutCr(line);
  if (isBlank(text)) return undefined;
  const record = parseExactly(text.trim());
  if (!record) return { hash: hashOf(`line ${text.trim()}`), answers: undefined, sides: undefined };
  const keys = sideKeys.find((both) => both.every((key) => Object.hasOwn(record, key)));
  if (!keys) return { hash: hashOf(`row ${canonical(record) ?? text}`), answers: undefined, sides: undefined };
  const [chosen, rejected] = keys.map((key) => hashOf(canonical(record[key]) ?? text)) as [string, string];
  const both = [chosen, rejected].sort().join(' ');
  const rest = canonical(Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)))) ?? text;
  return { hash: hashOf(`pair ${keys.join(' ')} ${both} ${rest}`), answers: { chosen, rejected }, sides: keys };
}

function hashOf(text: string): string {
  return hash128(encodeLine(text));
}
