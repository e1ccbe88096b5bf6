/** Adds, removes and moves items of a list, and removes keys, inside a line of JSON; every other character stays, separators included. */

import { findValue, spacing, type JsonPath } from './jsonEdit.ts';
import type { ArrayNode } from './rowSyntax.ts';

/** `literal` becomes item `index` of the list at `path`. Undefined when there is no list, or no such place in it. */
export function insertItem(line: string, path: JsonPath, index: number, literal: string): string | undefined {
  const list = listAt(line, path);
  if (!list || index < 0 || index > list.items.length) return undefined;
  const [first, second] = list.items;
  if (!first) return line.slice(0, list.start + 1) + literal + line.slice(list.end - 1);
  const comma = second ? line.slice(first.end, second.start) : spacing(line).comma;
  const before = list.items[index];
  const at = before ? before.start : list.items.at(-1)!.end;
  return line.slice(0, at) + (before ? literal + comma : comma + literal) + line.slice(at);
}

export function removeItem(line: string, path: JsonPath, index: number): string | undefined {
  const items = listAt(line, path)?.items;
  return items?.[index] && without(line, items, index);
}

/** The items between the two places move up or down by one; what stands between items stays where it is. */
export function moveItem(line: string, path: JsonPath, from: number, to: number): string | undefined {
  const items = listAt(line, path)?.items;
  if (!items?.[from] || !items[to]) return undefined;
  const texts = items.map(({ start, end }) => line.slice(start, end));
  texts.splice(to, 0, ...texts.splice(from, 1));
  let result = '';
  let at = 0;
  for (const [i, { start, end }] of items.entries()) {
    result += line.slice(at, start) + texts[i]!;
    at = end;
  }
  return result + line.slice(at);
}

/** The line as it is where the object has no such key. */
export function removeKey(line: string, path: JsonPath, key: string): string {
  const object = findValue(line, path);
  const entries = object?.type === 'object' ? object.entries : [];
  const index = entries.findLastIndex((entry) => entry.key === key);
  if (index === -1) return line;
  const places = entries.map(({ keyStart, keyEnd, value }) => ({ start: keyStart, end: value?.end ?? keyEnd }));
  return without(line, places, index);
}

/** The last one goes with the separator before it, another one with the separator behind it. */
function without(line: string, places: readonly { start: number; end: number }[], index: number): string {
  const { start, end } = places[index]!;
  const next = places[index + 1];
  if (next) return line.slice(0, start) + line.slice(next.start);
  return line.slice(0, places[index - 1]?.end ?? start) + line.slice(end);
}

function listAt(line: string, path: JsonPath): ArrayNode | undefined {
  const node = findValue(line, path);
  return node?.type === 'array' ? node : undefined;
}
