/** Annotations: what makes rows the same, what several people said, how it follows edits, and how far they agree. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { cohensKappa, fleissKappa } from '../../../src/dataset/annotations/agreement.ts';
import { readAnnotation, writeAnnotation, type Annotation } from '../../../src/dataset/annotations/annotation.ts';
import { Ledger, verdictOf } from '../../../src/dataset/annotations/ledger.ts';
import { perHour } from '../../../src/dataset/annotations/pace.ts';
import { identifyRow, type RowIdentity } from '../../../src/dataset/annotations/rowIdentity.ts';
import { firstShown } from '../../../src/dataset/annotations/shownOrder.ts';
import { TallyRows } from '../../../src/dataset/annotations/tally.ts';
import { tallyMarkdown } from '../../../src/dataset/annotations/tallyMarkdown.ts';

const id = (line: string): RowIdentity => identifyRow(line)!;
const pair = (chosen: string, rejected: string, prompt = 'p') => id(JSON.stringify({ prompt, chosen, rejected }));
const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();

describe('the same row', () => {
  test('does not depend on how it is written', () => {
    const { hash } = id('{"prompt": "é\\n", "n": 1}');
    for (const same of ['{"n":1,"prompt":"\\u00e9\\n"}\r', ' {"n" :1.0, "prompt":"é\\u000a"} ']) assert.equal(id(same).hash, hash, same);
    for (const other of ['{"n":2,"prompt":"é\\n"}', '{"n":"1","prompt":"é\\n"}', '{"prompt":"é\\n"}', '{"n":1,"Prompt":"é\\n"}', 'no JSON']) assert.notEqual(id(other).hash, hash, other);
    assert.equal(identifyRow(' \r'), undefined);
  });

  test('numbers that JavaScript would round are told apart, whatever the spaces', () => {
    assert.notEqual(id('{"id":12345678901234567}').hash, id('{"id":12345678901234568}').hash);
    assert.equal(id('{"id":12345678901234567}').hash, id('{ "id" : 12345678901234567 }').hash);
    assert.notEqual(id('{"id":12345678901234567}').hash, id('{"id":"12345678901234567"}').hash);
    assert.equal(id('{"a":"12345678901234567 \\" 1","b":1}').hash, id('{"b":1, "a":"12345678901234567 \\" 1"}').hash);
  });

  test('bytes that are no UTF-8, nesting without end and __proto__ are as good as any', () => {
    assert.notEqual(id('{"a":"\udc80"}').hash, id('{"a":"\udc81"}').hash);
    assert.notEqual(id('\udc80').hash, id('\udc81').hash);
    assert.notEqual(id('{"__proto__":1}').hash, id('{}').hash);
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    assert.notEqual(id(deep).hash, id(deep.replace('"a"', '"b"')).hash);
  });

  test('a pair stays itself when its answers change places, under the keys of every format', () => {
    for (const [chosen, rejected] of [['chosen', 'rejected'], ['preferred_output', 'non_preferred_output']] as const) {
      const [one, swapped] = [id(JSON.stringify({ input: 'q', [chosen]: 'x', [rejected]: 'y' })), id(JSON.stringify({ input: 'q', [chosen]: 'y', [rejected]: 'x' }))];
      assert.equal(one.hash, swapped.hash);
      assert.deepEqual(one.answers, { chosen: swapped.answers!.rejected, rejected: swapped.answers!.chosen });
    }
    assert.notEqual(pair('x', 'y').hash, pair('x', 'z').hash);
  });
});

describe('the order in which answers are shown', () => {
  test('is drawn by seed and row, stays when the answers change places, and is fair', () => {
    let [first, changed] = [0, 0];
    for (let n = 0; n < 2000; n++) {
      const [row, swapped] = [pair(`a${n}`, `b${n}`), pair(`b${n}`, `a${n}`)];
      assert.notEqual(firstShown(row, 7), firstShown(swapped, 7));
      if (firstShown(row, 7) === 'chosen') first++;
      if (firstShown(row, 7) !== firstShown(row, 8)) changed++;
    }
    for (const times of [first, changed]) assert.ok(times > 900 && times < 1100, String(times));
    assert.equal(firstShown(id('{"text":"t"}'), 1), undefined);
  });
});

describe('lines of a sidecar', () => {
  test('come back as they were written', () => {
    const whole: Annotation = { row: 'r', annotator: 'Ann \u202e', time: at(0), choice: 'a', shown: ['x', 'y'], labels: ['__proto__', '<b>'], note: 'n\n', from: 'q' };
    const line = writeAnnotation(whole);
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.deepEqual(readAnnotation(line.trimEnd()), whole);
    assert.deepEqual(readAnnotation(`\ufeff${line.trimEnd()}\r`), whole);
  });

  test('that are no annotations are nothing, and parts of a later version are passed over', () => {
    for (const line of ['', '{', '[]', 'null', '{"row":1,"annotator":"a","time":"2026-01-01"}', '{"row":"r","annotator":"a","time":"now"}', '{"row":"r","time":"2026-01-01"}']) assert.equal(readAnnotation(line), undefined, line);
    assert.deepEqual(readAnnotation(`{"row":"r","annotator":"a","time":"${at(0)}","choice":"maybe","labels":[1],"note":{},"new":1}`), { row: 'r', annotator: 'a', time: at(0) });
  });
});

describe('what people said', () => {
  /** Every part on its own, the latest wins. */
  function naive(lines: readonly Annotation[]): Record<string, unknown> {
    const newest: Record<string, { time: string; value: unknown }> = Object.create(null);
    for (const { row, annotator, time, choice, labels, note } of lines) {
      for (const [part, value] of Object.entries({ choice, labels, note })) {
        const key = `${row}/${annotator}/${part}`;
        if (value !== undefined && !(newest[key] && newest[key].time > time)) newest[key] = { time, value };
      }
    }
    return Object.fromEntries(Object.entries(newest).map(([key, { value }]) => [key, value]));
  }

  test('is the same in whatever order two windows wrote it', () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = createRng(seed);
      const lines = Array.from({ length: 30 }, (_, i): Annotation => {
        const part = rng.below(3);
        return { row: `r${rng.below(3)}`, annotator: `a${rng.below(2)}`, time: at(i), ...(part === 0 ? { choice: (['a', 'b', null] as const)[rng.below(3)]! } : part === 1 ? { labels: [`l${rng.below(3)}`] } : { note: `n${rng.below(9)}` }) };
      });
      const shuffled = [...lines].sort(() => rng.next() - 0.5);
      const ledger = new Ledger();
      for (const line of shuffled) ledger.add(line);
      const known: Record<string, unknown> = {};
      for (const row of ['r0', 'r1', 'r2']) {
        for (const [annotator, { choice, labels, note }] of ledger.of(row)) {
          for (const [part, state] of Object.entries({ choice, labels, note })) if (state) known[`${row}/${annotator}/${part}`] = state.value;
        }
      }
      assert.deepEqual(known, naive(lines));
    }
  });

  test('follows a row through edits, and back', () => {
    const ledger = new Ledger();
    const [one, two] = [pair('x', 'y'), pair('x!', 'y')];
    ledger.add({ row: one.hash, annotator: 'ann', time: at(0), choice: 'b', shown: [one.answers!.rejected, one.answers!.chosen], note: 'because' });
    ledger.add({ row: one.hash, annotator: 'bob', time: at(1), labels: ['odd'] });
    const moved = ledger.carry(one, two);
    assert.deepEqual(moved.map(({ annotator, from, time }) => [annotator, from, time]), [['ann', one.hash, at(0)], ['ann', one.hash, at(0)], ['bob', one.hash, at(1)]]);
    assert.equal(verdictOf(ledger.of(two.hash).get('ann')!.choice, two), 'chosen');
    assert.equal(ledger.of(two.hash).get('ann')!.note!.value, 'because');
    assert.deepEqual(ledger.carry(two, one), [], 'undone: nothing new was said');
    ledger.add({ row: two.hash, annotator: 'ann', time: at(5), choice: 'tie' });
    assert.equal(ledger.carry(two, one).length, 1);
    assert.equal(verdictOf(ledger.of(one.hash).get('ann')!.choice, one), 'tie');
    assert.equal(ledger.of(one.hash).get('ann')!.note!.value, 'because');
    // what was carried is read back as it was
    const again = new Ledger();
    for (const line of moved) again.add(readAnnotation(writeAnnotation(line))!);
    assert.equal(verdictOf(again.of(two.hash).get('ann')!.choice, two), 'chosen');
  });

  test('means the same answer after both an edit and a swap', () => {
    const ledger = new Ledger();
    const [one, two] = [pair('x', 'y'), pair('y', 'x!')];
    ledger.add({ row: one.hash, annotator: 'ann', time: at(0), choice: 'a', shown: [one.answers!.chosen, one.answers!.rejected] });
    ledger.carry(one, two);
    assert.equal(verdictOf(ledger.of(two.hash).get('ann')!.choice, two), 'rejected');
    assert.equal(verdictOf(ledger.of(one.hash).get('ann')!.choice, pair('y', 'x')), 'rejected');
  });
});

