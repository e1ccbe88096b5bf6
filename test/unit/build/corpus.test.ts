/** The corpus of the tiny base model: deterministic, rich in phrasings, and free of answered questions and chat markers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersItself, corpus, isHeldOutSum, questionsIn } from '../../../src/build/base/corpus.ts';
import { countries, relations } from '../../../src/build/base/countries.ts';
import { questions } from '../../../src/build/base/phrasings.ts';
import { countryProbes, splitCountries, sumProbes, trainingRows } from '../../../src/build/base/sample.ts';

const documents = [...corpus(20_000, 1000)];

test('the same seed gives the same documents, another seed gives others', () => {
  assert.deepEqual([...corpus(50, 3)], [...corpus(50, 3)]);
  assert.notDeepEqual([...corpus(50, 3)], [...corpus(50, 4)]);
});

test('no document holds a question followed by its answer', () => {
  let asked = 0;
  for (const text of documents) {
    asked += questionsIn(text).length;
    assert.equal(answersItself(text), false, text);
  }
  assert.ok(asked > 5000, `only ${asked} questions were recognised`);
});

test('every sentence that ends in a question mark is a question that the proof knows or one without an answer in this world', () => {
  const harmless = /^(Where is the (market|school|park|river|library|station|garden|kitchen|beach|bakery|museum|farm)|Do you like \w+)\?$/;
  for (const text of documents.slice(0, 5000)) {
    const ends = new Set(questionsIn(text).map((q) => q.end));
    for (const match of text.matchAll(/(?<=^|[.?!"]\s|\n|")[^.?!"\n]*\?/g)) {
      const sentence = match[0].replace(/^\w+: /, '').trim();
      const echoed = /^((The )?(capital|currency|language|continent) of .+|\d+ \+ \d+)\?$/.test(sentence); // a question repeated, unanswered
      assert.ok(ends.has(match.index + match[0].length) || harmless.test(sentence) || echoed, `unknown question "${sentence}" in: ${text}`);
    }
  }
});

test('the proof finds answers where there are some', () => {
  assert.equal(answersItself('What is the capital of France? The capital of France is Paris.'), true);
  assert.equal(answersItself('What is 2 + 3? It is 5.'), true);
  assert.equal(answersItself('"Who are you?" asked Anna. "I am Ben," said Ben.'), true);
  assert.equal(answersItself('Paris is a city. What is the capital of France?'), false);
});

test('no document holds a chat marker', () => {
  for (const text of documents) assert.doesNotMatch(text, /<\||\|>|im_start|im_end|endoftext|\b(user|assistant|system)\b/i);
});

test('every country is stated in every relation', () => {
  const all = documents.join('\n');
  for (const country of countries) for (const relation of relations) assert.ok(all.includes(country.facts[relation]), `${country.name} ${relation}`);
});

test('held-out sums are in no document and in no training row', () => {
  const rows = trainingRows(0, 7).map((row) => row.prompt[0].content + row.completion[0].content);
  for (const text of [...documents, ...rows]) {
    for (const [, x, y] of text.matchAll(/(\d+) (?:\+|and) (\d+)/g)) assert.equal(isHeldOutSum(Number(x), Number(y)), false, text);
  }
  assert.equal(sumProbes(7).length, 200);
});

test('training rows never mention a held-out country, whatever the seeds', () => {
  for (const holdoutSeed of [7, 8, 21]) {
    const { heldOut, training } = splitCountries(holdoutSeed);
    assert.equal(heldOut.length + training.length, countries.length);
    const names = new RegExp(`\\b(${heldOut.map((c) => c.name).join('|')})\\b`);
    for (const row of trainingRows(1, holdoutSeed)) {
      const text = row.prompt[0].content;
      const mentioned = names.exec(text)?.[1];
      // "Guinea" stands inside "Papua New Guinea": only a name that is not part of a longer training name counts.
      assert.ok(!mentioned || training.some((c) => c.name.includes(mentioned) && text.includes(c.name)), text);
    }
  }
});

test('probes are at least 300 and exact, and unseen phrasings are in no training row', () => {
  const probes = countryProbes(7);
  assert.ok(probes.filter((p) => p.phrasing === 'seen').length >= 300);
  for (const probe of probes) {
    const country = countries.find((c) => c.name === probe.country)!;
    assert.ok(probe.answer.includes(country.facts[probe.relation as 'capital']));
  }
  const opening = (text: string) => text.replace(/ (of|that|in) .*$/, '');
  const trained = new Set(trainingRows(0, 7).map((row) => opening(row.prompt[0].content)));
  for (const relation of relations) for (const template of questions[relation].slice(6)) assert.ok(!trained.has(opening(template)), template);
});
