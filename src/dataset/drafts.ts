/** What someone is typing and is not where it shall be yet, because it is no JSON so far or the typing goes on: kept beside the rows, and with them through edits. */

import { rowAfter, type Splice } from './editLog.ts';
import type { JsonPath } from './jsonEdit.ts';

export type DraftPlace = JsonPath | 'labels' | 'note';

export interface Draft {
  /** The row that it belongs to, and its line, as they are now. */
  row: number;
  line: string;
  /** The value that it will be, or what the annotator says. */
  place: DraftPlace;
  text: string;
}

/** Those of other places: this one is where it shall be, is typed anew, or is given up. */
export function withoutDraft(drafts: readonly Draft[], row: number, place: DraftPlace): readonly Draft[] {
  const name = JSON.stringify(place);
  return drafts.filter((draft) => draft.row !== row || JSON.stringify(draft.place) !== name);
}

/** After a change of rows. Those that went take their drafts with them. */
export function followDrafts(drafts: readonly Draft[], splices: readonly Splice[]): readonly Draft[] {
  return drafts.flatMap((draft) => {
    const row = rowAfter(splices, draft.row);
    if (row === undefined) return [];
    const splice = splices.find(({ at, removed }) => draft.row >= at && draft.row < at + removed.length);
    return [{ ...draft, row, line: splice ? splice.inserted[draft.row - splice.at]! : draft.line }];
  });
}
