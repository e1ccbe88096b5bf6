/** Every registered method: its parameters are sound, it prepares the rows that it accepts, and refuses the others in words. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UserError } from '../../src/core/problem.ts';
import { formats } from '../../src/dataset/formats/index.ts';
import type { Param } from '../../src/methods/method.ts';
import { methods, paramsOf, prepareExample, takes } from '../../src/methods/index.ts';
import { prepareLines } from '../../src/methods/prepareRows.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';

const tokenizer = loadTokenizerFiles(join('test', 'parity', 'prepare', 'chatml')).then(createTokenizer);

function fits(param: Param, value: unknown): boolean {
  if (value === null) return param.nullable === true;
  if (param.enum && ![value].flat().every((item) => param.enum!.includes(item as string))) return false;
  switch (param.type) {
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        (param.type === 'number' || Number.isInteger(value)) &&
        value >= (param.minimum ?? -Infinity) &&
        value <= (param.maximum ?? Infinity) &&
        value > (param.exclusiveMinimum ?? -Infinity) &&
        value < (param.exclusiveMaximum ?? Infinity)
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
    case 'path':
      return typeof value === 'string';
    case 'strings':
      return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
    case 'numbers':
      return Array.isArray(value) && value.every((item) => typeof item === 'number');
    case 'tokens':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object';
  }
}

for (const method of methods.entries) {
  const params = paramsOf(method.id);
  const defaults = Object.fromEntries(params.map((param) => [param.name, param.default]));

  describe(`method ${method.id}`, () => {
    test('has a label, a description and rows that it accepts', () => {
      assert.ok(method.label && method.description.endsWith('.'));
      assert.ok(method.accepts.length > 0);
      for (const kind of method.accepts) assert.ok(formats.entries.some((format) => format.kinds.some((one) => one === kind)), kind);
    });

    test('has parameters with sound defaults and one line that explains each', () => {
      assert.equal(new Set(params.map((param) => param.name)).size, params.length);
      for (const param of params) {
        assert.match(param.name, /^[a-z0-9]+(_[a-z0-9]+)*$/);
        assert.match(param.description, /^[^\n]{10,220}[.)]$/, param.name);
        assert.ok(param.default === null || fits(param, param.default), `${param.name}: ${JSON.stringify(param.default)}`);
        assert.ok(!(param.required && param.default !== null), param.name);
        if (param.type === 'object') assert.ok(param.schema, param.name);
      }
    });

    test('has smoke settings that are its parameters', () => {
      for (const [name, value] of Object.entries(method.smoke)) {
        const param = params.find((p) => p.name === name);
        assert.ok(param && fits(param, value), name);
      }
    });

    test('names its metrics as TRL does', () => {
      for (const name of method.metrics) assert.match(name, /^[a-z0-9_]+(\/[a-z0-9_]+)*$/);
    });

    for (const format of formats.entries) {
      if (!takes(method.id, format)) {
        test(`refuses ${format.id} rows in words`, async () => {
          const line = { line: 1, text: JSON.stringify(format.examples[0]) };
          const tok = await tokenizer;
          assert.throws(() => [...prepareLines([line], tok, { format: format.id, method: method.id, params: defaults })], (error: Error) => error instanceof UserError && format.kinds.every((kind) => error.message.includes(kind)));
        });
        continue;
      }
      for (const settings of [{}, { max_length: 6 }, method.smoke]) {
        test(`prepares ${format.id} rows${Object.keys(settings).length > 0 ? ` with ${JSON.stringify(settings)}` : ''}`, async () => {
          const tok = await tokenizer;
          for (const row of format.examples) {
            const example = format.toExample(row).value!;
            if (!method.accepts.includes(example.kind)) continue;
            const sides = prepareExample(example, method.id, tok, { ...defaults, ...settings });
            assert.ok(sides.length === 1 || sides.length === 2);
            for (const side of sides) {
              assert.equal(side.ids.length, side.trained.length);
              assert.ok(side.ids.every((id) => Number.isInteger(id) && id >= 0 && id < tok.vocabSize));
              assert.ok(side.trained.every((flag) => flag === 0 || flag === 1));
              assert.ok(side.promptLength >= 0 && side.promptLength <= side.ids.length);
              if (side.truncatedFrom !== null) assert.ok(side.truncatedFrom > side.ids.length);
              // CPO keeps a row whose answer is cut off where its loss is a sum, as TRL does.
              assert.ok(side.dropped !== null || side.trained.includes(1) || (method.id === 'cpo' && side.lostTrained !== undefined));
            }
            const told = (some: typeof sides) => some.map((side) => ({ ...side, rewritten: side.rewritten?.() }));
            assert.deepEqual(told(prepareExample(example, method.id, tok, { ...defaults, ...settings })), told(sides));
          }
        });
      }
    }
  });
}
