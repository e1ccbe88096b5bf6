/** Files with mistakes across rows put in on purpose, and rows that only look like them: how many are found, and how many of those that are found are meant. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { BenchmarkTexts } from '../../../src/dataset/across/benchmarkTexts.ts';
import { EvalQuestions } from '../../../src/dataset/across/evalQuestions.ts';
import type { KnownFiles } from '../../../src/dataset/across/knownFiles.ts';
import { RowFacts } from '../../../src/dataset/across/rowFacts.ts';
import { Row } from '../../../src/dataset/checks/row.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { validateFile } from '../../../src/language/validate.ts';

const rng = createRng(77);
const shuffled = <T>(items: T[]): T[] => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
};
const word = () => `${'bcdfghklmnprst'[rng.below(14)]}${'aeiou'[rng.below(5)]}${'lmnrst'[rng.below(6)]}${'aeiou'[rng.below(5)]}${['', 'n', 'r', 'st', 'ck'][rng.below(5)]}`;
const words = (count: number) => Array.from({ length: count }, word).join(' ');
const sentence = (count = 12 + rng.below(20)) => `${words(count)}.`;
const pick = <T>(items: readonly T[]): T => items[rng.below(items.length)]!;

/** Rows with a mark for what each is: `ok`, or the code that has to be found at it or at a row that belongs to it. */
interface Made {
  row: Record<string, unknown>;
  /** Rows of one mistake have the same number. */
  mistake?: { code: string; number: number };
}

async function judge(name: string, made: Made[], known: KnownFiles = {}, wanted: { recall: number; precision: number } = { recall: 1, precision: 1 }, codes?: readonly string[]) {
  const found: { line: number; code: string }[] = [];
  const lines = made.map(({ row }) => JSON.stringify(row));
  await validateFile([lines], { across: { known, again: () => [lines] }, onProblem: ({ line, problem }) => found.push({ line, code: problem.code }) });
  const shown = found.filter(({ code }) => !codes || codes.includes(code));
  const mistakes = new Map(made.flatMap(({ mistake }) => (mistake ? [[`${mistake.code} ${mistake.number}`, false]] : [])));
  let right = 0;
  for (const { line, code } of shown) {
    const { mistake } = made[line - 1]!;
    if (mistake?.code !== code) continue;
    right++;
    mistakes.set(`${code} ${mistake.number}`, true);
  }
  const recall = [...mistakes.values()].filter(Boolean).length / mistakes.size;
  const precision = right / Math.max(1, shown.length);
  console.log(`METRIC ${name}: ${mistakes.size} mistakes in ${made.length} rows, recall ${(100 * recall).toFixed(1)} %, precision ${(100 * precision).toFixed(1)} % of ${shown.length} findings`);
  assert.ok(recall >= wanted.recall, `${name}: recall ${recall}`);
  assert.ok(precision >= wanted.precision, `${name}: precision ${precision}; ${JSON.stringify(shown.filter(({ line, code }) => made[line - 1]!.mistake?.code !== code).slice(0, 5).map(({ line, code }) => [code, lines[line - 1]]))}`);
}

