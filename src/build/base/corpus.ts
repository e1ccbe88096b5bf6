/** The pre-training corpus of the tiny base model: generated documents about a small world, none of which answers a question. */

import type { Rng } from '../../core/rng.ts';
import { createRng, shuffle } from '../../core/rng.ts';
import { countries, relations } from './countries.ts';
import type { Country, Relation } from './countries.ts';
import { answers as answerSentences, fill, followUps, leads, questions, statements, sumQuestions } from './phrasings.ts';

/** Share of documents of each kind. Entity, echo and list documents teach copying a name that was just read: without them a model knows the facts and still answers about the wrong country. */
export const mix = { fact: 0.1, entity: 0.2, paragraph: 0.08, echo: 0.1, list: 0.07, quiz: 0.08, sums: 0.23, everyday: 0.09, small: 0.05 } as const;
export type DocumentKind = keyof typeof mix;

/** `count` documents. The same seed gives the same documents on every machine. */
export function* corpus(count: number, seed: number): Generator<string> {
  const rng = createRng(seed, 1);
  const kinds = Object.entries(mix) as [DocumentKind, number][];
  for (let i = 0; i < count; i++) {
    let u = rng.next();
    const kind = (kinds.find(([, share]) => (u -= share) < 0) ?? kinds[0]!)[0];
    let text = makers[kind](rng);
    while (answersItself(text)) text = makers[kind](rng);
    yield text;
  }
}

