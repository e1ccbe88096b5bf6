/** Near duplicates: how well signatures tell how alike two texts are, and which rows are put together. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { NearRows } from '../../../src/dataset/across/nearRows.ts';
import { Shingler } from '../../../src/dataset/across/shingler.ts';
import { equalBytes, likeness, SIGNATURE_WORDS, signatureOf } from '../../../src/dataset/across/signature.ts';

describe('signatures', () => {
  test('are as alike as the texts, within a standard deviation of about 0.06, for short and long ones', () => {
    const rng = createRng(2);
    for (const size of [20, 60, 400]) {
      for (const share of [0.5, 0.8, 0.95]) {
        let [sum, squares] = [0, 0];
        const rounds = 300;
        for (let round = 0; round < rounds; round++) {
          const shared = Math.round((size * 2 * share) / (1 + share));
          const word = () => Math.floor(rng.next() * 2 ** 32);
          const both = Array.from({ length: shared }, word);
          const [a, b] = [0, 1].map(() => Uint32Array.from([...both, ...Array.from({ length: size - shared }, word)])) as [Uint32Array, Uint32Array];
          const real = shared / (2 * size - shared);
          const first = signatureOf(a, size).slice();
          const second = signatureOf(b, size);
          let equal = 0;
          for (let i = 0; i < SIGNATURE_WORDS; i++) equal += equalBytes(first[i]!, second[i]!);
          sum += likeness(equal) - real;
          squares += (likeness(equal) - real) ** 2;
        }
        assert.ok(Math.abs(sum / rounds) < 0.02, `${size} ${share}: off by ${sum / rounds}`);
        assert.ok(Math.sqrt(squares / rounds) < 0.12, `${size} ${share}: deviation ${Math.sqrt(squares / rounds)}`);
      }
    }
  });
});

describe('near rows', () => {
  const rng = createRng(3);
  const text = (words: number) => Array.from({ length: words }, () => `w${rng.below(5000)}`).join(' ');
  const groupsOf = (rows: readonly (string | undefined)[]) => {
    const near = new NearRows();
    for (const row of rows) near.add(row);
    return near.groups(() => false);
  };

  test('are found with all of their cluster, and no others', () => {
    const rows: string[] = Array.from({ length: 3000 }, () => text(40));
    for (let i = 0; i < 50; i++) rows[1000 + i * 20] = rows[i]!.replace(/\S+$/, 'changed');
    for (let i = 0; i < 20; i++) rows[2500 + i] = rows[60]!.replace(/^\S+/, `first${i}`);
    const groups = groupsOf(rows);
    assert.equal(groups.total, 51);
    assert.deepEqual(groups.listed.slice(0, 50).map(({ first, rows: others }) => [first, ...others]), Array.from({ length: 50 }, (_, i) => [i, 1000 + i * 20]));
    assert.deepEqual([groups.listed[50]!.first, groups.listed[50]!.count], [60, 20]);
  });

  test('are not those that share a template', () => {
    const template = text(200);
    const groups = groupsOf(Array.from({ length: 400 }, () => `${template} ${text(25)}`));
    assert.equal(groups.total, 0);
  });

  test('are found in a crowd of rows that are a little alike', () => {
    const half = text(30);
    const rows = Array.from({ length: 4000 }, (_, i) => (i % 3 === 0 ? `${half} ${text(30)}` : text(60)));
    for (let i = 0; i < 40; i++) rows[3000 + 3 * i] = rows[30 * i]!.replace(/\S+$/, 'changed');
    assert.ok(groupsOf(rows).total >= 38);
  });

  test('are like the row that their cluster is named by, also where each row is like the one before it', () => {
    const rows: string[] = [];
    for (let [i, words] = [0, text(60).split(' ')]; i < 600; i++, words = [...words.slice(1), `new${i}`]) rows.push(words.join(' '));
    const shingler = new Shingler();
    const { listed, total } = groupsOf(rows);
    assert.ok(total > 30 && total <= 100);
    for (const { first, rows: others, count } of listed) {
      assert.ok(count < 30);
      for (const other of others) assert.ok(shingler.similarity(rows[first]!, rows[other]!) > 0.6);
    }
  });

  test('are none where there are no rows, or rows of a few words', () => {
    assert.equal(groupsOf([]).total, 0);
    assert.equal(groupsOf(['a b c', 'a b c', undefined, 'a b c']).total, 0);
  });

  test('have the share of runs of three words that both have', () => {
    const shingler = new Shingler();
    assert.equal(shingler.similarity('a b c d e', 'A, b; c d e!'), 1);
    assert.equal(shingler.similarity('a b c d e', 'a b c d f'), 2 / 4);
    assert.equal(shingler.similarity('a b c', 'd e f'), 0);
  });
});
