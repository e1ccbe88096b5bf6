/** Which part of a format's JSON Schema describes a place in a row. */

import type { JsonSchema } from '../dataset/format.ts';

/** Every schema that may describe the value at `path`: more than one where a value may be text or turns. */
export function schemasAt(schema: JsonSchema, path: readonly (string | number)[]): JsonSchema[] {
  let found = flat(schema);
  for (const step of path) {
    found = found.flatMap((one) => {
      const next = typeof step === 'number' ? one.items : ownProperty(one, step);
      return next ? flat(next) : [];
    });
  }
  return found;
}

/** The properties of an object at `path`, by name. */
export function propertiesAt(schema: JsonSchema, path: readonly (string | number)[]): Map<string, { schema: JsonSchema; required: boolean }> {
  const properties = new Map<string, { schema: JsonSchema; required: boolean }>();
  for (const one of schemasAt(schema, path)) {
    for (const [key, property] of Object.entries(one.properties ?? {})) if (!properties.has(key)) properties.set(key, { schema: property, required: one.required?.includes(key) === true });
  }
  return properties;
}

/** A schema and its alternatives; the alternatives first, because they say more. */
function flat(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf ? [...schema.anyOf.flatMap(flat), schema] : [schema];
}

function ownProperty(schema: JsonSchema, key: string): JsonSchema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

/** `text or list`: for people. */
export function typeNames(schema: JsonSchema): string {
  const names: Record<string, string> = { string: 'text', number: 'number', integer: 'whole number', boolean: 'true or false', object: 'object', array: 'list', null: 'null' };
  const types = flat(schema).flatMap(({ type }) => type ?? []);
  return [...new Set(types)].map((type) => names[type] ?? type).join(' or ');
}
