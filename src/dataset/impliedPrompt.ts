/** The prompt that both answers of a pair begin with, where the row does not name it: TRL's `extract_prompt`, with what is odd about it. */

import type { Content } from './example.ts';

export interface ExplicitPair {
  prompt: Content;
  chosen: Content;
  rejected: Content;
}

/**
 * The longest common beginning, by character or by turn. Texts that begin alike lend the prompt their words ("I am Bob", "I am Alice": the
 * prompt ends in "I am"), and of two equal sides the last character or turn is the answer. Undefined when a side is empty, where TRL stops.
 */
export function extractPrompt(chosen: Content, rejected: Content): ExplicitPair | undefined {
  // Python counts characters, not UTF-16 units.
  if (typeof chosen === 'string' && typeof rejected === 'string') return split([...chosen], [...rejected], (a, b) => a === b, (parts) => parts.join(''));
  if (typeof chosen === 'string' || typeof rejected === 'string') return undefined;
  return split(chosen, rejected, (a, b) => canonical(a) === canonical(b), (parts) => parts);
}

/** Turns are equal whatever the order of their keys, and a key that is null is none: a table fills it in where another row has it. */
function canonical(turn: unknown): string {
  return JSON.stringify(turn, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function split<T, C extends Content>(chosen: T[], rejected: T[], equal: (a: T, b: T) => boolean, join: (parts: T[]) => C): ExplicitPair | undefined {
  const shared = Math.min(chosen.length, rejected.length);
  if (shared === 0) return undefined;
  let index = 0;
  while (index < shared && equal(chosen[index]!, rejected[index]!)) index++;
  if (index === shared) index--;
  // As there, where the first characters differ the one before them is the last of all.
  else if (chosen.at(index - 1) === ' ') index--;
  return { prompt: join(chosen.slice(0, index)), chosen: join(chosen.slice(index)), rejected: join(rejected.slice(index)) };
}
