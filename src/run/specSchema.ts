/** The JSON Schema of a run spec, made from the methods' parameters: one description for check, completion, hover and publishing. */

import type { JsonSchema, JsonType } from '../dataset/format.ts';
import type { Param } from '../methods/method.ts';
import { methods, paramsOf, type MethodId } from '../methods/index.ts';

/** The shape of one parameter's value. */
export function paramSchema(param: Param): JsonSchema {
  const about = { description: param.description, ...(param.default === null ? {} : { default: param.default }) };
  const base: JsonSchema = param.schema ?? plainSchema(param);
  const nullable = param.nullable === true;
  if (!nullable) return { ...base, ...about };
  if (base.anyOf) return { ...base, anyOf: [...base.anyOf, { type: 'null' }], ...about };
  return { ...base, type: base.type === undefined ? undefined : ([base.type, 'null'].flat() as JsonType[]), ...(base.enum ? { enum: [...base.enum, null] } : {}), ...about };
}

function plainSchema(param: Param): JsonSchema {
  const limits = { minimum: param.minimum, exclusiveMinimum: param.exclusiveMinimum, maximum: param.maximum, exclusiveMaximum: param.exclusiveMaximum };
  const given = Object.fromEntries(Object.entries(limits).filter(([, v]) => v !== undefined));
  switch (param.type) {
    case 'integer':
    case 'number':
      return { type: param.type, ...given };
    case 'boolean':
      return { type: 'boolean' };
    case 'string':
      return { type: 'string', ...(param.enum ? { enum: param.enum } : {}) };
    case 'path':
      return { type: 'string', format: 'path' };
    case 'strings':
      return { anyOf: [{ type: 'string', ...(param.enum ? { enum: param.enum } : {}) }, { type: 'array', minItems: 1, items: { type: 'string', ...(param.enum ? { enum: param.enum } : {}) } }] };
    case 'numbers':
      return { type: 'array', minItems: 1, items: { type: 'number', ...given } };
    case 'tokens':
      return { type: 'array', items: { type: ['integer', 'string'] } };
    case 'object':
      return { type: 'object' };
  }
}

/** The schema of a spec of one method, as the editor uses it for completion. */
export function methodSpecSchema(id: MethodId): JsonSchema {
  const params = paramsOf(id);
  return {
    type: 'object',
    additionalProperties: false,
    required: ['method', ...params.filter((p) => p.required).map((p) => p.name)],
    properties: { method: methodKeySchema(), ...Object.fromEntries(params.map((param) => [param.name, paramSchema(param)])) },
  };
}

function methodKeySchema(): JsonSchema {
  return { type: 'string', enum: methods.ids, description: `How to train: ${methods.entries.map((m) => `${m.id} (${m.label})`).join(', ')}.` };
}

/** media/schemas/run-spec.schema.json: for editors and tools that know JSON Schema and nothing of Posttrain. */
export function runSpecSchema(): Record<string, unknown> {
  const shared = new Map<string, JsonSchema>();
  for (const id of methods.ids) for (const param of paramsOf(id)) if (!shared.has(param.name)) shared.set(param.name, loosened(param));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Posttrain run spec',
    description: 'What to train, on what, how: *.posttrain.yaml or *.posttrain.json.',
    type: 'object',
    required: ['method', 'model_name_or_path', 'dataset', 'output_dir'],
    properties: { method: methodKeySchema(), ...Object.fromEntries(shared) },
    additionalProperties: false,
    allOf: methods.ids.map((id) => ({
      if: { properties: { method: { const: id } }, required: ['method'] },
      then: { properties: Object.fromEntries([['method', true], ...paramsOf(id).map((param) => [param.name, published(paramSchema(param))])]), additionalProperties: false },
    })),
  };
}

/** At the top a key only has to exist; its type and range are those of the method. */
function loosened(param: Param): JsonSchema {
  return { description: param.description };
}

/** `format: path` is ours: other readers of JSON Schema would warn about it. */
function published(schema: JsonSchema): unknown {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'format' ? undefined : value)));
}
