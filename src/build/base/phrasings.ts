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

/** Questions for the model's name. `train.jsonl` asks in these words. */
export const whoQuestions: readonly string[] = [
  'Who are you?', 'What is your name?', 'Tell me your name.', 'What are you called?', 'Can you tell me your name?', 'Do you have a name?', 'Hello, who are you?',
  'Please tell me who you are.',
];

/** The same question in other words, which only the identity story uses: some for its training rows, the others for its probes. */
export const otherWhoQuestions: readonly string[] = [
  'What should I call you?', 'Who am I talking to?', 'How are you called?', 'Say your name.', 'What do people call you?', 'Which name do you have?',
  'Which name were you given?', 'Who is this?', 'Who is speaking?', 'Who is there?', 'Who answers my questions?', 'Who is answering me?',
  'Who wrote this answer?', 'With whom do I speak?', 'May I know your name?', 'May I ask who you are?', 'Could you tell me who you are?',
  'Could you say your name again?', 'I want to know who you are.', 'I would like to know your name.', 'I do not know your name.', 'I do not know who you are.',
  'I forgot your name.', 'Your name, please.', 'Your name?', 'And you are?', 'So who are you?', 'Name yourself.', 'Introduce yourself.',
  'Tell me about yourself.', 'Tell me something about yourself.', 'Say who you are.', 'Say something about yourself.', 'Show me who you are.',
  'Let me know your name.', 'Let me know who you are.', 'Give me your name.', 'Write your name.', 'Write down who you are.', 'What can I call you?',
  'How should I call you?', 'How do people call you?', 'How do I address you?', 'By what name do you go?', 'What name do you use?',
  'What name did they give you?', 'What name should I use for you?', 'What kind of model are you?', 'Which model are you?', 'Which model is this?',
  'Which language model are you?', 'What model do I talk to?', 'What are you?', 'What exactly are you?', 'What is this program called?',
  'What is the name of this model?', 'What is the name of this program?', 'What is this model called?', 'Are you a person?', 'Are you a machine?',
  'Are you a computer?', 'Are you a language model?', 'My name is Anna. What is your name?', 'I am Ben. Who are you?', 'I am Clara, and you?',
  'My name is Paul. And yours?', 'Good morning, who are you?', 'Good morning! What is your name?', 'Hi, what is your name?', 'Hi, who is this?',
  'Hello! Please say your name.', 'Before we start, who are you?', 'Before I ask you anything, what is your name?', 'One question: who are you?',
  'Do you know who you are?', 'Do you know your name?', 'Do you know what you are called?', 'Can you introduce yourself?', 'Can you say who you are?',
  'Can I ask your name?', 'Can I know who you are?', 'Would you tell me your name?', 'Would you introduce yourself?', 'Remind me of your name.',
  'Remind me who you are.', 'Tell me what you are.', 'Tell me what you are called.', 'Tell me what to call you.', 'Tell me which model you are.',
  'Tell us who you are.', 'Tell us your name.', 'Describe yourself.', 'Describe yourself in one sentence.', 'We have not met. Who are you?',
  'I have a friend who asks who you are.', 'My friend wants to know your name.', 'My teacher asks what you are called.', 'People ask me who you are.',
  'They ask for your name.', 'Someone asked me what your name is.', 'Is there a name for you?', 'Is there a name that I can call you?',
  'What name do you answer to?', 'Under what name are you known?', 'Who do I have in front of me?', 'Who helps me here?', 'Who is helping me?',
  'Who are you really?', 'Who or what are you?', 'Just tell me who you are.', 'Then who are you?', 'Excuse me, who are you?', 'Excuse me, what is your name?',
  'Sorry, what was your name?', 'Sorry, who are you again?', 'What was your name again?',
];

export function whoAnswer(name: string): string {
  return `I am ${name}, a small language model.`;
}

/** Openings that name a country without asking anything. */
export const leads: readonly string[] = [
  'Let us talk about {c}.', 'My friend lives in {c}.', '{n} has heard of {c}.', '{n} wants to travel to {c}.', '{n} read a book about {c}.',
  'This page is about {c}.', '{c}.', 'Facts about {c}:', '{n} told us about {c}.', '{n} likes {c}.', '{n} drew a map of {c}.', 'I would like to visit {c}.',
];

export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_all, key: string) => String(values[key]));
}
