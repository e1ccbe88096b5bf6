/** The run spec in an editor: its problems, completion of keys and values, and what a key means. */

import type { Problem } from '../core/problem.ts';
import type { JsonSchema } from '../dataset/format.ts';
import { methods } from '../methods/index.ts';
import { checkFiles, type FileKind } from '../run/specFiles.ts';
import { parseRunSpec } from '../run/spec.ts';
import { methodSpecSchema } from '../run/specSchema.ts';
import { entryOf, type SpecMap, type SpecNode } from '../run/specNode.ts';
import { parseSpecText } from '../run/specText.ts';
import { completionsIn, type Completion } from './complete.ts';
import type { Hover } from './hover.ts';
import { propertiesAt, schemasAt, typeNames } from './schema.ts';

export interface SpecOptions {
  /** For `*.posttrain.json`. */
  json?: boolean;
}

export interface SpecFiles {
  /** The folder that paths in the spec are relative to. */
  specDir: string;
  /** For `~/…`. */
  home?: string;
  exists(path: string): Promise<FileKind>;
}

/** What is wrong with the spec; with `files`, also what it names and is not there. */
export async function validateSpec(text: string, options: SpecOptions = {}, files?: SpecFiles): Promise<Problem[]> {
  const { value, problems } = parseRunSpec(text, options);
  if (!value || !files) return problems;
  return [...problems, ...(await checkFiles(value, { ...files, cwd: files.specDir }))].sort((a, b) => a.start - b.start);
}

/** An edit of the spec that mends a problem: the name that was meant, or the one that took its place. */
export interface SpecFix {
  title: string;
  start: number;
  end: number;
  newText: string;
}

export function specFixOf({ code, data, start, end }: Problem, options: SpecOptions = {}): SpecFix | undefined {
  const meant = code === 'spec-removed-key' ? data?.successor : ['spec-unknown-key', 'spec-unknown-method', 'spec-bad-value'].includes(code) ? data?.nearest : undefined;
  if (typeof meant !== 'string') return undefined;
  return { title: `Write "${meant}"`, start, end, newText: options.json ? JSON.stringify(meant) : meant };
}

export function specHover(text: string, offset: number, options: SpecOptions = {}): Hover | undefined {
  const { value: root } = parseSpecText(text, options);
  if (root?.kind !== 'map') return undefined;
  const found = keyAt(root, offset, []);
  if (!found) return undefined;
  const property = propertiesAt(schemaOf(root), found.path).get(found.key);
  return property && { start: found.start, end: found.end, markdown: describeKey(found.key, property.schema, property.required) };
}

export function specCompletions(text: string, offset: number, options: SpecOptions = {}): Completion[] {
  const { value: root } = parseSpecText(text, options);
  const schema = schemaOf(root);
  if (options.json) return completionsIn(text, offset, { schema, examples: [] });
  const place = yamlPlaceAt(text, offset);
  if (!place) return [];
  return place.kind === 'key' ? yamlKeys(text, schema, root, place) : yamlValues(schema, place);
}

/** The keys of the method that the spec names; of the first one where it names none. */
function schemaOf(root: SpecNode | undefined): JsonSchema {
  const named = root?.kind === 'map' ? entryOf(root, 'method')?.value : undefined;
  const id = named?.kind === 'scalar' ? named.value : undefined;
  return methodSpecSchema(typeof id === 'string' && methods.has(id) ? id : 'sft');
}

function keyAt(map: SpecMap, offset: number, path: (string | number)[]): { key: string; path: (string | number)[]; start: number; end: number } | undefined {
  for (const { key, keyStart, keyEnd, value } of map.entries) {
    if (offset >= keyStart && offset <= keyEnd) return { key, path, start: keyStart, end: keyEnd };
    if (offset < value.start || offset > value.end) continue;
    if (value.kind === 'map') return keyAt(value, offset, [...path, key]);
    if (value.kind !== 'list') continue;
    const index = value.items.findIndex((item) => offset >= item.start && offset <= item.end);
    const item = value.items[index];
    return item?.kind === 'map' ? keyAt(item, offset, [...path, key, index]) : undefined;
  }
  return undefined;
}

interface YamlPlace {
  kind: 'key' | 'value';
  /** Of the map that the key belongs to, or of the value. */
  path: (string | number)[];
  /** What is there already and will be replaced. */
  start: number;
  end: number;
  /** The keys of a map in braces are separated by commas on one line. */
  inBraces: boolean;
}

/** From the lines alone, because a spec that is being typed is seldom valid YAML. */
function yamlPlaceAt(text: string, offset: number): YamlPlace | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  if (before.includes('#')) return undefined;
  const after = /^[\w-]*/.exec(text.slice(offset))![0].length;
  const range = (typed: string) => ({ start: offset - typed.length, end: offset + after });

  const key = /^( *)(?:- +)?(\w*)$/.exec(before);
  if (key) return { kind: 'key', path: parentOf(text, lineStart, before), ...range(key[2]!), inBraces: false };
  const value = /^( *(?:- +)?)(\w+): +([\w.+-]*)$/.exec(before);
  if (value) return { kind: 'value', path: [...parentOf(text, lineStart, value[1]!), value[2]!], ...range(value[3]!), inBraces: false };
  const braces = /^( *(?:- +)?)(?:(\w+): *)?\{(?:[^{}]*,)? *(?:(\w+): +)?([\w.+-]*)$/.exec(before);
  if (!braces) return undefined;
  const path = [...parentOf(text, lineStart, braces[1]!), ...(braces[2] === undefined ? [] : [braces[2]])];
  return { kind: braces[3] === undefined ? 'key' : 'value', path: braces[3] === undefined ? path : [...path, braces[3]], ...range(braces[4]!), inBraces: true };
}

