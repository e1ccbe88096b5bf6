/** Differences of two texts: what is left unmarked is the same in both, by words, at a bounded cost. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wordDiff, type Range } from '../../../../webview/dataset/wordDiff.ts';

const parts = (text: string, ranges: readonly Range[]) => ranges.map(({ start, end }) => text.slice(start, end));
const rest = (text: string, ranges: readonly Range[]) => ranges.reduceRight((left, { start, end }) => left.slice(0, start) + left.slice(end), text);
const diff = (a: string, b: string) => {
  const found = wordDiff(a, b);
  return [parts(a, found.a), parts(b, found.b)];
};

describe('the difference of two texts', () => {
  test('is that of words', () => {
    assert.deepEqual(diff('The sky is blue today.', 'The sky is green today.'), [['blue'], ['green']]);
    assert.deepEqual(diff('one two three', 'one three'), [['two '], []]);
    assert.deepEqual(diff('same', 'same'), [[], []]);
    assert.deepEqual(diff('', 'new'), [[], ['new']]);
    assert.deepEqual(diff('preset', 'prefix'), [['preset'], ['prefix']]);
  });

  test('segments Chinese, which has no spaces', () => assert.deepEqual(diff('我喜欢喝绿茶，因为它很健康。', '我喜欢喝咖啡，因为它很健康。'), [['绿茶'], ['咖啡']]));

  test('of texts that share only small words is one, not confetti', () => {
    const [a, b] = diff('Never run it there, it locks the table.', 'Sure, go on, it will take a moment on the server.');
    assert.ok(a!.length <= 2 && b!.length <= 2, JSON.stringify([a, b]));
  });

  test('leaves the same text unmarked on both sides, for any two texts', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    for (let round = 0; round < 400; round++) {
      const text = () => Array.from({ length: random(30) }, () => ['the ', 'cat', ' ', '猫', '.', '\n', '🙂', 'é'][random(8)]).join('');
      const [a, b] = [text(), text()];
      const found = wordDiff(a, b);
      assert.equal(rest(a, found.a), rest(b, found.b), JSON.stringify([a, b]));
      for (const ranges of [found.a, found.b]) assert.ok(ranges.every(({ start, end }, i) => start < end && start >= (ranges[i - 1]?.end ?? 0)), JSON.stringify(ranges));
    }
  });

  test('of long texts is that of lines, and of texts without a common line all', () => {
    const line = (n: number, word: string) => `${n} ${word} ${'x'.repeat(60)}\n`;
    const many = (word: string) => Array.from({ length: 2000 }, (_, n) => line(n, word)).join('');
    const found = wordDiff(many('same'), many('same').replace('77 same', '77 other'));
    assert.deepEqual([found.coarse, found.a.length, found.b.length], [true, 1, 1]);
    const all = wordDiff(many('left'), many('right'));
    assert.deepEqual([all.coarse, all.a, all.b], [true, [{ start: 0, end: many('left').length }], [{ start: 0, end: many('right').length }]]);
  });
});