describe('agreement', () => {
  const many = (table: Record<string, number>) => Object.entries(table).flatMap(([both, times]) => Array.from({ length: times }, () => both.split(' ') as [string, string]));

  test("Cohen's kappa of published tables", () => {
    // the grant proposals and the two tables with equal agreement of the article on Cohen's kappa in Wikipedia
    for (const [table, kappa] of [
      [{ 'y y': 20, 'y n': 5, 'n y': 10, 'n n': 15 }, 0.4],
      [{ 'y y': 45, 'y n': 15, 'n y': 25, 'n n': 15 }, 0.1304],
      [{ 'y y': 25, 'y n': 35, 'n y': 5, 'n n': 35 }, 0.2593],
    ] as const) {
      assert.equal(cohensKappa(many(table)).kappa!.toFixed(4), kappa.toFixed(4));
    }
  });

  test("Fleiss' kappa of the fourteen raters in Wikipedia's article", () => {
    const table = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]];
    const { kappa, observed, expected, rows } = fleissKappa(table.map((row) => row.flatMap((n, category) => Array.from({ length: n }, () => String(category)))));
    assert.deepEqual([rows, observed.toFixed(3), expected.toFixed(3), kappa!.toFixed(3)], [10, '0.378', '0.213', '0.210']);
  });

  test('says that it cannot tell where chance explains all, and where there is nothing', () => {
    assert.equal(cohensKappa(many({ 'y y': 5 })).kappa, undefined);
    assert.equal(cohensKappa([]).kappa, undefined);
    assert.equal(fleissKappa([['a'], []]).kappa, undefined);
  });

  test('by counting all pairs, with random judges', () => {
    for (let seed = 0; seed < 50; seed++) {
      const rng = createRng(seed);
      const rows = Array.from({ length: 20 }, () => Array.from({ length: 2 + rng.below(3) }, () => 'abc'[rng.below(3)]!));
      const same = rows.map((row) => {
        let [equal, all] = [0, 0];
        row.forEach((x, i) => row.forEach((y, k) => i !== k && (all++, x === y && equal++)));
        return equal / all;
      });
      const flat = rows.flat();
      const chance = [...'abc'].reduce((sum, c) => sum + (flat.filter((x) => x === c).length / flat.length) ** 2, 0);
      const observed = same.reduce((a, b) => a + b) / rows.length;
      assert.ok(Math.abs(fleissKappa(rows).kappa! - (observed - chance) / (1 - chance)) < 1e-12);
    }
  });
});

