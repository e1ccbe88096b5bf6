/** Checks the values of a run spec against the shapes of the method's parameters, with a place and a next step for every problem. */

import type { Problem, Severity } from '../core/problem.ts';
import { didYouMean, nearestName, oneLine } from '../core/text.ts';
import type { JsonSchema, JsonType } from '../dataset/format.ts';
import type { SpecEntry, SpecMap, SpecNode, SpecScalar } from './specNode.ts';

/** Where a problem is. What an override on the command line brought has no place in the file, so the problem names the override. */
export interface Place {
  start: number;
  end: number;
  override?: string;
}

export function specProblem(code: string, message: string, place: Place, data: Record<string, unknown> = {}, severity: Severity = 'error'): Problem {
  return { code, severity, message, start: place.start, end: place.end, data: { ...data, ...(place.override === undefined ? {} : { override: place.override }) } };
}

export function keyPlace(entry: SpecEntry): Place {
  return { start: entry.keyStart, end: entry.keyEnd, override: entry.value.override };
}

/**
 * The plain value of a node of this shape; problems are added. Undefined when it is wrong. Takes what YAML 1.1 (and so TRL) reads
 * as a boolean (`yes`, `on`), and a lone false where `no` is one of the values.
 */
export function readValue(node: SpecNode, schema: JsonSchema, path: string, problems: Problem[]): unknown {
  if (schema.anyOf) return readAnyOf(node, schema.anyOf, path, problems);
  const types = schema.type === undefined ? [] : ([schema.type].flat() as JsonType[]);
  if (schema.enum) return readEnum(node, schema.enum, path, problems);
  for (const type of types) {
    if (!fits(node, type)) continue;
    if (type === 'array') return readList(node, schema, path, problems);
    if (type === 'object') return readMap(node, schema, path, problems);
    if (type === 'boolean') return booleanOf(node as SpecScalar);
    const value = (node as SpecScalar).value;
    if (typeof value === 'number') return readNumber(value, node, schema, path, problems);
    if (typeof value === 'string') return readText(value, node, schema, path, problems);
    return value;
  }
  if (types.length === 0) return undefined;
  problems.push(wrongType(node, types, path));
  return undefined;
}

/** The alternative whose kind of value this is; so a list with one wrong item is not called "no text". */
function readAnyOf(node: SpecNode, alternatives: readonly JsonSchema[], path: string, problems: Problem[]): unknown {
  const candidate = alternatives.find((s) => [s.type ?? []].flat().some((type) => fits(node, type)));
  if (candidate) return readValue(node, candidate, path, problems);
  problems.push(wrongType(node, [...new Set(alternatives.flatMap((s) => [s.type ?? []].flat()))], path));
  return undefined;
}

function fits(node: SpecNode, type: JsonType): boolean {
  if (type === 'array') return node.kind === 'list';
  if (type === 'object') return node.kind === 'map';
  if (node.kind !== 'scalar') return false;
  switch (type) {
    case 'null':
      return node.value === null;
    case 'boolean':
      return booleanOf(node) !== undefined;
    case 'integer':
      return typeof node.value === 'number' && Number.isInteger(node.value);
    case 'number':
      return typeof node.value === 'number';
    case 'string':
      return typeof node.value === 'string';
  }
}

function booleanOf(node: SpecScalar): boolean | undefined {
  if (typeof node.value === 'boolean') return node.value;
  if (node.quoted || typeof node.value !== 'string') return undefined;
  if (/^(?:yes|on)$/i.test(node.value)) return true;
  if (/^(?:no|off)$/i.test(node.value)) return false;
  return undefined;
}

function readEnum(node: SpecNode, values: NonNullable<JsonSchema['enum']>, path: string, problems: Problem[]): unknown {
  if (node.kind === 'scalar') {
    if (values.includes(node.value)) return node.value;
    if (node.value === false && values.includes('no')) return 'no';
  }
  const texts = values.filter((v) => typeof v === 'string');
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    problems.push(specProblem('spec-wrong-type', `"${path}" must be one of ${texts.join(', ')}, not ${describe(node)}.`, node, { key: path, values: texts }));
    return undefined;
  }
  const message = `"${oneLine(node.value, 60)}" is no value of "${path}".${didYouMean(node.value, texts)} Known: ${texts.join(', ')}.`;
  problems.push(specProblem('spec-bad-value', message, node, { key: path, values: texts, nearest: nearestName(node.value, texts) }));
  return undefined;
}

