/** The published schema says of every parameter what the methods say of it. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { methods, paramsOf } from '../../../src/methods/index.ts';
import { methodSpecSchema, paramSchema, runSpecSchema } from '../../../src/run/specSchema.ts';

test('every method and every key is in it', () => {
  const schema = runSpecSchema() as { properties: Record<string, unknown>; allOf: { if: { properties: { method: { const: string } } }; then: { properties: Record<string, unknown> } }[] };
  assert.deepEqual(schema.allOf.map((s) => s.if.properties.method.const), [...methods.ids]);
  for (const id of methods.ids) {
    const then = schema.allOf.find((s) => s.if.properties.method.const === id)!.then;
    assert.deepEqual(Object.keys(then.properties), ['method', ...paramsOf(id).map((p) => p.name)]);
    for (const param of paramsOf(id)) assert.ok(schema.properties[param.name], param.name);
    assert.deepEqual(methodSpecSchema(id).required, ['method', ...paramsOf(id).filter((p) => p.required).map((p) => p.name)]);
  }
  assert.ok(!JSON.stringify(schema).includes('"format"'));
});

test('types, ranges, null and enums', () => {
  const param = (name: string) => paramSchema(paramsOf('sft').find((p) => p.name === name)!);
  assert.deepEqual(param('max_length').type, ['integer', 'null']);
  assert.equal(param('learning_rate').exclusiveMinimum, 0);
  assert.equal(param('learning_rate').default, 2e-5);
  assert.deepEqual(param('save_strategy').enum, ['no', 'steps', 'epoch', 'best']);
  assert.equal(param('model_name_or_path').format, 'path');
});