describe('the tally', () => {
  test('compares which text people prefer, not what the file came to call it', () => {
    // bob judges after ann and every answer that he prefers became the chosen one: both must still be found to differ
    const ledger = new Ledger();
    const rows: RowIdentity[] = [];
    const judgements: [string, string][] = [];
    const rng = createRng(3);
    for (let n = 0; n < 40; n++) {
      const row = pair(`good ${n}`, `poor ${n}`);
      rows.push(row);
      const { chosen, rejected } = row.answers!;
      const [ann, bob] = [rng.next() < 0.5, rng.next() < 0.5];
      ledger.add({ row: row.hash, annotator: 'ann', time: at(n), choice: ann ? 'a' : 'b', shown: [chosen, rejected] });
      ledger.add({ row: row.hash, annotator: 'bob', time: at(n), choice: bob ? 'b' : 'a', shown: [rejected, chosen] });
      const category = (first: boolean) => (first === chosen <= rejected ? '1' : '2');
      judgements.push([category(ann), category(bob)]);
      if (!bob) rows[n] = pair(`poor ${n}`, `good ${n}`);
    }
    const tally = new TallyRows(ledger);
    for (const row of rows) tally.add(row);
    const { annotators, cohen, fleiss } = tally.end();
    assert.equal(annotators[1]!.choices.chosen, 40);
    assert.deepEqual({ ...cohen[0], annotators: undefined }, { ...cohensKappa(judgements), annotators: undefined });
    assert.equal(fleiss, undefined);
  });

  test('counts done, skipped and left, and shows names and labels as text', () => {
    const ledger = new Ledger();
    const rows = ['x', 'y', 'z', 'z'].map((text) => id(JSON.stringify({ text })));
    ledger.add({ row: rows[0]!.hash, annotator: 'a|\x1b[31m\n', time: at(0), choice: 'good', labels: ['<img>', '__proto__'] });
    ledger.add({ row: rows[1]!.hash, annotator: 'a|\x1b[31m\n', time: at(600_000), choice: 'skip', note: 'why' });
    ledger.add({ row: rows[2]!.hash, annotator: 'b', time: at(0), choice: 'bad' });
    ledger.add({ row: rows[2]!.hash, annotator: 'b', time: at(1), choice: null });
    ledger.add({ row: 'elsewhere', annotator: 'c', time: at(0), choice: 'bad' });
    const tally = new TallyRows(ledger);
    for (const row of rows) tally.add(row);
    const result = tally.end();
    assert.deepEqual(result.annotators.map(({ done, skipped, left, notes, perHour: pace }) => ({ done, skipped, left, notes, pace })), [{ done: 1, skipped: 1, left: 2, notes: 1, pace: 6 }]);
    const text = tallyMarkdown(result);
    assert.doesNotMatch(text, /\x1b|[^\\]<img/);
    assert.match(text, /a\\\| \\\[31m {2}\|/);
    assert.match(text, /\\<img\\> 1/);
  });

  test('the pace is that of the last session', () => {
    const minute = 60_000;
    assert.equal(perHour([]), undefined);
    assert.equal(perHour([5]), undefined);
    assert.equal(perHour([0, 10_000, 20_000]), undefined, 'too short to tell');
    assert.equal(perHour([0, minute, 200 * minute, 201 * minute, 202 * minute, 203 * minute]), 60);
  });
});
