/** What rows hold, counted: spreads in bounded memory, scripts, turns, roles and marks. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { RowCounter } from '../../../src/dataset/stats/rowStats.ts';
import { scriptOf } from '../../../src/dataset/stats/script.ts';
import { SpreadCounter, type Spread } from '../../../src/dataset/stats/spread.ts';

function spreadOf(values: readonly number[]): Spread {
  const counter = new SpreadCounter();
  for (const value of values) counter.add(value);
  return counter.spread!;
}

describe('a spread', () => {
  test('of nothing is none', () => assert.equal(new SpreadCounter().spread, undefined));
  test('of small numbers is exact, with a bar for each', () => {
    assert.deepEqual(spreadOf([2, 2, 3, 5]), { count: 4, total: 12, min: 2, p50: 2, p95: 5, max: 5, bars: [{ from: 2, to: 2, count: 2 }, { from: 3, to: 3, count: 1 }, { from: 4, to: 4, count: 0 }, { from: 5, to: 5, count: 1 }] });
  });
  test('of any numbers is right to within a tenth, and its bars hold every one', () => {
    const random = createRng(7);
    for (const most of [20, 300, 5000, 2e6]) {
      const values = Array.from({ length: 3000 }, () => Math.floor(random.next() ** 2 * most));
      const sorted = values.toSorted((a, b) => a - b);
      const spread = spreadOf(values);
      for (const [share, found] of [[0.5, spread.p50], [0.95, spread.p95]] as const) {
        const exact = sorted[Math.ceil(share * values.length) - 1]!;
        assert.ok(Math.abs(found - exact) <= exact * 0.1 + 1, `${found} for ${exact}`);
      }
      assert.deepEqual([spread.min, spread.max], [sorted[0], sorted.at(-1)]);
      assert.equal(spread.total, values.reduce((sum, value) => sum + value, 0));
      for (const { from, to, count } of spread.bars) assert.equal(count, values.filter((value) => value >= from && value <= to).length, `${from}–${to}`);
      assert.equal(spread.bars.reduce((sum, { count }) => sum + count, 0), values.length);
      for (let i = 1; i < spread.bars.length; i++) assert.equal(spread.bars[i]!.from, spread.bars[i - 1]!.to + 1);
    }
  });
  test('keeps as much for a million numbers as for ten', () => {
    const counter = new SpreadCounter();
    for (let value = 0; value < 1e6; value++) counter.add(value);
    assert.ok(counter.spread!.bars.length < 50);
  });
});

test('the script of a text is that of most of its letters', () => {
  const cases: [string, string][] = [
    ['The cat likes apples.', 'Latin'], ['Größe: naïve café', 'Latin'], ['天空是蓝色的。', 'Han'], ['私はりんごが好きです', 'Japanese'], ['Кошка любит яблоки', 'Cyrillic'], ['گربه سیب دوست دارد', 'Arabic'],
    ['मुझे सेब पसंद हैं', 'Devanagari'], ['고양이는 사과를 좋아해', 'Hangul'], ['1234 + 5 = ?', 'none'], ['🎉🎉', 'none'], ['', 'none'], ['ᚠᚢᚦᚨᚱᚲ', 'other'],
    ['In Tokyo (東京) I saw it', 'Latin'],
  ];
  for (const [text, script] of cases) assert.equal(scriptOf(text), script, text);
});

test('rows are counted by kind, turns, roles, marks and scripts', () => {
  const counter = new RowCounter();
  counter.add({ kind: 'messages', messages: [{ role: 'system', content: 'a' }, { role: 'user', content: 'bc' }, { role: 'assistant', content: 'é天🎉' }] });
  counter.add({ kind: 'messages', messages: [{ role: 'user', content: [{ type: 'text', text: 'xy' }, { type: 'image' }] }, { role: 'assistant', content: null, tool_calls: [] }] });
  counter.add({ kind: 'unpaired-preference', prompt: 'ab', completion: 'cde', label: false });
  counter.add({ kind: 'preference', prompt: [{ role: 'user', content: 'q' }], chosen: [{ role: 'assistant', content: 'aa' }], rejected: [{ role: 'assistant', content: 'b' }] });
  counter.add({ kind: 'stepwise', prompt: 'p', completions: ['1', '2'], labels: [true, false] });
  const { kinds, turns, roles, labels, answerBytes, chars, scripts } = counter.stats;
  assert.deepEqual(kinds, { messages: 2, 'unpaired-preference': 1, preference: 1, stepwise: 1 });
  assert.deepEqual([turns!.count, turns!.min, turns!.max], [3, 2, 3]);
  assert.deepEqual(roles, [{ name: 'assistant', count: 4 }, { name: 'user', count: 3 }, { name: 'system', count: 1 }]);
  assert.deepEqual(labels, [{ name: 'false', count: 2 }, { name: 'true', count: 1 }]);
  // a, bc, é (2) 天 (3) 🎉 (4), xy; cde; aa, b; 1, 2
  assert.equal(answerBytes, 1 + 2 + 9 + 2 + 3 + 3 + 2);
  assert.equal(chars!.total, 7 + 2 + 5 + 4 + 3);
  assert.equal(scripts.reduce((sum, { count }) => sum + count, 0), 5);
});

test('the prompt of a pair that does not name it is counted once, and not as an answer', () => {
  const counter = new RowCounter();
  counter.add({ kind: 'preference-implicit', chosen: 'Who? Bob', rejected: 'Who? Alice' });
  const turn = (role: string, content: string) => ({ role, content });
  counter.add({ kind: 'preference-implicit', chosen: [turn('user', 'Who?'), turn('assistant', 'Bob')], rejected: [turn('user', 'Who?'), turn('assistant', 'Alice')] });
  const { answerBytes, chars, roles, turns } = counter.stats;
  assert.deepEqual([answerBytes, chars!.total, turns!.max], [16, 5 + 8 + 4 + 8, 2]);
  assert.deepEqual(roles, [{ name: 'assistant', count: 2 }, { name: 'user', count: 1 }]);
});

test('names that never end are told together', () => {
  const counter = new RowCounter();
  for (let i = 0; i < 1000; i++) counter.add({ kind: 'messages', messages: [{ role: `role ${i}`, content: 'a' }] });
  const { roles } = counter.stats;
  assert.equal(roles.length, 41);
  assert.deepEqual(roles[0], { name: '…', count: 960 });
});
