/** What of an example is asked, and what is answered: for comparing rows of all kinds. */

import { isChat, type Content, type Example } from '../example.ts';

export interface ExampleParts {
  /** Undefined where nothing is asked, as in a plain text. */
  prompt: Content | undefined;
  /** Of a pair the better one first. */
  answers: readonly Content[];
}

export function partsOf(example: Example): ExampleParts {
  switch (example.kind) {
    case 'text':
      return { prompt: undefined, answers: [example.text] };
    case 'messages': {
      const end = example.messages.findLastIndex(({ role }) => role === 'user') + 1;
      return { prompt: end === 0 ? undefined : example.messages.slice(0, end), answers: [example.messages.slice(end)] };
    }
    case 'prompt-only':
      return { prompt: example.prompt, answers: [] };
    case 'prompt-completion':
    case 'unpaired-preference':
      return { prompt: example.prompt, answers: [example.completion] };
    case 'stepwise':
      return { prompt: example.prompt, answers: [example.completions.join('\n')] };
    case 'preference':
      return { prompt: example.prompt, answers: [example.chosen, example.rejected] };
    case 'preference-implicit':
      return sharedBeginning(example.chosen, example.rejected);
  }
}

/** Not as TRL splits it, which lends the prompt words of the answers: up to the turn, or the line, in which the two go apart. */
function sharedBeginning(chosen: Content, rejected: Content): ExampleParts {
  let end = 0;
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    while (end < chosen.length && chosen[end] === rejected[end]) end++;
    if (end > 0) end = chosen.lastIndexOf('\n', end - 1) + 1;
    return { prompt: end === 0 ? undefined : chosen.slice(0, end), answers: [chosen.slice(end), rejected.slice(end)] };
  }
  if (!isChat(chosen) || !isChat(rejected)) return { prompt: undefined, answers: [chosen, rejected] };
  while (end < chosen.length && chosen[end]!.role === rejected[end]?.role && chosen[end]!.content === rejected[end]!.content) end++;
  return { prompt: end === 0 ? undefined : chosen.slice(0, end), answers: [chosen.slice(end), rejected.slice(end)] };
}

/** The words alone; without what a system prompt says, which many rows have in common. */
export function plainText(content: Content): string {
  if (!isChat(content)) return content;
  return spoken(content).map(wordsOf).join('\n');
}

/** What is asked, in one spelling for all formats: upper and lower case, spaces, compatible characters and system prompts do not count. */
export function question(content: Content): string {
  if (!isChat(content)) return folded(content);
  const turns = spoken(content);
  return turns.length === 1 ? folded(wordsOf(turns[0]!)) : turns.map((turn) => `${turn.role}: ${folded(wordsOf(turn))}`).join('\n');
}

export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

type Turn = Exclude<Content, string>[number];

function spoken(turns: readonly Turn[]): readonly Turn[] {
  return turns.filter(({ role }) => role !== 'system' && role !== 'developer');
}

function wordsOf({ content }: Turn): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}
