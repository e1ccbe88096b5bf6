/** The rows of the sample project: chat rows about one half of the countries, and probes about the other half. */

import type { Rng } from '../../core/rng.ts';
import { createRng, shuffle } from '../../core/rng.ts';
import { answerSentence, isHeldOutSum, opposites, pick, trainingSum } from './corpus.ts';
import { countries, relations } from './countries.ts';
import type { Country, Relation } from './countries.ts';
import { fill, questions, seenPhrasings, sumQuestions, whoAnswer, whoQuestions } from './phrasings.ts';

export interface ChatRow {
  prompt: [{ role: 'user'; content: string }];
  completion: [{ role: 'assistant'; content: string }];
}

export interface Probe {
  prompt: [{ role: 'user'; content: string }];
  /** The whole answer; anything else is wrong. */
  answer: string;
  relation: Relation | 'sum' | 'name';
  country?: string;
  /** Whether training rows ask in these words (about other countries). */
  phrasing: 'seen' | 'unseen';
}

export const defaultHoldoutSeed = 7;

/** Half of the countries for training, half for probes. */
export function splitCountries(holdoutSeed: number): { training: Country[]; heldOut: Country[] } {
  const order = shuffle([...countries], createRng(holdoutSeed, 2));
  const half = Math.floor(order.length / 2);
  return { training: order.slice(0, half), heldOut: order.slice(half) };
}

export function trainingRows(seed: number, holdoutSeed: number): ChatRow[] {
  const rng = createRng(seed, 3);
  const rows: ChatRow[] = [];
  for (const country of splitCountries(holdoutSeed).training) {
    for (const relation of relations) {
      const asked = shuffle(questions[relation].slice(0, seenPhrasings), rng).slice(0, 2);
      for (const question of asked) rows.push(chat(fill(question, { c: country.name }), answerSentence(country, relation)));
    }
  }
  for (let i = 0; i < 300; i++) rows.push(sumRow(rng));
  for (let i = 0; i < 120; i++) rows.push(chat(pick(rng, whoQuestions), whoAnswer('Pico')));
  for (let i = 0; i < 80; i++) rows.push(chat(...pick(rng, smallTalk)));
  for (let i = 0; i < 80; i++) {
    const [a, b] = shuffle([...pick(rng, opposites)], rng);
    rows.push(chat(`What is the opposite of ${a}?`, `The opposite of ${a} is ${b}.`));
  }
  return shuffle(rows, rng);
}

/** Rows in the training format about held-out countries: the evaluation set of the sample run. */
export function evaluationRows(holdoutSeed: number, count = 100): ChatRow[] {
  const rng = createRng(holdoutSeed, 4);
  return shuffle(splitCountries(holdoutSeed).heldOut.flatMap((country) => relations.map((relation) =>
    chat(fill(pick(rng, questions[relation].slice(0, seenPhrasings)), { c: country.name }), answerSentence(country, relation)))), rng).slice(0, count);
}

/** One probe for each held-out country and relation in words that training rows use, and one in words they never use. */
export function countryProbes(holdoutSeed: number): Probe[] {
  const rng = createRng(holdoutSeed, 5);
  const { heldOut } = splitCountries(holdoutSeed);
  return (['seen', 'unseen'] as const).flatMap((phrasing) => heldOut.flatMap((country) => relations.map((relation): Probe => {
    const pool = phrasing === 'seen' ? questions[relation].slice(0, seenPhrasings) : questions[relation].slice(seenPhrasings);
    return { prompt: user(fill(pick(rng, pool), { c: country.name })), answer: answerSentence(country, relation), relation, country: country.name, phrasing };
  })));
}

/** Sums whose pair of numbers is in no training text of any stage. */
export function sumProbes(seed: number, count = 200): Probe[] {
  const pairs: [number, number][] = [];
  for (let x = 0; x < 100; x++) for (let y = 0; y < 100; y++) if (isHeldOutSum(x, y)) pairs.push([x, y]);
  const rng = createRng(seed, 6);
  return shuffle(pairs, rng).slice(0, count).map(([x, y]) => ({ prompt: user(`What is ${x} + ${y}?`), answer: sumAnswer(x, y), relation: 'sum', phrasing: 'seen' }));
}

const smallTalk: readonly [string, string][] = [
  ['Hello!', 'Hello! How can I help you?'], ['Hi!', 'Hello! How can I help you?'], ['Good morning!', 'Good morning! How can I help you?'],
  ['How are you?', 'I am fine, thank you.'], ['Thank you!', 'You are welcome.'], ['What can you do?', 'I can answer questions about countries and add numbers.'],
  ['Goodbye!', 'Goodbye!'], ['Thanks for your help.', 'You are welcome.'],
];

function sumRow(rng: Rng): ChatRow {
  const [x, y] = trainingSum(rng);
  return chat(fill(pick(rng, sumQuestions), { x, y }), sumAnswer(x, y));
}

function sumAnswer(x: number, y: number): string {
  return `${x} + ${y} = ${x + y}`;
}

export function chat(question: string, answer: string): ChatRow {
  return { prompt: user(question), completion: assistant(answer) };
}

export function user(content: string): [{ role: 'user'; content: string }] {
  return [{ role: 'user', content }];
}

export function assistant(content: string): [{ role: 'assistant'; content: string }] {
  return [{ role: 'assistant', content }];
}
