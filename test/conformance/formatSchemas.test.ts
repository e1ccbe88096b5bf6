/** The JSON Schemas as they are published: they accept every example, and refuse what they can say is wrong. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { JsonSchema } from '../../src/dataset/format.ts';
import { formats } from '../../src/dataset/formats/index.ts';

/** Of draft 2020-12 what the schemas use. */
function accepts(schema: JsonSchema, value: unknown): boolean {
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOf(type, value))) return false;
  if (schema.enum && !schema.enum.includes(value as never)) return false;
  if (schema.anyOf && !schema.anyOf.some((one) => accepts(one, value))) return false;
  if (Array.isArray(value)) return value.length >= (schema.minItems ?? 0) && (!schema.items || value.every((item) => accepts(schema.items!, item)));
  if (typeof value !== 'object' || value === null) return true;
  const row = value as Record<string, unknown>;
  if (schema.required?.some((key) => !(key in row))) return false;
  return Object.entries(row).every(([key, item]) => (schema.properties && Object.hasOwn(schema.properties, key) ? accepts(schema.properties[key]!, item) : schema.additionalProperties !== false));
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

for (const format of formats.entries) {
  describe(`schema of ${format.id}`, () => {
    const schema = JSON.parse(readFileSync(`media/schemas/${format.id}.schema.json`, 'utf8')) as JsonSchema & { $schema: string };
    test('says what it is, and accepts every example', () => {
      assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
      assert.ok(schema.title && schema.description);
      for (const example of [...format.examples, ...(schema.examples ?? [])]) assert.ok(accepts(schema, example), JSON.stringify(example));
    });
    test('refuses most of the counter-examples, and a row without its keys', () => {
      assert.ok(!accepts(schema, {}) && !accepts(schema, []));
      const refused = format.counterExamples.filter((row) => !accepts(schema, row));
      assert.ok(refused.length * 2 >= format.counterExamples.length, `${refused.length} of ${format.counterExamples.length}`);
    });
  });
}
