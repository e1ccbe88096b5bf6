/** Every registered format: found by its examples, also with a slip in a key; understands them; says what is wrong with the others. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasError } from '../../src/core/problem.ts';
import type { JsonSchema } from '../../src/dataset/format.ts';
import { detectFormat, formats } from '../../src/dataset/formats/index.ts';

type Row = Record<string, unknown>;

/** Slips of the pen: a letter lost, doubled, two swapped, another case. */
function slips(key: string): string[] {
  const made = new Set<string>();
  for (let i = 0; i < key.length; i++) {
    made.add(key.slice(0, i) + key.slice(i + 1));
    made.add(key.slice(0, i) + key[i] + key.slice(i));
    if (i > 0) made.add(key.slice(0, i - 1) + key[i] + key[i - 1] + key.slice(i + 1));
  }
  made.add(key[0]!.toUpperCase() + key.slice(1));
  made.delete(key);
  return [...made].filter((slip) => slip.length >= 3);
}

const renamed = (row: Row, from: string, to: string): Row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key === from ? to : key, value]));

for (const format of formats.entries) {
  describe(`format ${format.id}`, () => {
    test('has a kebab-case id, a label, a description and examples of both kinds', () => {
      assert.match(format.id, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(format.label && format.description.endsWith('.'));
      assert.ok(format.examples.length >= 2 && format.counterExamples.length >= 3);
    });

    test('describes each key for hover, and shows fields that its schema has', () => {
      const properties = format.schema.properties ?? {};
      for (const [key, schema] of Object.entries(properties)) assert.ok(schema.description, key);
      for (const key of format.schema.required ?? []) assert.ok(properties[key], key);
      for (const field of format.fields) assert.ok(properties[field.key], field.key);
      assert.deepEqual(JSON.parse(JSON.stringify(format.schema)), format.schema);
      everyObject(format.schema, (schema) => assert.ok(schema.type !== undefined || schema.anyOf !== undefined, JSON.stringify(schema)));
    });

    for (const [i, example] of format.examples.entries()) {
      test(`example ${i + 1} is found and understood`, () => {
        assert.equal(detectFormat([example])?.format.id, format.id);
        assert.equal(detectFormat([example])?.confidence, 1);
        for (const other of formats.entries) assert.ok(other.id === format.id || other.detect(example) < 1, other.id);
        const { value, problems } = format.toExample(example);
        assert.deepEqual(problems, []);
        assert.ok(format.kinds.some((kind) => kind === value?.kind), value?.kind);
      });

      test(`example ${i + 1} is found with a slip in any of its keys`, () => {
        for (const key of format.schema.required ?? []) {
          for (const slip of slips(key)) {
            const row = renamed(example, key, slip);
            assert.equal(detectFormat([row])?.format.id, format.id, slip);
            assert.ok(detectFormat([row])!.confidence < 1, slip);
            assert.deepEqual(format.toExample(row).problems.map((p) => [p.code, p.data?.key]), [['missing-key', key]], slip);
          }
        }
      });

      test(`example ${i + 1} is found among rows with mistakes`, () => {
        assert.equal(detectFormat([{ nothing: 1 }, example, {}, example, example])?.format.id, format.id);
      });
    }

    for (const [i, row] of format.counterExamples.entries()) {
      test(`counter-example ${i + 1} is refused with the key that is wrong`, () => {
        const { value, problems } = format.toExample(row);
        assert.equal(value, undefined);
        assert.ok(hasError(problems));
        for (const problem of problems) {
          assert.match(problem.code, /^[a-z]+(-[a-z]+)*$/);
          assert.ok(problem.message.endsWith('.'), problem.message);
          assert.equal(typeof problem.data?.key, 'string');
        }
      });
    }

    test('never throws, whatever the row holds', () => {
      const values: unknown[] = [null, 0, '', 'x', true, [], {}, [null], [1], ['x'], [{}], [{ role: 1 }], [{ role: 'user', content: [] }], [[{ role: 'user', content: 'x' }]], { role: 'user', content: 'x' }];
      for (const key of [...Object.keys(format.schema.properties ?? {}), 'other']) {
        for (const value of values) {
          for (const row of [{ [key]: value }, { ...format.examples[0], [key]: value }]) {
            const { value: example, problems } = format.toExample(row);
            assert.ok((example === undefined) === hasError(problems));
            assert.ok(format.detect(row) >= 0 && format.detect(row) <= 1);
          }
        }
      }
    });
  });
}

describe('the format of rows', () => {
  const cases: [string, Row, string | undefined][] = [
    ['prompt before text, as in TRL', { text: 'a', prompt: 'b', completion: 'c' }, 'prompt-completion'],
    ['prompt before messages', { messages: [{ role: 'user', content: 'a' }], prompt: 'b', completion: 'c' }, 'prompt-completion'],
    ['turns before text', { text: 'a', messages: [{ role: 'user', content: 'b' }] }, 'messages'],
    ['two answers are a preference', { prompt: 'a', chosen: 'b', rejected: 'c', completion: 'd' }, 'preference'],
    ['further columns do not matter', { question: 'a', prompt: 'b', answer: 'c', id: 4 }, 'prompt-only'],
    ['a missing key is still seen', { prompt: 'a', chosen: 'b' }, 'preference'],
    ['null is a table\'s empty cell', { prompt: 'a', completion: 'b', chosen: null, rejected: null }, 'prompt-completion'],
    ['what only OpenAI writes', { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b', weight: 1 }] }, 'openai-chat'],
    ['arguments as JSON text alone are TRL\'s as well', { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }] }] }, 'messages'],
    ['Alpaca with a text column: TRL takes the text', { instruction: 'a', input: '', output: 'b', text: 'c' }, 'text'],
    ['pairs of LLaMA-Factory in turns', { conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt', value: 'b' }, rejected: { from: 'gpt', value: 'c' } }, 'llamafactory-ranking'],
    ['turns under "conversations" with role and content', { conversations: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }] }, 'sharegpt'],
    ['rewards beside a prompt are veRL\'s', { data_source: 'x', prompt: [{ role: 'user', content: 'a' }], reward_model: { ground_truth: '1' } }, 'verl'],
    ['a source beside a prompt is a column', { data_source: 'x', prompt: [{ role: 'user', content: 'a' }], answer: '1' }, 'prompt-only'],
    ['completions in the plural are steps only as a list', { prompt: 'a', completions: 'b' }, 'prompt-completion'],
    ['nothing known', { question: 'a', answer: 'b' }, undefined],
    ['an empty row', {}, undefined],
  ];
  for (const [name, row, id] of cases) test(name, () => assert.equal(detectFormat([row])?.format.id, id));

  test('is that of most of them', () => {
    const rows = [{ prompt: 'a' }, ...Array.from({ length: 9 }, () => ({ prompt: 'a', completion: 'b' }))];
    assert.equal(detectFormat(rows)?.format.id, 'prompt-completion');
  });
  test('is unknown without rows', () => assert.equal(detectFormat([]), undefined));
  test('looks at the first hundred rows', () => {
    const rows = [...Array.from({ length: 100 }, () => ({ text: 'a' })), ...Array.from({ length: 900 }, () => ({ prompt: 'a' }))];
    assert.equal(detectFormat(rows)?.confidence, 1);
  });
});

function everyObject(schema: JsonSchema, check: (schema: JsonSchema) => void): void {
  check(schema);
  for (const child of [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]) everyObject(child, check);
}
