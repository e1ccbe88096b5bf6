/** The last changes of the rows, by revision: where a row of an earlier moment is now, and whether it is as it was. */

import { UserError } from '../../core/problem.ts';
import { rowAfter, type Splice } from '../../dataset/editLog.ts';

/** A row as someone saw it. */
export interface RowAt {
  row: number;
  revision: number;
}

export interface RowsChanged {
  revision: number;
  rows: number;
  splices: readonly Splice[];
  stroke: string | undefined;
}

interface Change {
  revision: number;
  splices: readonly Splice[];
  /** Typing in one field; undefined for anything else. */
  stroke: string | undefined;
}

const REMEMBERED_CHANGES = 2000;

export class ChangeHistory {
  #revision = 1;
  #changes: Change[] = [];

  get revision(): number {
    return this.#revision;
  }

  add(splices: readonly Splice[], stroke: string | undefined): void {
    this.#revision++;
    this.#changes.push({ revision: this.#revision, splices, stroke });
    if (this.#changes.length > REMEMBERED_CHANGES) this.#changes.shift();
  }

  /** Every row may be another one: no earlier row is known any more. */
  restart(): void {
    this.#revision++;
    this.#changes = [];
  }

  /** Where the row is now; undefined when it is gone. */
  find({ row, revision }: RowAt): number | undefined {
    const oldest = this.#changes[0]?.revision ?? this.#revision + 1;
    let now: number | undefined = revision < oldest - 1 ? undefined : row;
    for (const change of this.#changes) if (now !== undefined && change.revision > revision) now = rowAfter(change.splices, now);
    return now;
  }

  rowNow(at: RowAt): number {
    const now = this.find(at);
    if (now === undefined) throw new UserError(`Row ${at.row + 1} was changed or removed elsewhere meanwhile. Select it again.`, 'row-gone');
    return now;
  }

  /** Where the row is now, if its text is the same, or was changed by this stroke only: for a text that was made from the whole line. */
  rowUntouched({ row, revision }: RowAt, stroke?: string): number {
    const now = this.rowNow({ row, revision });
    let was = row;
    for (const change of this.#changes) {
      if (change.revision <= revision) continue;
      const touched = change.splices.some(({ at, removed }) => was >= at && was < at + removed.length);
      if (touched && (stroke === undefined || change.stroke !== stroke)) throw new UserError(`Row ${now + 1} was changed meanwhile. Look at it as it is now, and then do this again.`, 'row-changed');
      was = rowAfter(change.splices, was)!;
    }
    return now;
  }
}
