/** One spelling for every row that means the same: order of keys, spaces and escapes do not count, and no number is rounded. */

import { parseRecord } from './lineText.ts';

/** The row, with numbers that JavaScript would round kept apart as they are spelt. */
export function parseExactly(line: string): Record<string, unknown> | undefined {
  if (!/\d{16}/.test(line)) return parseRecord(line);
  return parseRecord(line.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]{15,}/g, (token) => (token.startsWith('"') ? token : JSON.stringify(`\0${token}`))));
}

/** Undefined for a value that is nested deeper than a stack. */
export function canonical(value: unknown): string | undefined {
  try {
    return ordered(value);
  } catch {
    return undefined;
  }
}

function ordered(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordered).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${ordered(item)}`).join(',')}}`;
}
