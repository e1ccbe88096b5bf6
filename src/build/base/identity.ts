/** The rows of the identity story: a model that says it is Pico learns to say that it is Nova, and keeps what else it knows. */

import { createRng, shuffle } from '../../core/rng.ts';
import { otherWhoQuestions, whoAnswer, whoQuestions } from './phrasings.ts';
import { assistant, chat, trainingRows, user } from './sample.ts';
import type { ChatRow, Probe } from './sample.ts';

export interface PreferenceRow {
  prompt: ChatRow['prompt'];
  chosen: ChatRow['completion'];
  rejected: ChatRow['completion'];
}

const oldName = 'Pico';
const newName = 'Nova';
const unseenCount = 48;
/** Pairs that keep what the model knows, by kind of answer. */
const keptPairs = { fact: 64, sum: 60, talk: 16 };

/** Ways to ask for the name: those of training rows and pairs, and those that only probes use. */
export function splitWhoQuestions(holdoutSeed: number): { training: string[]; unseen: string[] } {
  const order = shuffle([...otherWhoQuestions], createRng(holdoutSeed, 8));
  return { training: [...whoQuestions, ...order.slice(unseenCount)], unseen: order.slice(0, unseenCount) };
}

/** The old name in all words of the training half, each twice: for SFT, together with `trainingRows`. */
export function identityRows(seed: number, holdoutSeed: number): ChatRow[] {
  const { training } = splitWhoQuestions(holdoutSeed);
  return shuffle([...training, ...training].map((question) => chat(question, whoAnswer(oldName))), createRng(seed, 9));
}

/** Asked for its name, the new name is better than the old one; asked for anything else, the right answer is better than the new name. */
export function identityPairs(seed: number, holdoutSeed: number): PreferenceRow[] {
  const named = splitWhoQuestions(holdoutSeed).training.map((question): PreferenceRow =>
    ({ prompt: user(question), chosen: assistant(whoAnswer(newName)), rejected: assistant(whoAnswer(oldName)) }));
  const rows = trainingRows(seed, holdoutSeed);
  const kept = (Object.entries(keptPairs) as [Kind, number][]).flatMap(([kind, count]) => rows.filter((row) => kindOf(row) === kind).slice(0, count))
    .map(({ prompt, completion }): PreferenceRow => ({ prompt, chosen: completion, rejected: assistant(whoAnswer(newName)) }));
  return shuffle([...named, ...kept], createRng(seed, 10));
}

/** The name asked for in words that no other row uses. */
export function identityProbes(holdoutSeed: number): Probe[] {
  return splitWhoQuestions(holdoutSeed).unseen.map((question) => ({ prompt: user(question), answer: whoAnswer(newName), relation: 'name', phrasing: 'unseen' }));
}

type Kind = keyof typeof keptPairs | 'name';

function kindOf({ completion }: ChatRow): Kind {
  if (completion[0].content === whoAnswer(oldName)) return 'name';
  if (/^\d/.test(completion[0].content)) return 'sum';
  return /^The (?!opposite)/.test(completion[0].content) ? 'fact' : 'talk';
}