describe('of the mistakes that were put in', () => {
  test('copies and prompts with other answers are found, and rows with a common template or a short answer are left alone', async () => {
    const made: Made[] = Array.from({ length: 2000 }, (_, i) => ({ row: { prompt: sentence(), completion: i % 3 === 0 ? pick(['yes', 'no', 'maybe']) : sentence(), id: i } }));
    made.push(...Array.from({ length: 500 }, () => ({ row: { prompt: `Write a short poem about ${words(2)} and say who it is for.`, completion: sentence() } })));
    for (let number = 0; number < 60; number++) {
      const { row } = made[number]!;
      made[number]!.mistake = { code: 'duplicate-row', number };
      made.push({ row: { id: 5000 + number, completion: row.completion, prompt: row.prompt }, mistake: { code: 'duplicate-row', number } });
    }
    for (let number = 0; number < 60; number++) {
      const { row } = made[100 + number]!;
      made[100 + number]!.mistake = { code: 'same-prompt', number };
      for (let more = rng.below(3); more >= 0; more--) made.push({ row: { prompt: row.prompt, completion: sentence(30) }, mistake: { code: 'same-prompt', number } });
    }
    await judge('copies and prompts', shuffled(made), {}, { recall: 1, precision: 1 }, ['duplicate-row', 'same-prompt', 'type-drift', 'mixed-formats']);
  });

  test('rows that are nearly the same are found', async () => {
    const made: Made[] = Array.from({ length: 3000 }, () => ({ row: { prompt: sentence(15 + rng.below(20)), completion: sentence(25 + rng.below(40)) } }));
    const half = sentence(25);
    made.push(...Array.from({ length: 300 }, () => ({ row: { prompt: half, completion: sentence(30) } }))); // half alike
    for (let number = 0; number < 90; number++) {
      const { prompt, completion } = made[number]!.row as { prompt: string; completion: string };
      const parts = completion.split(' ');
      const change = [
        () => ({ prompt, completion: parts.map((part, i) => (i === 5 ? word() : part)).join(' ') }),
        () => ({ prompt: prompt.toUpperCase(), completion: `${completion} ${word()}` }),
        () => ({ prompt: prompt.replaceAll(' ', '  ').replace('.', '!'), completion: parts.slice(1).join(' ') }),
      ][number % 3]!;
      made[number]!.mistake = { code: 'near-duplicates', number };
      made.push({ row: change(), mistake: { code: 'near-duplicates', number } });
    }
    await judge('near duplicates', shuffled(made), {}, { recall: 0.97, precision: 1 }, ['near-duplicates', 'duplicate-row']);
  });

  test('judgements that contradict each other are found', async () => {
    const pairs: Made[] = Array.from({ length: 1500 }, () => ({ row: { prompt: sentence(), chosen: sentence(), rejected: sentence() } }));
    for (let number = 0; number < 50; number++) {
      const { prompt, chosen, rejected } = pairs[number]!.row;
      pairs[number]!.mistake = { code: 'contradictory-pairs', number };
      pairs.push({ row: { prompt, chosen: rejected, rejected: chosen }, mistake: { code: 'contradictory-pairs', number } });
      // the same answers to something else, and another pair of answers to the same
      pairs.push({ row: { prompt: sentence(), chosen: rejected, rejected: chosen } }, { row: { prompt, chosen: rejected, rejected: sentence() } });
    }
    await judge('contradictory pairs', shuffled(pairs), {}, { recall: 1, precision: 1 }, ['contradictory-pairs']);
    const rated: Made[] = Array.from({ length: 1000 }, (_, i) => ({ row: { prompt: sentence(), completion: sentence(), label: i % 2 === 0 } }));
    for (let number = 0; number < 50; number++) {
      rated[number]!.mistake = { code: 'contradictory-pairs', number };
      rated.push({ row: { ...rated[number]!.row, label: !rated[number]!.row.label }, mistake: { code: 'contradictory-pairs', number } });
    }
    await judge('contradictory labels', shuffled(rated), {}, { recall: 1, precision: 1 }, ['contradictory-pairs', 'label-balance']);
  });

  test('questions of an evaluation and texts of a benchmark are found', async () => {
    const asked = Array.from({ length: 300 }, () => sentence());
    const evals = new EvalQuestions();
    evals.open('eval.jsonl');
    const format = formats.get('prompt-completion');
    for (const prompt of asked) evals.add(new RowFacts(new Row(JSON.stringify({ prompt, completion: 'x' }), format)));
    const questions = Array.from({ length: 300 }, () => sentence(14 + rng.below(20)));
    const benchmarks = new BenchmarkTexts();
    benchmarks.open('benchmark.jsonl');
    for (const question of questions) benchmarks.add(JSON.stringify({ instruction: 'Answer the question that follows in one word, and say nothing else but this one word at all.', question, choices: ['A', 'B'] }));

    const made: Made[] = Array.from({ length: 2000 }, () => ({ row: { messages: [{ role: 'user', content: sentence() }, { role: 'assistant', content: sentence() }] } }));
    const ask = (content: string, answer = sentence()) => ({ messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content }, { role: 'assistant', content: answer }] });
    for (let number = 0; number < 40; number++) {
      made.push({ row: ask(`  ${asked[number]!.toUpperCase()}\n`), mistake: { code: 'eval-overlap', number } });
      made.push({ row: ask(`${sentence()} ${questions[number]!.replaceAll(' ', ', ')} ${sentence()}`), mistake: { code: 'benchmark-overlap', number } });
      made.push({ row: ask(sentence(), `${sentence()}\n${questions[100 + number]!}`), mistake: { code: 'benchmark-overlap', number: 100 + number } });
      // the beginning alone, and the instruction that all of its lines have
      made.push({ row: ask(`${questions[200 + number]!.split(' ').slice(0, 11).join(' ')} ${sentence()}`) });
      made.push({ row: ask(`Answer the question that follows in one word, and say nothing else but this one word at all. ${sentence()}`) });
      made.push({ row: ask(`${asked[100 + number]!} ${word()}`) });
    }
    await judge('evaluation and benchmark', shuffled(made), { evals, benchmarks }, { recall: 1, precision: 1 }, ['eval-overlap', 'benchmark-overlap']);
  });

  test('columns of two types and rows of another format are found', async () => {
    const made: Made[] = Array.from({ length: 1000 }, (_, i) => ({ row: { prompt: sentence(), completion: sentence(), score: i % 4 === 0 ? null : i / 2, tags: ['a'] } }));
    made[500] = { row: { ...made[500]!.row, score: 'high' }, mistake: { code: 'type-drift', number: 0 } };
    made[600] = { row: { ...made[600]!.row, tags: 'a' }, mistake: { code: 'type-drift', number: 1 } };
    made[601] = { row: { ...made[601]!.row, tags: 'b' } };
    made[700] = { row: { instruction: sentence(), output: sentence() }, mistake: { code: 'mixed-formats', number: 0 } };
    made[800] = { row: { prompt: sentence() } };
    await judge('types and formats', made, {}, { recall: 1, precision: 1 }, ['type-drift', 'mixed-formats']);
  });
});
