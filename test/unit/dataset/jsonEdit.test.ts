/** An edited value changes; every other character of its row stays. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeLine, encodeLine } from '../../../src/dataset/lineText.ts';
import { setText } from '../../../src/dataset/jsonEdit.ts';

describe('setting a text', () => {
  const cases: { name: string; line: string; path: (string | number)[]; text: string; expect: string | undefined }[] = [
    {
      name: 'keeps order, spacing, escapes and numbers of the other keys',
      line: '{ "id":1.0,"big" : 12345678901234567890, "a":"caf\\u00e9 \\/ x" ,\t"prompt":  "old","z":-0.0e+5 }\r',
      path: ['prompt'],
      text: 'new "text"\n',
      expect: '{ "id":1.0,"big" : 12345678901234567890, "a":"caf\\u00e9 \\/ x" ,\t"prompt":  "new \\"text\\"\\n","z":-0.0e+5 }\r',
    },
    { name: 'leaves other letters as they are', line: '{"a":"x é","b":"y"}', path: ['b'], text: '漢字 🙂 é', expect: '{"a":"x é","b":"漢字 🙂 é"}' },
    { name: 'escapes where the old text was escaped', line: '{"a":"caf\\u00e9","b":"naïve"}', path: ['a'], text: 'thé 🙂', expect: '{"a":"th\\u00e9 \\ud83d\\ude42","b":"naïve"}' },
    { name: 'escapes where the row is', line: '{"a":"plain","b":"na\\u00EFve"}', path: ['a'], text: 'é', expect: '{"a":"\\u00E9","b":"na\\u00EFve"}' },
    { name: 'a turn of a conversation', line: '{"messages":[{"role":"user","content":"a"},{"content": "b", "role":"assistant"}]}', path: ['messages', 1, 'content'], text: 'B', expect: '{"messages":[{"role":"user","content":"a"},{"content": "B", "role":"assistant"}]}' },
    { name: 'the last of two keys, as JSON.parse takes it', line: '{"a":"1","a":"2"}', path: ['a'], text: '3', expect: '{"a":"1","a":"3"}' },
    { name: 'a null becomes a text', line: '{"content":null}', path: ['content'], text: 'x', expect: '{"content":"x"}' },
    { name: 'the same text in another spelling is no edit', line: '{"a":"caf\\u00e9\\/"}', path: ['a'], text: 'café/', expect: '{"a":"caf\\u00e9\\/"}' },
    { name: 'escaped slashes stay escaped', line: '{"a":"http:\\/\\/x"}', path: ['a'], text: 'a/b', expect: '{"a":"a\\/b"}' },
    { name: 'a key named __proto__', line: '{"__proto__":"a"}', path: ['__proto__'], text: 'b', expect: '{"__proto__":"b"}' },
    { name: 'a missing key is added in the style of the row', line: '{"prompt": "p"}', path: ['completion'], text: 'c', expect: '{"prompt": "p", "completion": "c"}' },
    { name: 'a missing key is added without spaces where there are none', line: '{"prompt":"p"}', path: ['completion'], text: 'c', expect: '{"prompt":"p","completion":"c"}' },
    { name: 'a missing key of an empty row', line: '{}', path: ['text'], text: 'c', expect: '{"text": "c"}' },
    { name: 'a number is not overwritten', line: '{"a":1}', path: ['a'], text: 'x', expect: undefined },
    { name: 'a malformed row is left alone', line: '{"a":"x",}', path: ['a'], text: 'y', expect: undefined },
    { name: 'a path through a text', line: '{"a":"x"}', path: ['a', 0, 'b'], text: 'y', expect: undefined },
  ];
  for (const { name, line, path, text, expect } of cases) {
    test(name, () => {
      const result = setText(line, path, text);
      assert.equal(result, expect);
      if (result !== undefined && !name.includes('two keys')) assert.equal(path.reduce<unknown>((value, step) => Object.entries(value as object).find(([key]) => key === String(step))?.[1], JSON.parse(result)), text);
    });
  }

  test('bytes that are no UTF-8 stay in the value and beside it', () => {
    const bytes = Buffer.from('7b2261223a22ff222c2262223a2278fe79227d', 'hex'); // {"a":"\xff","b":"x\xfey"}
    const line = decodeLine(bytes);
    const b = (JSON.parse(line) as { b: string }).b;
    const edited = setText(line, ['b'], `${b}!`)!;
    assert.equal(Buffer.from(encodeLine(edited)).toString('latin1'), '{"a":"\xff","b":"x\xfey!"}');
  });
});
