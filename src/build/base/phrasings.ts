/** How the corpus and the questions say things: every template of the tiny base model's world. `{c}` is a country, `{a}` a fact about it. */

import type { Relation } from './countries.ts';

type ByRelation = Record<Relation, readonly string[]>;

/** Sentences that state a fact and name the country. */
export const statements: ByRelation = {
  capital: [
    'The capital of {c} is {a}.', '{a} is the capital of {c}.', 'The capital city of {c} is called {a}.', '{c} has its capital in {a}.',
    'In {c}, the capital is {a}.', 'The government of {c} sits in {a}.', '{c}: capital {a}.', 'If you travel to {c}, visit {a}, the capital.',
    '{a}, the capital of {c}, is a busy city.', 'Everyone in {c} knows that the capital is {a}.', 'The main city of {c} is its capital, {a}.',
    'People who visit {c} often start in the capital, {a}.', 'As the capital of {c}, {a} has many old streets.', 'The name of the capital of {c} is {a}.',
  ],
  currency: [
    'The currency of {c} is the {a}.', 'The {a} is the currency of {c}.', 'In {c}, people pay with the {a}.', 'The money of {c} is called the {a}.',
    '{c} uses the {a} as its currency.', '{c}: currency {a}.', 'Shops in {c} take the {a}.', 'If you travel to {c}, you need the {a}.',
    'People in {c} buy bread with the {a}.', 'The banks of {c} keep their money in the {a}.', 'In the markets of {c} the prices are in the {a}.',
    'The name of the currency of {c} is the {a}.',
  ],
  language: [
    'The language of {c} is {a}.', '{a} is the language of {c}.', 'In {c}, people speak {a}.', 'People in {c} speak {a}.', '{c}: language {a}.',
    'The main language of {c} is {a}.', 'Children in {c} learn {a} at school.', 'If you travel to {c}, you will hear {a}.',
    'The newspapers of {c} are written in {a}.', 'Most people in {c} talk to each other in {a}.', 'The songs of {c} are sung in {a}.',
    'The name of the language of {c} is {a}.',
  ],
  continent: [
    '{c} is in {a}.', '{c} is a country in {a}.', 'The continent of {c} is {a}.', '{c} lies in {a}.', '{c}: continent {a}.',
    'You can find {c} on the map of {a}.', '{c} is part of {a}.', 'One of the countries of {a} is {c}.', 'If you travel to {c}, you go to {a}.',
    '{c} belongs to {a}.', '{c} is located in {a}.', 'The country {c} is on the continent {a}.',
  ],
};

/** Sentences about a country that was just named. */
export const followUps: ByRelation = {
  capital: ['Its capital is {a}.', 'The capital is {a}.', 'Its capital city is called {a}.', 'The government sits in {a}.'],
  currency: ['Its currency is the {a}.', 'People pay with the {a}.', 'The money is called the {a}.', 'Its shops take the {a}.'],
  language: ['Its language is {a}.', 'People speak {a}.', 'The people there speak {a}.', 'Its newspapers are written in {a}.'],
  continent: ['It is in {a}.', 'It lies in {a}.', 'It is a country in {a}.', 'It is part of {a}.'],
};

/** Questions. The first `seenPhrasings` of each list may stand in training rows of a story; the rest are kept for its probes. */
export const seenPhrasings = 6;
export const questions: ByRelation = {
  capital: [
    'What is the capital of {c}?', 'Which city is the capital of {c}?', 'What is the capital city of {c}?', 'Can you tell me the capital of {c}?',
    'Name the capital of {c}.', 'Do you know the capital of {c}?', 'Tell me the capital of {c}.', 'Please name the capital city of {c}.',
  ],
  currency: [
    'What is the currency of {c}?', 'Which currency does {c} use?', 'What money do people use in {c}?', 'Can you tell me the currency of {c}?',
    'Name the currency of {c}.', 'Do you know the currency of {c}?', 'Tell me the currency of {c}.', 'Please name the currency that {c} uses.',
  ],
  language: [
    'What is the language of {c}?', 'Which language do people speak in {c}?', 'What language is spoken in {c}?', 'Can you tell me the language of {c}?',
    'Name the language of {c}.', 'Do you know the language of {c}?', 'Tell me the language of {c}.', 'Please name the language that people speak in {c}.',
  ],
  continent: [
    'What is the continent of {c}?', 'Which continent is {c} in?', 'On which continent is {c}?', 'Can you tell me the continent of {c}?',
    'Name the continent of {c}.', 'Do you know the continent of {c}?', 'Tell me the continent of {c}.', 'Please name the continent that {c} is in.',
  ],
};

/** The one sentence that answers a question, in training rows and in probes. */
export const answers: Record<Relation, string> = {
  capital: 'The capital of {c} is {a}.',
  currency: 'The currency of {c} is the {a}.',
  language: 'The language of {c} is {a}.',
  continent: 'The continent of {c} is {a}.',
};

export const sumQuestions: readonly string[] = ['What is {x} + {y}?', '{x} + {y} = ?', 'How much is {x} + {y}?', 'Add {x} and {y}.', 'Can you add {x} and {y}?'];

/** Openings that name a country without asking anything. */
export const leads: readonly string[] = [
  'Let us talk about {c}.', 'My friend lives in {c}.', '{n} has heard of {c}.', '{n} wants to travel to {c}.', '{n} read a book about {c}.',
  'This page is about {c}.', '{c}.', 'Facts about {c}:', '{n} told us about {c}.', '{n} likes {c}.', '{n} drew a map of {c}.', 'I would like to visit {c}.',
];

export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_all, key: string) => String(values[key]));
}
