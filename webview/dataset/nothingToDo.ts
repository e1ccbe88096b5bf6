/** Why an action did nothing, for the person who pressed its key. */

import { t } from '../shared/connect.ts';
import type { Nothing } from './rowActions.ts';

export function nothingToDo(reason: Nothing): string {
  const sentences: Record<Nothing, string> = {
    'no-turns': t('This row has no turns.'),
    'no-turn': t('Select a turn first: Tab goes to the turns, arrows between them.'),
    'at-the-end': t('There is no turn to change places with.'),
    'no-cursor': t('Put the cursor where the turn is to be split: E edits it.'),
    'no-sides': t('This row has no chosen and rejected answer.'),
    'no-side': t('Select the answer that is to be copied: Tab and arrows go to it.'),
    'no-flag': t('Rows of this format have no mark for good or bad.'),
    already: t('It is marked so already.'),
  };
  return sentences[reason];
}
