/** A JSON value that is shown over lines and edited there: what was not touched keeps its spelling in the row. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatJson, setJson, setJsonText } from '../../../src/dataset/jsonValue.ts';

const value = '{"b":1.0,"a":[ 12345678901234567890, {"x":"caf\\u00e9"} ],"e":{},"s":"long \\/ text"}';
const line = `{"id": 7,"tools":${value}, "p": "q"}`;

describe('a JSON value', () => {
  test('is shown over lines with keys in their order, numbers as spelt and texts readable', () => {
    assert.equal(formatJson(value), '{\n  "b": 1.0,\n  "a": [\n    12345678901234567890,\n    { "x": "café" }\n  ],\n  "e": {},\n  "s": "long / text"\n}');
    assert.equal(formatJson('[]'), '[]');
    assert.equal(formatJson('{"2":1,"1":0}'), '{ "2": 1, "1": 0 }');
    assert.equal(formatJson(`${'['.repeat(1000)}1${']'.repeat(1000)}`)!.includes('1'), true);
    assert.equal(formatJson('{"a":1,}'), undefined);
  });

  test('that was only looked at is no edit', () => assert.equal(setJson(line, ['tools'], formatJson(value)!), line));

  const edited = (change: (shown: string) => string) => setJson(line, ['tools'], change(formatJson(value)!));
  test('keeps everything but the number that was changed', () => assert.equal(edited((shown) => shown.replace('1.0', '2.50')), line.replace('1.0', '2.50')));
  test('keeps everything but the text that was changed, and its escapes', () => assert.equal(edited((shown) => shown.replace('café', 'thé')), line.replace('caf\\u00e9', 'th\\u00e9')));
  test('with a key more keeps the spelling of the others', () => assert.equal(edited((shown) => shown.replace('"e": {}', '"e": {}, "n": null')), line.replace('{"b":1.0', '{"b": 1.0').replace(',"a":[', ',"a": [').replace(',"e":{}', ',"e": {},"n": null').replace('"s":', '"s": ')));
  test('with an item less keeps the spelling of the others', () => assert.equal(edited((shown) => shown.replace('12345678901234567890,', '')), line.replace('[ 12345678901234567890, {"x":"caf\\u00e9"} ]', '[{"x":"caf\\u00e9"}]')));
  test('of another type takes its place', () => assert.equal(setJson('{"a": 1, "b": 2}', ['a'], '[1,\n 2.0]'), '{"a": [1, 2.0], "b": 2}'));
  test('of a key that is missing is added', () => assert.equal(setJson('{"a": 1}', ['b'], 'true'), '{"a": 1, "b": true}'));
  test('that is no JSON stands in the row as it was typed', () => assert.equal(setJson('{"a": 1, "b": 2}', ['a'], '{"x":\n  1'), '{"a": {"x": 1, "b": 2}'));

  test('inside a text is edited there', () => {
    const call = '{"arguments": "{\\"city\\": \\"Oslo\\", \\"n\\": 1.0}"}';
    const shown = formatJson('{"city": "Oslo", "n": 1.0}')!;
    assert.equal(setJsonText(call, ['arguments'], shown), call);
    assert.equal(setJsonText(call, ['arguments'], shown.replace('Oslo', 'Rome')), call.replace('Oslo', 'Rome'));
    assert.equal(setJsonText(call, ['arguments'], '{"a"'), '{"arguments": "{\\"a\\""}');
    assert.equal(setJsonText('{"a": 1}', ['a'], '{}'), undefined);
  });
});
