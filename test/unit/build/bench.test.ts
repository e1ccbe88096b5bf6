/** What the benchmark makes of its measurements: medians, the best settings, the machine's load, ratios, tables; and the rows that it makes. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { characterTokenizer, randomTexts } from '../../../src/build/bench/characters.ts';
import { benchCases } from '../../../src/build/bench/cases.ts';
import { benchPage, benchRows, consoleTable } from '../../../src/build/bench/page.ts';
import { busySeconds, processSeconds, statusBytes } from '../../../src/build/bench/processMeter.ts';
import { bestVariant, summarise, type Sample } from '../../../src/build/bench/samples.ts';
import { createTokenizer } from '../../../src/tokens/tokenizer.ts';
import { median } from '../../../src/core/median.ts';

const sample = (side: Sample['side'], variant: string, round: number, rates: number[], more: Partial<Sample> = {}): Sample => ({
  side, variant, round, device: `of ${side}`, steps: rates.map((rate) => ({ seconds: 2, tokens: rate * 2, rows: rate })), firstStepSeconds: 9, peakBytes: 100 * 2 ** 20, others: 0.01, ...more,
});

describe('what samples say together', () => {
  test('a median is the middle, and of none nothing', () => {
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])], [2, 2.5, 7]);
    assert.ok(Number.isNaN(median([])));
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2], 'the values stay as they are');
  });

  test('the rate is the median over all steps of all rounds of the fastest settings', () => {
    const samples = [sample('trl', 'slow', 0, [10, 11, 12]), sample('trl', 'fast', 0, [20, 30, 22]), sample('trl', 'fast', 1, [40, 42, 44], { peakBytes: 200 * 2 ** 20, others: 0.2 }), sample('wasm', '', 0, [1])];
    assert.equal(bestVariant(samples.slice(0, 3), 'tokens/s'), 'fast');
    assert.equal(bestVariant([...samples.slice(0, 2), sample('trl', 'fast', 1, [1, 2, 3])], 'tokens/s'), 'fast', 'a slow moment later is none of the settings');
    const trl = summarise(samples, 'trl', 'tokens/s')!;
    assert.deepEqual([trl.variant, trl.rate, trl.spread, trl.steps, trl.secondsPerStep], ['fast', 35, [22, 42], 6, 2]);
    assert.deepEqual([trl.peakBytes, trl.others], [150 * 2 ** 20, 0.2], 'the median of the peaks, and the worst of the loads');
    assert.equal(summarise(samples, 'trl', 'pairs/s')!.rate, 17.5, 'rows a second');
    assert.equal(summarise(samples, 'tensorflow', 'tokens/s'), undefined);
  });
});

describe('what /proc says', () => {
  test('the machine was busy with all but idling and waiting', () => {
    assert.equal(busySeconds('cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n'), 1.71);
  });
  test('a process whose name has spaces and parentheses', () => {
    assert.equal(processSeconds('12 (node (a) b) S 1 12 12 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 11 0 100 5 6\n'), 3);
  });
  test('memory now and at most', () => {
    const status = 'Name:\tnode\nVmHWM:\t  2048 kB\nVmRSS:\t    1024 kB\n';
    assert.deepEqual([statusBytes(status, 'VmHWM'), statusBytes(status, 'VmRSS')], [2 ** 21, 2 ** 20]);
  });
});

describe('tables', () => {
  const [one] = benchCases;
  const results = { cases: { [one!.id]: { measuredAt: '', machine: 'this one', commit: 'abc123', realRows: false, samples: [sample('trl', 'AdamW', 0, [100]), sample('tensorflow', '', 0, [150], { peakBytes: 80 * 2 ** 20 })] } } };
  test('a row for each side that was measured, beside TRL', () => {
    assert.deepEqual(benchRows(results, benchCases), [
      [one!.title, 'TRL', 'AdamW', '100.0 tokens/s', '100.0–100.0', '1.00', '', '100 MiB', '1.00', '1.0 %', 'abc123'],
      [one!.title, 'Posttrain, tensorflow', '–', '150.0 tokens/s', '150.0–150.0', '1.50', '≥ 1.2', '80 MiB', '0.80', '1.0 %', 'abc123'],
    ]);
    assert.equal(consoleTable(results, benchCases).split('\n').length, 3);
    assert.deepEqual(benchRows({ cases: {} }, benchCases), []);
  });
  test('the page names machine and software and says what was made up', () => {
    const page = benchPage(results);
    for (const words of ['this one', 'of trl; of tensorflow', '| 1.50 | ≥ 1.2 |']) assert.ok(page.includes(words), words);
    assert.ok(benchPage({ ...results, note: 'It was busy.' }).includes('this one. It was busy.'));
    for (const title of ['## Growth', '## A long training']) assert.ok(!page.includes(title), `${title} was not measured`);
    const holding = { step: 200, tensorBytes: 123456, residentBytes: 2 ** 20, open: 7 };
    assert.ok(benchPage({ ...results, flat: { wasm: [holding, { ...holding, step: 2000 }] } }).endsWith('| Posttrain, wasm | 200 | 123456 | 1 MiB | 7 |\n| Posttrain, wasm | 2000 | 123456 | 1 MiB | 7 |\n'));
  });
  test('the page says of each kind of rows where they are from', () => {
    const measured = results.cases[one!.id]!;
    const page = benchPage({ cases: { 'chat-small': { ...measured, realRows: true }, 'hh-small': measured } });
    assert.ok(page.includes('Chat rows are of GSM8K. Pairs of mixed length are made up, as long as those of HH-RLHF.'), page);
    assert.ok(!benchPage(results).includes('GSM8K'), 'nothing of rows that were not measured');
  });
  test('growth has the first step of every round, the estimate, and the largest shape that fits', () => {
    const samples = [sample('tensorflow', '', 0, [9], { firstStepSeconds: 5 }), sample('tensorflow', '', 1, [9], { firstStepSeconds: 3 })];
    const page = benchPage({ cases: { 'growth-360m-1x256': { ...results.cases[one!.id]!, samples } } });
    assert.ok(page.includes('| 5.000, then 3.000 | 100 MiB | '), page);
    assert.match(page, /\| 8 GiB \| 135M \(\d+ MiB\) \| 1B \(\d+ MiB\) \|\n\| 16 GiB \| 360M .* 3B .*\n\| 24 GiB \| 360M .* 3B /);
  });
  test('every case has TRL beside it, and names of its own', () => {
    for (const { sides } of benchCases) assert.ok(sides.some(({ side }) => side === 'trl') && sides.some(({ side }) => side === 'tensorflow'));
    assert.equal(new Set(benchCases.map(({ id }) => id)).size, benchCases.length);
  });
});

test('a character is a token, whichever id it stands for', () => {
  for (const vocabSize of [4096, 49152]) {
    const files = characterTokenizer(vocabSize);
    const tokenizer = createTokenizer({ name: 'characters', tokenizerJson: files['tokenizer.json']!, tokenizerConfig: files['tokenizer_config.json']! });
    const text = randomTexts(vocabSize, 1)(500);
    const ids = tokenizer.encode(text);
    assert.equal(ids.length, 500);
    assert.ok(ids.every((id) => id >= 3 && id < vocabSize) && new Set(ids).size > 400);
    assert.equal(tokenizer.decode(ids), text);
  }
});
