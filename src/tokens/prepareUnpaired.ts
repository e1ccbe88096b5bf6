/** Answers that are good or bad as KTO sees them: one sequence each, with how it is marked. */

import type { Content, Example, TemplateInputs } from '../dataset/example.ts';
import { UserError } from '../core/problem.ts';
import { ChatError } from './chatTemplate.ts';
import { commonPrefix, encodePrompt, encodeWhole, explicitPair, rewrittenText, type PreparedSide } from './prepare.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface UnpairedOptions {
  maxLength: number | null;
  /** Whether other prompts are given the row's answer too (the KL estimate): then what is cut off may fit behind a shorter one. */
  lendsAnswer: boolean;
}

/**
 * A marked answer as one sequence, or a pair as two, after TRL 1.16's `KTOTrainer._prepare_dataset` and its collator. A pair is a good and
 * a bad answer; each is cut at its end, and left out where its prompt fills `maxLength`.
 */
export function prepareUnpaired(example: Example, tokenizer: Tokenizer, opts: UnpairedOptions): PreparedSide[] {
  if (example.kind === 'unpaired-preference') return [sideOf('row', example.prompt, example.completion, example.label, example, tokenizer, opts)];
  if (example.kind !== 'preference' && example.kind !== 'preference-implicit') throw new UserError(`Rows of kind "${example.kind}" are no marked answers.`, 'wrong-kind');
  const pair = explicitPair(example);
  return (['chosen', 'rejected'] as const).map((side) =>
    typeof pair === 'string' ? { ...nothing, side, dropped: pair } : sideOf(side, pair.prompt, pair[side], side === 'chosen', pair, tokenizer, opts),
  );
}

const nothing = { ids: [], trained: [], promptLength: 0, truncatedFrom: null, trl: 'stops' as const };

function sideOf(side: PreparedSide['side'], prompt: Content, completion: Content, good: boolean, inputs: TemplateInputs, tokenizer: Tokenizer, { maxLength, lendsAnswer }: UnpairedOptions): PreparedSide {
  try {
    const promptIds = encodePrompt(prompt, inputs, tokenizer);
    const whole = encodeWhole(prompt, completion, inputs, tokenizer);
    const promptLength = commonPrefix(promptIds, whole);
    const ids = maxLength === null ? whole : whole.slice(0, maxLength);
    const lost = whole.length - ids.length;
    return {
      side,
      ids,
      trained: ids.map((_, t) => (t < promptLength ? 0 : 1)),
      promptLength: Math.min(promptLength, ids.length),
      truncatedFrom: lost > 0 ? whole.length : null,
      ...(lost > 0 ? { lostTrained: lost } : {}),
      // Behind a prompt of no token there is room for as much more as this prompt takes.
      ...(lost > 0 && lendsAnswer ? { beyond: whole.slice(ids.length, ids.length + promptLength) } : {}),
      target: good ? 1 : 0,
      ...(promptLength < promptIds.length ? { lostPrompt: tokenizer.decode(promptIds.slice(promptLength)) } : {}),
      rewritten: () => rewrittenText([prompt, completion], whole, tokenizer),
      dropped: whole.length === 0 ? 'it has no token' : maxLength !== null && promptLength >= maxLength ? `its prompt alone has ${promptLength} tokens, and max_length is ${maxLength}` : null,
    };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { ...nothing, side, dropped: error.message };
  }
}
