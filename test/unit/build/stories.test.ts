/** The stories' statistics, their verdicts, and their rows: the probes ask in words that nothing before them used. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { corpus } from '../../../src/build/base/corpus.ts';
import { identityPairs, identityProbes, identityRows, splitWhoQuestions } from '../../../src/build/base/identity.ts';
import { otherWhoQuestions, whoQuestions } from '../../../src/build/base/phrasings.ts';
import { defaultHoldoutSeed, trainingRows } from '../../../src/build/base/sample.ts';
import { sampleFiles } from '../../../src/build/base/sampleFiles.ts';
import { brokenPromises, knowledgeChange } from '../../../src/build/stories/identityPromise.mjs';
import { pairedChange, wilson } from '../../../src/build/stories/statistics.mjs';

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 5e-4, `${actual} is not ${expected}`);
const answers = (text: string) => [...text].map((c) => ({ right: c === '+' }));

test("Wilson's interval of a share is that of the textbook", () => {
  const [low, high] = wilson({ right: 81, total: 263 });
  close(low, 0.2553);
  close(high, 0.3662);
  assert.deepEqual(wilson({ right: 0, total: 0 }), [0, 1]);
  assert.equal(wilson({ right: 0, total: 10 })[0], 0);
  close(wilson({ right: 10, total: 10 })[1], 1);
});

test('a change counts what was lost and won, with the exact test and the interval for paired shares', () => {
  const same = pairedChange(answers('++--'), answers('++--'));
  assert.deepEqual([same.lost, same.won, same.difference, same.p, same.significantDrop], [0, 0, 0, 1, false]);
  // 1 won, 7 lost of 8 that changed: p = 2 · (1 + 8) / 256
  const worse = pairedChange(answers(`-${'+'.repeat(99)}`), answers(`+${'-'.repeat(7)}${'+'.repeat(92)}`));
  assert.deepEqual([worse.total, worse.lost, worse.won], [100, 7, 1]);
  close(worse.p, 0.0703);
  assert.equal(worse.significantDrop, false);
  const [down, up] = [8 / 102, 2 / 102];
  close((worse.interval[0] + worse.interval[1]) / 2, up - down);
  close(worse.interval[1] - worse.interval[0], 2 * 1.959964 * Math.sqrt((down + up - (up - down) ** 2) / 102));
  assert.equal(pairedChange(answers('+'.repeat(100)), answers(`${'-'.repeat(6)}${'+'.repeat(94)}`)).significantDrop, true); // p = 2/64
  assert.equal(pairedChange(answers('-'.repeat(100)), answers('+'.repeat(100))).significantDrop, false);
  assert.ok(pairedChange(answers('+'.repeat(700)), answers('-'.repeat(700))).p < 1e-100);
  assert.throws(() => pairedChange(answers('+'), answers('++')), /not about the same probes/);
});

test('the identity story is held to what it promises', () => {
  const kept = pairedChange(answers('+'.repeat(300)), answers(`--${'+'.repeat(298)}`));
  assert.deepEqual(brokenPromises({ said: { right: 36, total: 40 }, changes: [kept] }), []);
  assert.match(brokenPromises({ said: { right: 35, total: 40 }, changes: [kept] }).join(), /87\.5 % \(35\/40\)/);
  assert.equal(brokenPromises({ said: { right: 39, total: 39 }, changes: [kept] }).length, 1);
  assert.match(brokenPromises({ said: { right: 40, total: 40 }, changes: [kept, pairedChange(answers('+'.repeat(300)), answers(`${'-'.repeat(6)}${'+'.repeat(294)}`))] }).join(), /6 were lost/);
  assert.equal(brokenPromises({ said: { right: 40, total: 40 }, changes: [pairedChange(answers('+'), answers('+'))] }).length, 1);
});

test('a gain in sums hides no loss of facts', () => {
  const about = (relation: string, text: string) => answers(text).map((answer) => ({ ...answer, relation, question: '', answer: '', completion: '', phrasing: '' }));
  const before = [...about('capital', '+'.repeat(300)), ...about('sum', '-'.repeat(20))];
  const after = [...about('capital', `${'-'.repeat(8)}${'+'.repeat(292)}`), ...about('sum', '+'.repeat(20))];
  const { all, countries, sums } = knowledgeChange(before, after);
  assert.deepEqual([all.significantDrop, countries.significantDrop, sums.won], [false, true, 20]);
  assert.equal(brokenPromises({ said: { right: 40, total: 40 }, changes: [all, countries] }).length, 1);
});

test('the sample project holds what the generator writes', () => {
  for (const [name, text] of Object.entries(sampleFiles(0, defaultHoldoutSeed))) assert.ok(readFileSync(`media/sample/${name}`, 'utf8') === text, `${name}: run npm run sample-data`);
});

test('probes ask for the name in words that no document, row or pair uses', () => {
  const words = (text: string) => text.toLowerCase().replace(/[^a-z ]/g, '').trim();
  assert.equal(new Set([...whoQuestions, ...otherWhoQuestions].map(words)).size, whoQuestions.length + otherWhoQuestions.length, 'no question stands twice');
  const documents = [...corpus(5000, 1000)].join('\n');
  for (const seed of [0, 1]) {
    for (const holdoutSeed of [7, 1234]) {
      const probes = identityProbes(holdoutSeed).map(({ prompt }) => prompt[0].content);
      assert.ok(probes.length >= 40);
      const trained = new Set([...trainingRows(seed, holdoutSeed), ...identityRows(seed, holdoutSeed), ...identityPairs(seed, holdoutSeed)].map(({ prompt }) => words(prompt[0].content)));
      for (const question of probes) assert.ok(!trained.has(words(question)) && !documents.includes(question), question);
      for (const question of splitWhoQuestions(holdoutSeed).training) assert.ok(trained.has(words(question)), question);
    }
  }
});

test('pairs want the new name only where the name is asked for, and keep answers of training rows elsewhere', () => {
  const pairs = identityPairs(0, 7);
  const { training } = splitWhoQuestions(7);
  const named = pairs.filter(({ chosen }) => chosen[0].content === 'I am Nova, a small language model.');
  assert.deepEqual(new Set(named.map(({ prompt }) => prompt[0].content)), new Set(training));
  for (const { rejected } of named) assert.equal(rejected[0].content, 'I am Pico, a small language model.');
  const others = pairs.filter((pair) => !named.includes(pair));
  assert.equal(others.length, 140);
  for (const { chosen, rejected } of others) assert.ok(!/Nova|Pico/.test(chosen[0].content) && rejected[0].content.includes('Nova'));
  const known = new Set(trainingRows(0, 7).map(({ prompt, completion }) => prompt[0].content + completion[0].content));
  for (const { prompt, chosen } of others) assert.ok(known.has(prompt[0].content + chosen[0].content));
});