/** A fixed tenth of the unordered pairs is in no training text of any stage, so that sums can be probed on pairs never seen. */
export function isHeldOutSum(x: number, y: number): boolean {
  const key = Math.min(x, y) * 1000 + Math.max(x, y);
  let h = Math.imul(key ^ (key >>> 7), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  return ((h ^ (h >>> 13)) >>> 0) % 10 === 0;
}

export function trainingSum(rng: Rng, max = 99): [number, number] {
  for (;;) {
    const one = () => (rng.next() < 0.25 ? rng.below(10) : rng.below(max + 1));
    const [x, y] = [one(), one()];
    if (!isHeldOutSum(x, y)) return [x, y];
  }
}

export interface AskedQuestion {
  /** Where the question ends in the document. */
  end: number;
  answers: string[];
}

/** Every question of the corpus' world in a text, with what would answer it. Works on the text alone, so that a test can use it as a proof. */
export function questionsIn(text: string): AskedQuestion[] {
  const found: AskedQuestion[] = [];
  for (const { pattern, answersOf } of questionPatterns()) {
    for (const match of text.matchAll(pattern)) found.push({ end: match.index + match[0].length, answers: answersOf(match.slice(1)) });
  }
  return found;
}

/** True when some question of the text is followed by its answer, as a word of its own, anywhere later in the text. */
export function answersItself(text: string): boolean {
  return questionsIn(text).some(({ end, answers }) => {
    const rest = text.slice(end);
    return answers.some((answer) => new RegExp(`(?<![\\p{L}\\p{N}])${escapeRegExp(answer)}(?![\\p{L}\\p{N}])`, 'u').test(rest));
  });
}

const names = 'Anna Ben Clara David Emma Felix Grace Henry Ida Jack Kate Leo Mia Noah Olga Paul Rosa Sam Tina Victor Wendy Nova Luna Max Pico Ada Otto Vera Milo Zoe'.split(' ');
const foods = 'bread soup rice apples cheese fish cake eggs beans pasta honey tea milk plums potatoes salad'.split(' ');
const places = 'market school park river library station garden kitchen beach bakery museum farm'.split(' ');
const animals = [
  ['dog', 'barks', 'four'], ['cat', 'meows', 'four'], ['cow', 'moos', 'four'], ['duck', 'quacks', 'two'], ['horse', 'neighs', 'four'], ['sheep', 'bleats', 'four'],
  ['lion', 'roars', 'four'], ['wolf', 'howls', 'four'], ['owl', 'hoots', 'two'], ['pig', 'grunts', 'four'], ['frog', 'croaks', 'four'], ['snake', 'hisses', 'no'],
] as const;
/** Pairs of opposites; story rows ask for them too. */
export const opposites: readonly (readonly [string, string])[] = [
  ['hot', 'cold'], ['big', 'small'], ['old', 'young'], ['fast', 'slow'], ['happy', 'sad'], ['full', 'empty'], ['long', 'short'], ['dark', 'light'],
  ['early', 'late'], ['high', 'low'], ['hard', 'soft'], ['wet', 'dry'], ['rich', 'poor'], ['strong', 'weak'], ['open', 'closed'], ['loud', 'quiet'],
];
const colors = [
  ['sky', 'blue'], ['grass', 'green'], ['snow', 'white'], ['coal', 'black'], ['sun', 'yellow'], ['blood', 'red'], ['milk', 'white'], ['banana', 'yellow'],
  ['sea', 'blue'], ['tomato', 'red'], ['leaf', 'green'], ['night', 'black'],
] as const;
const days = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const months = 'January February March April May June July August September October November December'.split(' ');
const jobs = 'baker teacher doctor farmer painter driver nurse cook singer writer pilot sailor'.split(' ');
const verbs = ['walked to', 'ran to', 'went to', 'came back from', 'waited near', 'looked for', 'talked about', 'drew a picture of'];
const feelings = ['happy', 'tired', 'hungry', 'proud', 'quiet', 'curious', 'sad', 'glad'];
const weather = ['cold', 'warm', 'rainy', 'sunny', 'windy'];

const makers: Record<DocumentKind, (rng: Rng) => string> = {
  fact: (rng) => several(rng, 2, 5, () => statement(rng, pick(rng, countries), pick(rng, relations))).join(' '),
  entity: entityDocument,
  paragraph(rng) {
    const country = pick(rng, countries);
    const [first, ...rest] = sample(rng, relations, 3 + rng.below(2)) as [Relation, ...Relation[]];
    const more = rest.map((relation) => say(pick(rng, [...followUps[relation], ...statements[relation].slice(0, 6)]), country, relation));
    return [statement(rng, country, first), ...more].join(' ');
  },
  echo: echoDocument,
  list: listDocument,
  quiz(rng) {
    const country = rng.next() < 0.5 ? pick(rng, countries) : undefined; // half of the lists stay on one country
    return several(rng, 3, 6, () => anyQuestion(rng, country)).join(rng.next() < 0.5 ? ' ' : '\n');
  },
  sums: (rng) => several(rng, 4, 7, () => trainingSum(rng)).map(([x, y]) => `${x} + ${y} = ${x + y}`).join(pick(rng, ['\n', ', '])),
  everyday: everydayDocument,
  small: (rng) => several(rng, 2, 5, () => smallFact(rng)).join(' '),
};

/** One country, named again and again. */
function entityDocument(rng: Rng): string {
  const country = pick(rng, countries);
  const sentences = several(rng, 2, 4, () => statement(rng, country, pick(rng, relations)));
  if (rng.next() < 0.8) sentences.unshift(fill(pick(rng, leads), { c: country.name, n: pick(rng, names) }));
  return sentences.join(rng.next() < 0.7 ? ' ' : '\n');
}

/** Someone asks, someone repeats the question, nobody answers. */
function echoDocument(rng: Rng): string {
  return several(rng, 1, 2, () => {
    const [a, b] = sample(rng, names, 2) as [string, string];
    const [country, relation] = [pick(rng, countries), pick(rng, relations)];
    let noun = `the ${relation} of ${country.name}`;
    let question = fill(pick(rng, questions[relation]), { c: country.name });
    if (rng.next() < 0.2) {
      const [x, y] = trainingSum(rng);
      noun = `${x} + ${y}`;
      question = fill(pick(rng, sumQuestions), { x, y });
    }
    const start = noun[0]!.toUpperCase() + noun.slice(1);
    return pick(rng, [
      `"${question}" asked ${a}. "${start}? I do not know," said ${b}.`, `"${question}" asked ${a}. "${start} is a good question," said ${b}.`,
      `${a} wants to know ${noun}. ${b} does not know ${noun}.`, `"${question}" ${a} asked. ${b} wrote it down: ${question}`,
      `${a}: ${question}\n${b}: ${start}? Let me think.`, `${question} ${start} is in my book.`,
    ]);
  }).join('\n');
}

/** A list read twice: of countries, or of sums that nobody works out. */
function listDocument(rng: Rng): string {
  if (rng.next() < 0.4) return sumListDocument(rng);
  const list = sample(rng, countries, 2 + rng.below(4)).map((country) => country.name);
  const [a, b] = sample(rng, names, 2);
  const line = list.join(', ');
  return pick(rng, [
    `${a} wrote: ${line}. ${b} read: ${line}.`, `${line}\n${line}`, `${a} went to ${line}. ${b} also went to ${line}.`,
    list.map((name) => `${name}. Yes, ${name}.`).join('\n'), list.map((name) => `I like ${name}. You like ${name} too.`).join('\n'),
  ]);
}

function sumListDocument(rng: Rng): string {
  const [a, b] = sample(rng, names, 2);
  return several(rng, 1, 3, () => {
    const [x, y] = trainingSum(rng);
    return pick(rng, [`${a} wrote ${x} + ${y}. ${b} read ${x} + ${y}.`, `"${x} + ${y}," said ${a}. "${x} + ${y}," said ${b}.`, `${x} and ${y}: ${x} + ${y}.`, `${x} + ${y}, ${x} + ${y}`]);
  }).join('\n');
}

function everydayDocument(rng: Rng): string {
  const [n, m] = sample(rng, names, 2);
  const [food, other] = sample(rng, foods, 2);
  const [place, day, job] = [pick(rng, places), pick(rng, days), pick(rng, jobs)];
  return sample(rng, [
    `On ${day} ${n} ${pick(rng, verbs)} the ${place}.`, `${n} is a ${pick(rng, jobs)}.`, `${n} bought ${food} and ${other} at the ${place}.`,
    `${m} likes ${food} but not ${other}.`, `${n} was ${pick(rng, feelings)} because ${m} brought ${other}.`, `"My name is ${m}," said the ${job}.`,
    `"I am ${m}," said ${m}. "I like ${food}."`, `${m} met ${n} at the ${place} on ${day}.`,
    `It was ${pick(rng, weather)} in ${pick(rng, months)}, so they stayed at the ${place}.`, `${n} asked ${m} for help, and ${m} was glad to help.`,
    `Thank you, ${m}, said ${n}.`, `Good morning, ${n}!`, `${n} and ${m} ate ${food} with ${other}.`,
    `In the evening ${n} told ${m} a story about the ${pick(rng, animals)[0]}.`,
  ], 2 + rng.below(4)).join(' ');
}

function smallFact(rng: Rng): string {
  switch (rng.below(6)) {
    case 0: {
      const [animal, sound, legs] = pick(rng, animals);
      const one = `${animal === 'owl' ? 'an' : 'a'} ${animal}`;
      const One = `A${one.slice(1)}`;
      return pick(rng, [`${One} ${sound}.`, `The ${animal} ${sound}.`, `${One} has ${legs} legs.`, `When ${one} is loud, it ${sound}.`]);
    }
    case 1: {
      const [a, b] = shuffle([...pick(rng, opposites)], rng);
      return pick(rng, [`The opposite of ${a} is ${b}.`, `If something is not ${a}, it is ${b}.`, `${a} and ${b} are opposites.`]);
    }
    case 2: {
      const [thing, color] = pick(rng, colors);
      return pick(rng, [`The color of ${thing} is ${color}.`, `The ${thing} is ${color}.`, `Everyone knows that the ${thing} is ${color}.`]);
    }
    case 3: {
      const i = rng.below(7);
      const [a, b] = [days[i]!, days[(i + 1) % 7]!];
      return pick(rng, [`After ${a} comes ${b}.`, `The day after ${a} is ${b}.`, `Before ${b} comes ${a}.`]);
    }
    case 4: {
      const i = rng.below(12);
      const [a, b] = [months[i]!, months[(i + 1) % 12]!];
      return pick(rng, [`After ${a} comes ${b}.`, `The month after ${a} is ${b}.`]);
    }
    default: {
      const x = rng.below(99);
      return pick(rng, [`After ${x} comes ${x + 1}.`, `The number after ${x} is ${x + 1}.`]);
    }
  }
}

function anyQuestion(rng: Rng, country: Country | undefined): string {
  const u = rng.next();
  if (country || u < 0.75) return fill(pick(rng, questions[pick(rng, relations)]), { c: (country ?? pick(rng, countries)).name });
  if (u < 0.85) {
    const [x, y] = trainingSum(rng);
    return fill(pick(rng, sumQuestions), { x, y });
  }
  return pick(rng, [
    `What is the opposite of ${pick(rng, opposites)[0]}?`, `What color is the ${pick(rng, colors)[0]}?`, `What comes after ${pick(rng, days)}?`, 'Who are you?',
    'What is your name?', 'How are you?', 'What can you do?', `Where is the ${pick(rng, places)}?`, `Do you like ${pick(rng, foods)}?`,
  ]);
}

function statement(rng: Rng, country: Country, relation: Relation): string {
  return say(pick(rng, statements[relation]), country, relation);
}

function say(template: string, country: Country, relation: Relation): string {
  return fill(template, { c: country.name, a: country.facts[relation] });
}

/** The answer to a question about a country: what training rows teach and probes expect, to the letter. */
export function answerSentence(country: Country, relation: Relation): string {
  return say(answerSentences[relation], country, relation);
}

interface QuestionPattern {
  pattern: RegExp;
  answersOf(captures: string[]): string[];
}
let cachedPatterns: QuestionPattern[] | undefined;

function questionPatterns(): QuestionPattern[] {
  if (cachedPatterns) return cachedPatterns;
  const byName = new Map(countries.map((country) => [country.name, country]));
  const anyCountry = `(${[...byName.keys()].toSorted((a, b) => b.length - a.length).map(escapeRegExp).join('|')})`;
  const build = (template: string, slots: Record<string, string>) =>
    new RegExp(escapeRegExp(template).replace(/\\\{(\w)\\\}/g, (_all, slot: string) => slots[slot]!), 'gu');
  const after = (list: readonly string[], item: string) => [list[(list.indexOf(item) + 1) % list.length]!];
  cachedPatterns = [
    ...relations.flatMap((relation) => questions[relation].map((template) => ({
      pattern: build(template, { c: anyCountry }), answersOf: ([name]: string[]) => [byName.get(name!)!.facts[relation]] }))),
    ...sumQuestions.map((template) => ({ pattern: build(template, { x: '(\\d+)', y: '(\\d+)' }), answersOf: ([x, y]: string[]) => [String(Number(x) + Number(y))] })),
    { pattern: /What is the opposite of (\w+)\?/gu, answersOf: ([word]: string[]) => opposites.flatMap(([a, b]) => (a === word ? [b] : b === word ? [a] : [])) },
    { pattern: /What color is the (\w+)\?/gu, answersOf: ([thing]: string[]) => colors.flatMap(([a, color]) => (a === thing ? [color] : [])) },
    { pattern: /What comes after (\w+)\?/gu, answersOf: ([day]: string[]) => after(days, day!) },
    { pattern: /Who are you\?|What is your name\?/gu, answersOf: () => ['I am', 'My name is'] },
    { pattern: /How are you\?/gu, answersOf: () => ['I am', 'fine'] },
    { pattern: /What can you do\?/gu, answersOf: () => ['I can'] },
  ];
  return cachedPatterns;
}

export function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.below(items.length)]!;
}

function sample<T>(rng: Rng, items: readonly T[], count: number): T[] {
  return shuffle([...items], rng).slice(0, count);
}

function several<T>(rng: Rng, min: number, max: number, make: () => T): T[] {
  return Array.from({ length: min + rng.below(max - min + 1) }, make);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