function readNumber(value: number, node: SpecNode, schema: JsonSchema, path: string, problems: Problem[]): number | undefined {
  const bounds: string[] = [];
  const usual = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  let inside = usual;
  const bound = (limit: number | undefined, ok: (limit: number) => boolean, words: string) => {
    if (limit === undefined) return;
    bounds.push(`${words} ${limit}`);
    if (!ok(limit)) inside = false;
  };
  bound(schema.minimum, (limit) => value >= limit, 'at least');
  bound(schema.exclusiveMinimum, (limit) => value > limit, 'above');
  bound(schema.maximum, (limit) => value <= limit, 'at most');
  bound(schema.exclusiveMaximum, (limit) => value < limit, 'below');
  if (inside) return value;
  problems.push(specProblem('spec-out-of-range', `"${path}" must be ${bounds.length > 0 && usual ? bounds.join(' and ') : 'a finite number of usual size'}, not ${String(value)}.`, node, { key: path }));
  return undefined;
}

function readText(value: string, node: SpecNode, schema: JsonSchema, path: string, problems: Problem[]): string | undefined {
  if (schema.format !== 'path') return value;
  if (value.trim() === '') {
    problems.push(specProblem('spec-bad-value', `"${path}" is empty. Give a file or folder.`, node, { key: path }));
    return undefined;
  }
  if (/[\u0000-\u001F]/.test(value)) {
    problems.push(specProblem('spec-bad-value', `"${path}" holds a control character: in double quotes a backslash begins an escape. Use single quotes, no quotes or forward slashes.`, node, { key: path }));
    return undefined;
  }
  return value;
}

function readList(node: SpecNode, schema: JsonSchema, path: string, problems: Problem[]): unknown[] | undefined {
  if (node.kind !== 'list') return undefined;
  if (node.items.length < (schema.minItems ?? 0)) {
    problems.push(specProblem('spec-bad-value', `"${path}" is an empty list.`, node, { key: path }));
    return undefined;
  }
  const items = node.items.map((item, i) => (schema.items ? readValue(item, schema.items, `${path}[${i}]`, problems) : undefined));
  return items.includes(undefined) ? undefined : items;
}

function readMap(node: SpecNode, schema: JsonSchema, path: string, problems: Problem[]): Record<string, unknown> | undefined {
  if (node.kind !== 'map') return undefined;
  const before = problems.length;
  const properties = schema.properties ?? {};
  const out: Record<string, unknown> = {};
  for (const entry of node.entries) {
    const property = Object.hasOwn(properties, entry.key) ? properties[entry.key] : undefined;
    if (!property) problems.push(specProblem('spec-unknown-key', `"${path}" has no "${entry.key}".${didYouMean(entry.key, Object.keys(properties))} Known: ${Object.keys(properties).join(', ')}.`, keyPlace(entry), { key: `${path}.${entry.key}`, nearest: nearestName(entry.key, Object.keys(properties)) }));
    else out[entry.key] = readValue(entry.value, property, `${path}.${entry.key}`, problems);
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(out, key)) problems.push(specProblem('spec-missing-key', `"${path}" needs "${key}".`, missingPlace(node), { key: `${path}.${key}` }));
  }
  for (const [key, property] of Object.entries(properties)) if (property.default !== undefined && !Object.hasOwn(out, key)) out[key] = property.default;
  return problems.length > before ? undefined : out;
}

/** A missing key has no place of its own: the opening brace in JSON, the first key in YAML. */
export function missingPlace(map: SpecMap): Place {
  const first = map.entries[0];
  if (!first || first.value.override !== undefined) return { start: map.start, end: Math.min(map.start + 1, map.end), override: map.override };
  return map.start < first.keyStart ? { start: map.start, end: map.start + 1 } : { start: first.keyStart, end: first.keyEnd };
}

const typeNames: Record<JsonType, string> = { string: 'a text', number: 'a number', integer: 'a whole number', boolean: 'true or false', object: 'a block of keys', array: 'a list', null: 'null' };

function wrongType(node: SpecNode, types: readonly JsonType[], path: string): Problem {
  const wanted = types.map((t) => typeNames[t]).join(' or ');
  let hint = '';
  if (node.kind === 'scalar') {
    const numeric = types.includes('number') || types.includes('integer');
    if (typeof node.value === 'string' && node.quoted && numeric && node.value.trim() !== '' && Number.isFinite(Number(node.value))) hint = ' Remove the quotes.';
    else if (typeof node.value === 'string' && node.quoted && types.includes('boolean') && /^(?:true|false)$/i.test(node.value)) hint = ' Remove the quotes.';
    else if (typeof node.value !== 'string' && node.value !== null && types.includes('string')) hint = ' Put it in quotes.';
    else if (node.value === null) hint = ' Give a value, or remove the line to take the default.';
  }
  return specProblem('spec-wrong-type', `"${path}" must be ${wanted}, not ${describe(node)}.${hint}`, node, { key: path });
}

function describe(node: SpecNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a block of keys';
  if (node.value === null) return 'empty';
  if (typeof node.value === 'string') return `the text "${oneLine(node.value, 40)}"`;
  return String(node.value);
}
