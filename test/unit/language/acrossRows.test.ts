/** Rows of a file taken together: how much is listed, what is looked at again, and that copies are copies. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { BenchmarkTexts } from '../../../src/dataset/across/benchmarkTexts.ts';
import { EvalQuestions } from '../../../src/dataset/across/evalQuestions.ts';
import { HashColumn } from '../../../src/dataset/across/hashColumn.ts';
import { RowFacts } from '../../../src/dataset/across/rowFacts.ts';
import type { RowTable } from '../../../src/dataset/across/rowTable.ts';
import { contradictoryPairs } from '../../../src/dataset/checks/contradictoryPairs.ts';
import { duplicateRow } from '../../../src/dataset/checks/duplicateRow.ts';
import { Row } from '../../../src/dataset/checks/row.ts';
import { samePrompt } from '../../../src/dataset/checks/samePrompt.ts';
import { areaUnderCurve } from '../../../src/dataset/checks/lengthBias.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { applyFixes } from '../../../src/language/fixes.ts';
import { validateFile, type Batches, type LineProblem } from '../../../src/language/validate.ts';

async function across(lines: readonly string[], again: () => Batches = () => [lines]) {
  const found: LineProblem[] = [];
  await validateFile([lines.slice(0, 3), lines.slice(3)], { across: { known: {}, again }, onProblem: (one) => found.push(one) });
  return found;
}
const row = (i: number | string) => JSON.stringify({ prompt: `p${i}`, completion: `c${i}` });

describe('across rows', () => {
  test('nothing is said of rows that have nothing to do with each other, nor of lines that are no rows', async () => {
    assert.deepEqual(await across([row(1), row(2), row(3), row(4)]), []);
    const broken = await across([row(1), '', '', '{', '{', '[]', '[]', row(2)]);
    assert.ok(broken.every(({ line, problem }) => line > 1 && problem.code !== 'duplicate-row'), JSON.stringify(broken));
  });

  test('the file as a whole comes first, then the rows in order, behind what is wrong with each row alone', async () => {
    const lines = [row(1), row(2), '{"prompt": "x"}', row(2), row(1), '{"prompt": "p1", "completion": "other"}'];
    assert.deepEqual((await across(lines)).map(({ line, problem }) => `${line} ${problem.code}`), ['3 missing-key', '1 same-prompt', '4 duplicate-row', '5 duplicate-row']);
  });

  test('so many are listed, and their number is said at the start', async () => {
    const found = await across(Array.from({ length: 500 }, (_, i) => row(i % 50)));
    assert.deepEqual(found.map(({ line }) => line), [1, ...Array.from({ length: 100 }, (_, i) => 51 + i)]);
    assert.equal(found[0]!.problem.message, '450 of 500 rows (90 %) are the same as an earlier one: what they say is learnt several times in every epoch. The first 100 are listed.');
    assert.deepEqual([found[0]!.problem.start, found[0]!.problem.end, found[0]!.problem.severity], [0, 0, 'info']);
  });

  test('nothing is said of the whole where most suspects are not what they looked like', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => row(i % 50));
    assert.deepEqual(await across(lines, () => [lines.map((_, i) => row(i))]), []);
    const found = await across(lines, () => [lines.map((line, i) => (i < 120 ? line : row(i)))]);
    assert.deepEqual(found.map(({ line }) => line), [1, ...Array.from({ length: 70 }, (_, i) => 51 + i)]);
    assert.match(found[0]!.problem.message, /^450 of 500 .* The first 70 are listed\.$/);
  });

  test('as many are listed where some suspects turn out to be none', async () => {
    const lines = Array.from({ length: 600 }, (_, i) => JSON.stringify({ prompt: `p${i % 300}`, completion: `c${i}` }));
    const listed = async (again: readonly string[]) => (await across(lines, () => [again])).filter(({ problem }) => problem.start > 0).map(({ line }) => line);
    assert.deepEqual(await listed(lines), Array.from({ length: 100 }, (_, i) => 1 + i));
    assert.deepEqual(await listed(lines.map((line, i) => (i < 40 ? row(1000 + i) : line))), Array.from({ length: 100 }, (_, i) => 41 + i));
  });

  test('only suspect rows are read again, and as far as the last of them', async () => {
    let read = 0;
    const lines = Array.from({ length: 100 }, (_, i) => row(i === 20 ? 10 : i));
    function* again() {
      for (const line of lines) {
        read++;
        yield [line];
      }
    }
    assert.deepEqual((await across(lines, again)).map(({ line }) => line), [21]);
    assert.equal(read, 21);
  });

  test('a file that changed in between says nothing wrong', async () => {
    const lines = [row(1), row(2), row(1), row(1)];
    assert.deepEqual(await across(lines, () => [[row(1)]]), []);
    assert.deepEqual((await across(lines, () => [[row(7), row(8), row(9), row(7)]])).map(({ line }) => line), [4]);
  });

  test('a copy can be removed', async () => {
    const [found] = await across([row(1), row(1)]);
    assert.deepEqual([found!.problem.data?.fix?.edits[0]?.removesLine, found!.problem.data?.fix?.safe, applyFixes(row(1), [found!.problem])], [true, false, '']);
  });
});

test('rows of any format, damaged in any way and mixed, get findings inside of themselves, held against files of the same kind', async () => {
  const rng = createRng(9);
  const pieces = ['"', '\\', '{}', '[]', ',', 'null', '1', '""', '"role"', '"messages"', '\uFEFF', '\udc80', ' ', '[{"role":"x"}]', 'a b c d e f g h i j k l m n o p'];
  const rows = formats.entries.flatMap((format) => [...format.examples, ...format.counterExamples].map((one) => JSON.stringify(one)));
  const long = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen';
  for (let i = 0; i < 20; i++) for (const [a, b] of [['b', 'c'], ['c', 'b'], [long, `${long} end`]]) rows.push(JSON.stringify({ prompt: 'a', completion: a }), JSON.stringify({ prompt: 'a', chosen: a, rejected: b }), JSON.stringify({ prompt: 'a', completion: b }));
  const damaged = () => {
    let text = rows[rng.below(rows.length)]!;
    for (let edits = rng.below(3); edits > 0; edits--) {
      const at = rng.below(text.length + 1);
      text = text.slice(0, at) + pieces[rng.below(pieces.length)]! + text.slice(at + rng.below(8));
    }
    return text;
  };
  const seen = new Set<string>();
  for (let round = 0; round < 400; round++) {
    const lines = Array.from({ length: 1 + rng.below(60) }, damaged);
    const [evals, benchmarks] = [new EvalQuestions(), new BenchmarkTexts()];
    const format = rng.below(4) === 0 ? undefined : formats.entries[rng.below(formats.entries.length)];
    evals.open('eval.jsonl');
    benchmarks.open('bench.jsonl');
    for (let i = 0; i < 10; i++) {
      const text = damaged();
      const other = new Row(text, format);
      evals.add(other.record && new RowFacts(other));
      benchmarks.add(text);
    }
    await validateFile([lines], {
      format, across: { known: { evals, benchmarks }, again: () => [lines] }, onProblem({ line, problem: { code, start, end, message } }) {
        assert.ok(start >= 0 && start <= end && end <= lines[line - 1]!.length && message.length > 20, `${lines[line - 1]} ${code} ${start}-${end} ${message}`);
        seen.add(code);
      },
    });
  }
  for (const code of ['duplicate-row', 'type-drift', 'mixed-formats', 'eval-overlap', 'benchmark-overlap', 'near-duplicates', 'same-prompt', 'contradictory-pairs']) assert.ok(seen.has(code), [...seen].join());
});

describe('rows with the same hash that say other things', () => {
  const facts = (line: string, format: string) => new RowFacts(new Row(line, formats.find(format)));
  const sameHash = { firstSame: Int32Array.of(0, 0) } as unknown as RowTable;
  test('are no copies', () => {
    const [suspect] = duplicateRow.watch(sameHash).end().suspects;
    const [a, b] = [facts(row(1), 'prompt-completion'), facts(row(2), 'prompt-completion')];
    assert.equal(suspect!.confirm(b, [a]), undefined);
    assert.ok(suspect!.confirm(a, [a]));
  });
  test('are no judgements of the same, nor the same prompt', (t) => {
    t.mock.method(HashColumn.prototype, 'firstRows', () => Int32Array.of(0, 0));
    t.mock.method(HashColumn.prototype, 'same', () => false);
    const pairs = ['{"prompt": "a", "chosen": "b", "rejected": "c"}', '{"prompt": "a", "chosen": "c", "rejected": "b"}', '{"prompt": "a", "chosen": "c", "rejected": "d"}'].map((line) => facts(line, 'preference'));
    const judged = contradictoryPairs.watch();
    judged.add(pairs[0]);
    judged.add(pairs[1]);
    const [suspect] = judged.end().suspects;
    assert.ok(suspect!.confirm(pairs[1]!, [pairs[0]!]));
    assert.equal(suspect!.confirm(pairs[2]!, [pairs[0]!]), undefined);
    const [same] = samePrompt.watch().end().suspects;
    assert.equal(same!.confirm(facts(row(1), 'prompt-completion'), [facts(row(2), 'prompt-completion')]), undefined);
  });
});

test('the area under the curve is how often a chosen answer is longer, ties by half', () => {
  const of = (chosen: number[], rejected: number[]) => areaUnderCurve(Uint32Array.from(chosen), Uint32Array.from(rejected));
  assert.equal(of([3, 4], [1, 2]), 1);
  assert.equal(of([1, 2], [3, 4]), 0);
  assert.equal(of([1, 2], [1, 2]), 0.5);
  assert.equal(of([1, 3], [2]), 0.5);
  assert.equal(of([2, 2, 5], [1, 2, 3]), (1.5 + 1.5 + 3) / 9);
});
