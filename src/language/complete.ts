/** What can be written at a place in a row: keys that are missing, roles, fixed values, or a whole row in an empty line. */

import type { Format, JsonSchema } from '../dataset/format.ts';
import { isBlank } from '../dataset/lineText.ts';
import { formats } from '../dataset/formats/index.ts';
import { placeAt, type RowPlace } from './place.ts';
import { propertiesAt, schemasAt, typeNames } from './schema.ts';

export interface Completion {
  label: string;
  kind: 'key' | 'value' | 'row';
  /** One line. */
  detail: string;
  /** Markdown of our own. */
  documentation: string;
  /** What is written over `start` to `end` (offsets into the line); `$0` is where the cursor goes then, when `snippet`. */
  newText: string;
  snippet: boolean;
  start: number;
  end: number;
  /** Order in the list. */
  sort: string;
}

/** What an object may hold, and how it may look. */
export interface Shape {
  schema: JsonSchema;
  examples: readonly Readonly<Record<string, unknown>>[];
}

export function completionsAt(text: string, offset: number, format: Format | undefined): Completion[] {
  return isBlank(text) ? wholeRows(text, format) : format ? completionsIn(text, offset, format) : [];
}

/** For any JSON object whose shape is known. */
export function completionsIn(text: string, offset: number, shape: Shape): Completion[] {
  const place = placeAt(text, offset);
  if (place?.kind === 'key') return keys(text, offset, shape, place);
  return place?.kind === 'value' ? values(text, offset, shape, place) : [];
}

function wholeRows(text: string, format: Format | undefined): Completion[] {
  const offered = format ? [format] : formats.entries;
  return offered.flatMap((one) =>
    one.examples.map((example, i) => ({
      label: JSON.stringify(example).slice(0, 60),
      kind: 'row' as const,
      detail: `A row: ${one.label}`,
      documentation: one.description,
      newText: rowSnippet(example),
      snippet: true,
      start: 0,
      end: text.length,
      sort: `${one.id}-${i}`,
    })),
  );
}

/** Names of speakers and types stay as they are; every other text is a stop of the cursor. */
const fixedKeys = ['role', 'from', 'type'];

/** The row with its texts as places to fill in, one after the other. */
function rowSnippet(example: Readonly<Record<string, unknown>>): string {
  let stop = 0;
  const write = (value: unknown, key: string): string => {
    if (typeof value === 'string') return fixedKeys.includes(key) ? escapeSnippet(JSON.stringify(value)) : `"\${${++stop}:${escapeSnippet(JSON.stringify(value).slice(1, -1))}}"`;
    if (Array.isArray(value)) return `[${value.map((item) => write(item, '')).join(', ')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    return `{${Object.entries(value).map(([name, inner]) => `${escapeSnippet(JSON.stringify(name))}: ${write(inner, name)}`).join(', ')}\\}`;
  };
  return write(example, '');
}

function keys(text: string, offset: number, shape: Shape, place: Extract<RowPlace, { kind: 'key' }>): Completion[] {
  const range = place.entry ? { start: place.entry.keyStart, end: place.entry.keyEnd } : { start: offset, end: offset };
  if (place.entry && swallows(text.slice(range.start, range.end))) range.end = offset;
  const needsValue = !place.entry || place.entry.colon < 0;
  const needsComma = needsValue && place.object.entries.some(({ keyStart }) => keyStart >= range.end);
  const rank = (required: boolean) => (required ? '0' : '1');
  return [...propertiesAt(shape.schema, place.path)]
    .filter(([key]) => !place.taken.includes(key))
    .map(([key, { schema, required }]) => ({
      label: key,
      kind: 'key' as const,
      detail: [typeNames(schema), required ? 'needed' : 'optional'].filter(Boolean).join(', '),
      documentation: schema.description ?? '',
      newText: escapeSnippet(JSON.stringify(key)) + (needsValue ? `: ${startOfValue(shape, place.path, key, schema)}` : '') + (needsComma ? ',' : ''),
      snippet: true,
      ...range,
      sort: `${rank(required)}${key}`,
    }));
}

/** Text, turns, or whatever the example rows have there. */
function startOfValue({ examples }: Shape, path: readonly (string | number)[], key: string, schema: JsonSchema): string {
  const example = path.length === 0 ? examples.map((row) => row[key]).find((value) => value !== undefined) : undefined;
  const types = example === undefined ? typeNames(schema) : Array.isArray(example) ? 'list' : typeof example === 'string' ? 'text' : typeof example === 'object' ? 'object' : '';
  if (types.startsWith('text')) return '"$0"';
  if (types.startsWith('list')) {
    const turn = (schema.items ?? schema.anyOf?.find(({ items }) => items)?.items)?.properties;
    return turn?.role ? '[{"role": "user", "content": "$0"\\}]' : turn?.from ? '[{"from": "human", "value": "$0"\\}]' : '[$0]';
  }
  if (types.startsWith('object')) return '{$0\\}';
  return '$0';
}

function values(text: string, offset: number, shape: Shape, { path, node }: Extract<RowPlace, { kind: 'value' }>): Completion[] {
  if (node && node.type !== 'string' && node.type !== 'boolean') return [];
  const range = node ? { start: node.start, end: node.end } : { start: offset, end: offset };
  if (node?.type === 'string' && swallows(text.slice(range.start, range.end))) range.end = offset;
  const found = new Map<string, Completion>();
  for (const schema of schemasAt(shape.schema, path)) {
    const fixed = [...(schema.enum ?? []), ...((schema.examples ?? []) as string[])];
    if (schema.type === 'boolean') fixed.push(true, false);
    for (const value of fixed) {
      const written = JSON.stringify(value);
      if (!found.has(written)) found.set(written, { label: String(value), kind: 'value', detail: typeNames(schema), documentation: schema.description ?? '', newText: written, snippet: false, ...range, sort: String(found.size).padStart(3, '0') });
    }
  }
  return [...found.values()];
}

/** While a key or role is being typed, its open quote swallows what follows in the line: punctuation that no such name has shows it. */
function swallows(literal: string): boolean {
  return literal.length < 2 || !literal.endsWith('"') || /[:,{}[\]]/.test(literal);
}

function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
