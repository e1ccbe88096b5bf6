/** The types of a Parquet file's columns, found from rows: turns become lists of structs as `datasets` writes them, what has no fixed shape becomes JSON. */

import type { SchemaElement } from 'hyparquet';
import type { DatasetRow } from '../../dataset/format.ts';

export type ColumnType =
  | { is: 'nothing' | 'boolean' | 'integer' | 'number' | 'text' | 'json' }
  | { is: 'list'; item: ColumnType }
  | { is: 'struct'; fields: Map<string, ColumnType> };

/** Keys whose values have another shape in every row: a struct of all of them would be full of nulls. */
const shapeless = new Set(['arguments', 'parameters', 'properties', 'tools', 'tool_calls', 'functions', 'function_call', 'chat_template_kwargs']);
const MOST_FIELDS = 100;

export function createColumns(): Map<string, ColumnType> {
  return new Map();
}

/** Widens the types of the columns so that they hold this row as well. */
export function widen(columns: Map<string, ColumnType>, row: DatasetRow): void {
  for (const [key, value] of Object.entries(row)) if (value !== undefined) columns.set(key, merged(columns.get(key) ?? { is: 'nothing' }, shapeless.has(key) ? shapelessType(value) : typeOf(value)));
}

function shapelessType(value: unknown): ColumnType {
  return { is: value === null ? 'nothing' : typeof value === 'string' ? 'text' : 'json' };
}

function typeOf(value: unknown): ColumnType {
  if (value === null || value === undefined) return { is: 'nothing' };
  if (typeof value === 'boolean') return { is: 'boolean' };
  if (typeof value === 'number') return { is: Number.isSafeInteger(value) && !Object.is(value, -0) ? 'integer' : 'number' };
  if (typeof value === 'string') return { is: 'text' };
  // A list without an entry and a struct without a field have no type of their own in the file.
  if (Array.isArray(value)) return { is: 'list', item: value.reduce<ColumnType>((item, one) => merged(item, typeOf(one)), { is: 'nothing' }) };
  const entries = Object.entries(value as object);
  if (entries.length === 0 || entries.length > MOST_FIELDS) return { is: 'json' };
  return { is: 'struct', fields: new Map(entries.map(([key, inner]) => [key, shapeless.has(key) ? shapelessType(inner) : typeOf(inner)])) };
}

function merged(a: ColumnType, b: ColumnType): ColumnType {
  if (a.is === 'nothing') return b;
  if (b.is === 'nothing') return a;
  if (a.is === 'list' && b.is === 'list') return { is: 'list', item: merged(a.item, b.item) };
  if (a.is === 'struct' && b.is === 'struct') {
    const fields = new Map(a.fields);
    for (const [key, type] of b.fields) fields.set(key, merged(fields.get(key) ?? { is: 'nothing' }, type));
    return fields.size > MOST_FIELDS ? { is: 'json' } : { is: 'struct', fields };
  }
  if (a.is === b.is) return a;
  const numbers = ['integer', 'number'];
  return { is: numbers.includes(a.is) && numbers.includes(b.is) ? 'number' : 'json' };
}

export function schemaOf(columns: ReadonlyMap<string, ColumnType>): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.size }, ...[...columns].flatMap(([name, type]) => elements(name, type))];
}

function elements(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  switch (type.is) {
    case 'list':
      return [{ ...optional, converted_type: 'LIST', num_children: 1 }, { name: 'list', repetition_type: 'REPEATED', num_children: 1 }, ...elements('element', type.item)];
    case 'struct':
      return [{ ...optional, num_children: type.fields.size }, ...[...type.fields].flatMap(([key, inner]) => elements(key, inner))];
    case 'boolean':
      return [{ ...optional, type: 'BOOLEAN' }];
    case 'integer':
      return [{ ...optional, type: 'INT64' }];
    case 'number':
      return [{ ...optional, type: 'DOUBLE' }];
    case 'json':
      return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'JSON' }];
    case 'text':
    case 'nothing':
      return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  }
}

/** The value as the writer wants it: every field of a struct there, whole numbers as bigint. */
export function stored(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  if (type.is === 'integer') return BigInt(value as number);
  if (type.is === 'list') return (value as unknown[]).map((item) => stored(item, type.item));
  if (type.is === 'struct') return Object.fromEntries([...type.fields].map(([key, inner]) => [key, stored((value as Record<string, unknown>)[key], inner)]));
  return value;
}
