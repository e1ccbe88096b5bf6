/** A run spec as a small tree, with a place for every key and value where it was read from a text. */

interface SpecPlace {
  start: number;
  end: number;
  /** The override that brought this node: then it has no place in the text. */
  override?: string;
}
export interface SpecScalar extends SpecPlace {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** Written in quotes (or as a block), so surely meant as text. */
  quoted: boolean;
}
export interface SpecList extends SpecPlace {
  kind: 'list';
  items: SpecNode[];
}
export interface SpecMap extends SpecPlace {
  kind: 'map';
  entries: SpecEntry[];
}
export interface SpecEntry {
  key: string;
  keyStart: number;
  keyEnd: number;
  value: SpecNode;
}
export type SpecNode = SpecScalar | SpecList | SpecMap;

/** The plain value of a node, as JSON would have it. */
export function plainValue(node: SpecNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plainValue(entry.value)]));
  }
}

export function entryOf(map: SpecMap, key: string): SpecEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** A plain value, such as JSON gives it, as a tree without places. Undefined where it holds what no spec can: too deep, or no JSON. */
export function nodeOf(value: unknown, depth = 0): SpecNode | undefined {
  const at = { start: 0, end: 0 };
  if (depth > 20) return undefined;
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return { ...at, kind: 'scalar', value, quoted: typeof value === 'string' };
  if (Array.isArray(value)) {
    const items = value.map((item) => nodeOf(item, depth + 1));
    return items.includes(undefined) ? undefined : { ...at, kind: 'list', items: items as SpecNode[] };
  }
  if (typeof value !== 'object') return undefined;
  const entries = Object.entries(value).map(([key, inner]) => ({ key, keyStart: 0, keyEnd: 0, value: nodeOf(inner, depth + 1) }));
  return entries.some((entry) => !entry.value) ? undefined : { ...at, kind: 'map', entries: entries as SpecEntry[] };
}
