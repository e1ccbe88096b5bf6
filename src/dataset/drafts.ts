/** What someone is typing and is not where it shall be yet, because it is no JSON so far or the typing goes on: kept beside the rows, and with them through edits. */

import type { Splice } from './editLog.ts';
import type { JsonPath } from './jsonEdit.ts';
import { withoutCr } from './lineText.ts';

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

/**
 * After a change of rows. A row stays itself where its line is still there, else where the row in its place is: several rows may have come
 * and gone in one change. Those that went take their drafts with them.
 */
export function followDrafts(drafts: readonly Draft[], splices: readonly Splice[]): readonly Draft[] {
  return drafts.flatMap((draft) => {
    let shift = 0;
    for (const { at, removed, inserted } of splices) {
      const place = draft.row - at;
      if (place < 0) break;
      if (place < removed.length) {
        const now = placeOf(draft.line, inserted, place) ?? (removed.length === inserted.length ? place : undefined);
        return now === undefined ? [] : [{ ...draft, row: at + shift + now, line: inserted[now]! }];
      }
      shift += inserted.length - removed.length;
    }
    return [{ ...draft, row: draft.row + shift }];
  });
}

/** The nearest line that says the same; the last row of a file may get or lose a CR. */
function placeOf(line: string, lines: readonly string[], near: number): number | undefined {
  const text = withoutCr(line);
  let found: number | undefined;
  for (const [i, other] of lines.entries()) if (withoutCr(other) === text && (found === undefined || Math.abs(i - near) < Math.abs(found - near))) found = i;
  return found;
}
