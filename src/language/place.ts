/** What is at a place in a row: the path to it, and whether it is a key, a value, or where a key could be written. */

import { parseRow, type ObjectNode, type RowEntry, type RowNode } from '../dataset/rowSyntax.ts';

export type RowPath = (string | number)[];

export type RowPlace =
  /** On a key, or where one can be written: `path` is that of the object. `taken` are its other keys. */
  | { kind: 'key'; path: RowPath; entry: RowEntry | undefined; object: ObjectNode; taken: string[] }
  /** On a value, or where one is missing: `path` is that of the value. */
  | { kind: 'value'; path: RowPath; node: RowNode | undefined }
  /** In an empty line. */
  | { kind: 'row' };

/** Never throws; undefined before and after the row. A place right behind a key or value still belongs to it. */
export function placeAt(text: string, offset: number): RowPlace | undefined {
  const { root } = parseRow(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  if (!root) return { kind: 'row' };
  if (offset < root.start || offset > root.end) return undefined;
  const path: RowPath = [];
  let node: RowNode = root;
  for (;;) {
    if (node.type === 'object') {
      if (offset === node.start || (offset === node.end && text[node.end - 1] === '}')) return { kind: 'value', path, node };
      const entry = entryAt(node, offset);
      const onKey = !entry || entry.colon < 0 || offset <= entry.colon;
      if (onKey) {
        const own = entry && offset <= entry.keyEnd ? entry : undefined;
        return { kind: 'key', path, entry: own, object: node, taken: node.entries.filter((other) => other !== own).map(({ key }) => key) };
      }
      path.push(entry.key);
      if (!entry.value || offset < entry.value.start) return { kind: 'value', path, node: undefined };
      // Behind the value: where the comma and the next key go.
      if (offset > entry.value.end) return afterValue(node, entry.value, text, offset, path);
      node = entry.value;
    } else if (node.type === 'array') {
      if (offset === node.start || (offset === node.end && text[node.end - 1] === ']')) return { kind: 'value', path, node };
      const index: number = node.items.findIndex((item) => offset >= item.start && offset <= item.end);
      if (index < 0) return { kind: 'value', path: [...path, node.items.filter((item) => item.end < offset).length], node: undefined };
      path.push(index);
      node = node.items[index]!;
    } else return { kind: 'value', path, node };
  }
}

/** The entry that the offset is in or behind. */
function entryAt(object: ObjectNode, offset: number): RowEntry | undefined {
  return object.entries.findLast(({ keyStart }) => offset >= keyStart);
}

function afterValue(object: ObjectNode, value: RowNode, text: string, offset: number, path: RowPath): RowPlace | undefined {
  if (!text.slice(value.end, offset).includes(',')) return undefined;
  return { kind: 'key', path: path.slice(0, -1), entry: undefined, object, taken: object.entries.map(({ key }) => key) };
}
