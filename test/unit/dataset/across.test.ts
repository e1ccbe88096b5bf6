/** What checks across rows are made of: hashes, columns, words of any language, and what a row asks. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashText, joinHashes, sumHashes, type Hash64 } from '../../../src/core/hash.ts';
import { createRng } from '../../../src/core/rng.ts';
import { partsOf, question } from '../../../src/dataset/across/exampleParts.ts';
import { HashColumn } from '../../../src/dataset/across/hashColumn.ts';
import { HashTable } from '../../../src/dataset/across/hashTable.ts';
import { NumberColumn } from '../../../src/dataset/across/numberColumn.ts';
import { hashValue } from '../../../src/dataset/across/valueHash.ts';
import { WordReader } from '../../../src/dataset/across/wordReader.ts';

const hex = ({ low, high }: Hash64) => `${low.toString(16)}-${high.toString(16)}`;

describe('hashes', () => {
  test('of texts that differ in one letter, in length or in order are all different, and none is 0', () => {
    const texts = ['', 'a', 'b', 'aa', 'ab', 'ba', 'a\0', '\0a', '\0', '\0\0', 'é', '😀', ...Array.from({ length: 100_000 }, (_, i) => `row ${i}`)];
    const hashes = texts.map(hashText);
    assert.equal(new Set(hashes.map(hex)).size, texts.length);
    assert.ok(hashes.every(({ low, high }) => low > 0 && low < 2 ** 32 && high >= 0 && high < 2 ** 32));
  });

  test('are joined in order and summed in any', () => {
    const [a, b] = [hashText('a'), hashText('b')];
    assert.notEqual(hex(joinHashes([a, b])), hex(joinHashes([b, a])));
    assert.equal(hex(sumHashes(a, b)), hex(sumHashes(b, a)));
  });

  test('of values know them by what they say', () => {
    const same = (a: unknown, b: unknown) => hex(hashValue(a)) === hex(hashValue(b));
    assert.ok(same({ a: 1, b: [null, 'x'] }, { b: [null, 'x'], a: 1, c: undefined }));
    for (const [a, b] of [[1, '1'], [null, 'null'], [[], {}], [[['a'], 'b'], ['a', ['b']]], [{ a: { b: 1 } }, { b: { a: 1 } }], [['a', 'b'], ['b', 'a']], [{ a: 'b', c: 'd' }, { a: 'd', c: 'b' }], [true, 'true']]) {
      assert.ok(!same(a, b), JSON.stringify([a, b]));
    }
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    hashValue(deep);
  });
});

describe('columns', () => {
  test('hold numbers, and stretches of zeros without memory', () => {
    const column = new NumberColumn();
    for (let i = 0; i < 200_000; i++) column.push(i < 100_000 ? 0 : i);
    assert.deepEqual([column.length, column.at(0), column.at(99_999), column.at(100_000), column.at(199_999), column.used], [200_000, 0, 0, 100_000, 199_999, true]);
  });

  test('know the first row with a hash', () => {
    const column = new HashColumn();
    for (const text of ['a', 'b', undefined, 'a', 'c', 'b', 'a', undefined]) column.push(text === undefined ? undefined : hashText(text));
    assert.deepEqual([...column.firstRows()], [0, 1, -1, 0, 4, 1, 0, -1]);
    assert.deepEqual([...new HashColumn().firstRows()], []);
  });

  test('say it as a map does, whatever is in them', () => {
    const rng = createRng(1);
    const column = new HashColumn();
    const table = new HashTable();
    const seen = new Map<number, number>();
    const expected: number[] = [];
    for (let row = 0; row < 20_000; row++) {
      const value = rng.below(9000);
      if (!seen.has(value)) seen.set(value, row);
      expected.push(seen.get(value)!);
      const hash = hashText(String(value));
      column.push(hash);
      if (table.get(hash) === undefined) table.set(hash, row);
      assert.equal(table.get(hash), expected[row]);
    }
    assert.deepEqual([...column.firstRows()], expected);
  });
});

describe('words', () => {
  const words = (text: string) => {
    const reader = new WordReader();
    reader.read(text);
    return Array.from({ length: reader.count }, (_, i) => text.slice(reader.starts[i], reader.ends[i]));
  };
  test('are letters and digits that belong together, or characters where there are no spaces', () => {
    assert.deepEqual(words("Don't panic: it's 3.5 °C, naïve Grüße!"), ['Don', 't', 'panic', 'it', 's', '3', '5', 'C', 'naïve', 'Grüße']);
    assert.deepEqual(words('细胞理论, ok 안녕 하세요 ひら'), ['细', '胞', '理', '论', 'ok', '안녕', '하세요', 'ひ', 'ら']);
    assert.deepEqual(words(''), []);
    assert.equal(words('a '.repeat(5000)).length, 5000);
  });

  test('are the same in upper and lower case, and others are not', () => {
    const hashes = (text: string) => {
      const reader = new WordReader();
      reader.read(text);
      return [...reader.hashes.subarray(0, reader.count)];
    };
    assert.deepEqual(hashes('ÄPFEL und Birnen'), hashes('äpfel UND birnen'));
    assert.equal(new Set(hashes(Array.from({ length: 50_000 }, (_, i) => `w${i}`).join(' '))).size > 49_990, true);
  });
});

describe('what is asked', () => {
  test('is the same in every format, without system prompts', () => {
    const turns = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: ' How  far? ' }];
    const asked = (example: Parameters<typeof partsOf>[0]) => question(partsOf(example).prompt!);
    assert.equal(asked({ kind: 'prompt-completion', prompt: 'how far?', completion: 'a' }), 'how far?');
    assert.equal(asked({ kind: 'messages', messages: [...turns, { role: 'assistant', content: 'a' }] }), 'how far?');
    assert.equal(asked({ kind: 'preference', prompt: turns, chosen: [], rejected: [] }), 'how far?');
    assert.equal(asked({ kind: 'preference-implicit', chosen: [...turns, { role: 'assistant', content: 'a' }], rejected: [...turns, { role: 'assistant', content: 'b' }] }), 'how far?');
    assert.equal(asked({ kind: 'preference-implicit', chosen: '\n\nHuman: how far?\n\nAssistant: I go', rejected: '\n\nHuman: how far?\n\nAssistant: I stay' }), 'human: how far?');
  });

  test('of turns that go on is all of them, with who said it', () => {
    const { prompt, answers } = partsOf({ kind: 'messages', messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }, { role: 'assistant', content: 'd' }] });
    assert.deepEqual([question(prompt!), answers], ['user: a\nassistant: b\nuser: c', [[{ role: 'assistant', content: 'd' }]]]);
  });
});
