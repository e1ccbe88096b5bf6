/** Replacing in rows: texts that people wrote, never keys or structure; every other character of the line stays. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import type { Pattern } from '../../../src/dataset/find/query.ts';
import { previewReplace, replaceableKeys, replaceInLine } from '../../../src/dataset/find/replaceRow.ts';
import { formats } from '../../../src/dataset/formats/index.ts';

const plain = (text: string): Pattern => ({ text, regex: false, matchCase: false });
const expression = (text: string): Pattern => ({ text, regex: true, matchCase: false });
const replace = (line: string, pattern: Pattern, text: string, keys: string[] = []) => replaceInLine(line, { pattern, with: text, keys });

describe('replacing in a row', () => {
  test('in values only: keys, roles, numbers, spacing and spelling of the rest stay', () => {
    const line = '{ "user" : [{"role": "user", "content": "The user\\u0027s user"}, {"content": "n\\u00e9 user", "role":"assistant"}], "n": 1.0, "id": "user", "big": 12345678901234567890 }\r';
    assert.equal(
      replace(line, plain('USER'), 'person'),
      '{ "user" : [{"role": "user", "content": "The person\'s person"}, {"content": "n\\u00e9 person", "role":"assistant"}], "n": 1.0, "id": "person", "big": 12345678901234567890 }\r',
    );
    assert.equal(replace(line, plain('nothing'), 'x'), undefined);
    assert.equal(replace(line, plain('1'), 'x'), undefined);
    assert.equal(replace('{"a": "x"', plain('x'), 'y'), undefined);
  });

  test('only under the keys of the format', () => {
    const line = '{"prompt": "red", "completion": "red", "source": "red"}';
    assert.equal(replace(line, plain('red'), 'blue', replaceableKeys(formats.get('prompt-completion'))), '{"prompt": "blue", "completion": "blue", "source": "red"}');
    assert.equal(replace(line, plain('red'), 'blue', ['prompt']), '{"prompt": "blue", "completion": "red", "source": "red"}');
    const parts = '{"messages": [{"role": "user", "content": [{"type": "text", "text": "text"}]}]}';
    assert.equal(replace(parts, plain('text'), 'words', replaceableKeys(formats.get('messages'))), '{"messages": [{"role": "user", "content": [{"type": "text", "text": "words"}]}]}');
  });

  test('a text is taken as it is, an expression has groups, line breaks and a way to write a backslash', () => {
    assert.equal(replace('{"a":"x+x"}', plain('x+'), '$1$&\\n'), '{"a":"$1$&\\\\nx"}');
    assert.equal(replace('{"a":"one two"}', expression('(\\w+) (\\w+)'), '$2\\n$1\\\\'), '{"a":"two\\none\\\\"}');
    assert.equal(replace('{"a":"one two"}', { ...plain('ONE'), matchCase: true }, 'x'), undefined);
    assert.equal(replace('{"a":"x"}', expression('^'), '> '), '{"a":"> x"}');
  });

  test('is what replacing in the parsed row gives, over random rows', () => {
    const rng = createRng(11);
    const texts = ['ab', 'a"b', 'é\n', '漢字', 'abab', '', '\\'];
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: rng.below(4) }, () => texts[rng.below(texts.length)]!).join('');
      const record = { prompt: text(), messages: [{ role: 'a', content: text() }, { role: 'user', content: text() }], n: 1 };
      const [needle, by] = [texts[rng.below(5)]!, texts[rng.below(texts.length)]!];
      const changed = (value: string) => value.split(needle).join(by);
      const expected = { prompt: changed(record.prompt), messages: record.messages.map(({ role, content }) => ({ role, content: changed(content) })), n: 1 };
      const line = JSON.stringify(record);
      const edited = replace(line, { text: needle, regex: false, matchCase: true }, by) ?? line;
      assert.deepEqual(JSON.parse(edited), expected);
      const preview = previewReplace(line, { pattern: { text: needle, regex: false, matchCase: true }, with: by, keys: [] });
      assert.equal(preview?.places ?? 0, [record.prompt, ...record.messages.map(({ content }) => content)].reduce((sum, value) => sum + value.split(needle).length - 1, 0));
    }
  });

  test('the preview shows the first place with what is around it', () => {
    const line = JSON.stringify({ a: `${'w '.repeat(40)}colour of ${'v '.repeat(60)} colour` });
    const preview = previewReplace(line, { pattern: expression('colou(r)'), with: 'colo$1', keys: [] })!;
    assert.deepEqual({ ...preview, before: preview.before.slice(-6), after: preview.after.slice(0, 4) }, { places: 2, before: 'w w w ', found: 'colour', with: 'color', after: ' of ' });
    assert.ok(preview.before.startsWith('…') && preview.before.length === 41);
    assert.equal(previewReplace('{"a":"xay"}', { pattern: expression('(?<=x)a(?=y)'), with: '[$&]', keys: [] })!.with, '[a]');
  });
});
