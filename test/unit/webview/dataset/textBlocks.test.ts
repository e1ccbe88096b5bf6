/** Texts as they are read: code, differences, and what would hide or deceive made visible. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { badCharacters, visibleText } from '../../../../src/dataset/badText.ts';
import { needsReading, textBlocks } from '../../../../webview/dataset/textBlocks.ts';

const shape = (text: string, only: { start: number; end: number }[] = []) =>
  textBlocks(text, only).map(({ language, runs }) => [language, runs.map(({ start, end, only: mark, code, bad }) => `${mark ? '±' : ''}${code ? '`' : ''}${bad ? bad.label : text.slice(start, end)}`).join('|')]);

describe('a text to read', () => {
  test('has its fenced code apart, with its language', () => {
    assert.deepEqual(shape('See:\n```sql\nSELECT 1;\n\n```\nDone.'), [[undefined, 'See:'], ['sql', 'SELECT 1;\n'], [undefined, 'Done.']]);
    assert.deepEqual(shape('~~~\na ```\n~~~~'), [['', 'a ```']]);
    assert.deepEqual(shape('```py\nnever closed'), [['py', 'never closed']]);
    assert.deepEqual(shape('```\n```'), [['', '']]);
    assert.deepEqual(shape('a `b` c'), [[undefined, 'a |``b`| c']]);
    assert.deepEqual(shape('    ```\nindented is no fence'), [[undefined, '    ```\nindented is no fence']]);
  });

  test('has differences marked in prose and in code', () => assert.deepEqual(shape('ab\n```\ncd\n```', [{ start: 1, end: 8 }]), [[undefined, 'a|±b'], ['', '±c|d']]));

  test('covers every character but the fences, in order', () => {
    const text = 'x\u202Ey\n```js\n\0z `q`\n```\n`e` \uD800 end';
    const covered = textBlocks(text, [{ start: 0, end: 4 }]).flatMap(({ runs }) => runs);
    assert.ok(covered.every(({ start, end }, i) => start < end && start >= (covered[i - 1]?.end ?? 0)));
    assert.equal(covered.map(({ start, end }) => text.slice(start, end)).join(''), 'x\u202Ey\0z `q``e` \uD800 end');
  });

  test('is needed where a field would not show everything', () => {
    assert.deepEqual(['plain 漢字 ` 🙂', '`code`', 'a\n```\nb', 'zero\u200Bwidth'].map(needsReading), [false, true, true, true]);
  });
});

describe('bad characters', () => {
  const labels = (text: string) => badCharacters(text).map(({ label }) => label);
  test('are named: direction, width, control, terminal codes, halves and bytes', () => {
    assert.deepEqual(labels('\u202Ea\u2066\u200B\uFEFF\0\x1B[31m\x07\r\u2028\x85\uD83D\uDCFF\u{E0041}'), ['RLO', 'LRI', 'ZWSP', 'BOM', 'NUL', 'ESC', 'BEL', 'CR', 'LS', 'U+0085', 'TAG A']);
  });
  test('are a lone half and a byte that is no UTF-8', () => assert.deepEqual([labels('\uD83D '), labels('a\uDCFF'), labels('\uDE00')], [['U+D83D'], ['xFF'], ['U+DE00']]));
  test('are not what a script or an emoji needs, nor tabs and line feeds', () => assert.deepEqual(labels('می\u200Cخواهم क्\u200Dष 👩\u200D💻 👩🏽\u200D🚀 🏳\uFE0F\u200D🌈 🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} a\tb\nc é'), []));
  test('have a stand-in on one line', () => assert.equal(visibleText('a\u202Eb\0'), 'a⟦RLO⟧b⟦NUL⟧'));
});
