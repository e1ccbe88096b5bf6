/** Pairs as a reward model sees them: two whole texts, and of each the token at which its score is read. */

import { isChat, type Example } from '../dataset/example.ts';
import { UserError } from '../core/problem.ts';
import { ChatError } from './chatTemplate.ts';
import { droppedPair, encodeWhole, type PreparedSide } from './prepare.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * A pair as two sequences, [chosen, rejected], after TRL 1.16's `RewardTrainer._prepare_dataset`: nothing is cut, a row of which a side
 * is longer than `maxLength` is left out. The score is read at the last token that is not the padding token, also where the text itself
 * ends with that one, as transformers' sequence classifiers do.
 */
export function prepareScored(example: Example, tokenizer: Tokenizer, { maxLength }: { maxLength: number | null }): [PreparedSide, PreparedSide] {
  if (example.kind !== 'preference' && example.kind !== 'preference-implicit') throw new UserError(`Rows of kind "${example.kind}" are not pairs.`, 'wrong-kind');
  const prompt = example.kind === 'preference' ? example.prompt : isChat(example.chosen) ? [] : '';
  const padId = tokenizer.padId ?? tokenizer.eosId;
  try {
    const sides = (['chosen', 'rejected'] as const).map((side): PreparedSide => {
      const ids = encodeWhole(prompt, example[side], example, tokenizer);
      const scored = Math.max(0, ids.findLastIndex((id) => id !== padId));
      const over = maxLength !== null && ids.length > maxLength;
      return {
        side,
        ids,
        trained: ids.map((_, i) => (i === scored ? 1 : 0)),
        promptLength: 0,
        truncatedFrom: null,
        ...(side === 'chosen' && example.margin !== undefined ? { target: example.margin } : {}),
        dropped: ids.length === 0 ? 'it has no token' : over ? `it has ${ids.length} tokens, and max_length is ${maxLength}` : null,
      };
    });
    return sides as [PreparedSide, PreparedSide];
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return droppedPair(error.message);
  }
}