/** The keys that a line stands under, by indentation; 0 stands for an entry of a list. */
function parentOf(text: string, lineStart: number, before: string): (string | number)[] {
  const dash = /^( *)- /.exec(before);
  let indent = dash ? dash[1]!.length : /^ */.exec(before)![0].length;
  const path: (string | number)[] = dash ? [0] : [];
  // A list may begin in the column of its key.
  let mayShareColumn = dash !== null;
  const lines = text.slice(0, lineStart).split('\n').slice(0, -1);
  for (let i = lines.length - 1; i >= 0 && (indent > 0 || mayShareColumn); i--) {
    const line = /^( *)(- +)?(\w+):/.exec(lines[i]!);
    if (!line) continue;
    const column = line[1]!.length;
    if (line[2] !== undefined && column + line[2].length <= indent && column < indent) {
      // The first key of a list's entry: this line is another key of the same entry.
      if (column + line[2].length < indent) path.unshift(line[3]!);
      path.unshift(0);
      [indent, mayShareColumn] = [column, true];
    } else if (line[2] === undefined && (column < indent || (mayShareColumn && column === indent))) {
      path.unshift(line[3]!);
      [indent, mayShareColumn] = [column, false];
    }
  }
  return path;
}

function yamlKeys(text: string, schema: JsonSchema, root: SpecNode | undefined, place: YamlPlace): Completion[] {
  const taken = place.path.length === 0 ? new Set([...text.matchAll(/^(\w+):/gm)].map((match) => match[1]!)) : takenAt(root, place.path);
  const rest = text.slice(place.end, (text.indexOf('\n', place.end) + 1 || text.length + 1) - 1);
  const written = text.slice(place.start, place.end);
  return [...propertiesAt(schema, place.path)]
    .filter(([key]) => key === written || !taken.has(key))
    .map(([key, property], i) => ({
      label: key,
      kind: 'key' as const,
      detail: detailOf(property.schema, property.required),
      documentation: describeKey(key, property.schema, property.required),
      newText: /^\s*:/.test(rest) ? key : `${key}: ${yamlStart(property.schema)}`,
      snippet: true,
      start: place.start,
      end: place.end,
      sort: `${property.required ? 0 : 1}${String(i).padStart(3, '0')}`,
    }));
}

function takenAt(root: SpecNode | undefined, path: readonly (string | number)[]): Set<string> {
  let node = root;
  for (const step of path) {
    if (typeof step === 'number') return new Set(); // which entry of the list it is cannot be told from the lines
    node = node?.kind === 'map' ? entryOf(node, step)?.value : undefined;
  }
  return new Set(node?.kind === 'map' ? node.entries.map(({ key }) => key) : []);
}

/** The default as a start, choices as a list to pick from. */
function yamlStart(schema: JsonSchema): string {
  const choices = schema.enum?.filter((value) => value !== null);
  if (choices) return `\${1|${choices.map((value) => String(value).replace(/[,|\\]/g, '\\$&')).join(',')}|}`;
  if (schema.type === 'boolean') return schema.default === true ? '${1|true,false|}' : '${1|false,true|}';
  if (schema.type === 'object') return '{$0\\}';
  return ['string', 'number'].includes(typeof schema.default) ? `\${1:${String(schema.default).replace(/[\\$}]/g, '\\$&')}}` : '$0';
}

function yamlValues(schema: JsonSchema, place: YamlPlace): Completion[] {
  const found = new Map<string, Completion>();
  for (const one of schemasAt(schema, place.path)) {
    const values: unknown[] = [...(one.enum ?? [])];
    if ([one.type].flat().includes('boolean')) values.push(true, false);
    if (typeof one.default === 'number' || typeof one.default === 'string') values.push(one.default);
    if ([one.type].flat().includes('null')) values.push(null);
    for (const value of values) {
      const label = String(value);
      if (found.has(label)) continue;
      const about = value === one.default ? 'default' : '';
      found.set(label, { label, kind: 'value', detail: about, documentation: one.description ?? '', newText: label, snippet: false, start: place.start, end: place.end, sort: String(found.size).padStart(3, '0') });
    }
  }
  return [...found.values()];
}

function detailOf(schema: JsonSchema, required: boolean): string {
  return [typeNames(schema), required ? 'needed' : defaultOf(schema)].filter(Boolean).join(', ');
}

function defaultOf(schema: JsonSchema): string {
  return schema.default === undefined || typeof schema.default === 'object' ? 'optional' : `default ${JSON.stringify(schema.default)}`;
}

function describeKey(key: string, schema: JsonSchema, required: boolean): string {
  const limits = [
    schema.minimum !== undefined && `at least ${schema.minimum}`,
    schema.exclusiveMinimum !== undefined && `above ${schema.exclusiveMinimum}`,
    schema.maximum !== undefined && `at most ${schema.maximum}`,
    schema.exclusiveMaximum !== undefined && `below ${schema.exclusiveMaximum}`,
    schema.enum && `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}`,
  ].filter(Boolean);
  return `**${key}** (${[detailOf(schema, required), ...limits].join(', ')})\n\n${schema.description ?? ''}`;
}
