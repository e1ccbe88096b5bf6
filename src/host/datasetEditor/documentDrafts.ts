/** What is half-typed in an open dataset: in the journal and in no row, and found again after a crash or a change from outside. */

import { followDrafts, withoutDraft, type Draft, type DraftPlace } from '../../dataset/drafts.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { findLines } from '../../dataset/journal.ts';
import type { RecordStore } from '../../dataset/recordStore.ts';
import type { DocumentJournal } from './documentJournal.ts';

export class DocumentDrafts {
  /** Some came from an earlier session, and nobody has said yet that they saw it. */
  back = false;
  /** How many found no row; the journal keeps them elsewhere. */
  lost = 0;

  #all: readonly Draft[] = [];
  /** Of rows that are not there yet: the file is read anew, or waits for a decision about edits. */
  #aside: readonly Draft[] = [];

  constructor(
    private readonly journal: DocumentJournal,
    private readonly unsaved: () => readonly Splice[],
  ) {
    journal.drafts = () => [...this.#all, ...this.#aside];
  }

  get all(): readonly Draft[] {
    return this.#all;
  }

  of(row: number): readonly Draft[] {
    return this.#all.filter((draft) => draft.row === row);
  }

  set(draft: Draft): void {
    this.#keep([...withoutDraft(this.#all, draft.row, draft.place), draft]);
  }

  drop(row: number, place: DraftPlace): void {
    const rest = withoutDraft(this.#all, row, place);
    if (rest.length < this.#all.length) this.#keep(rest);
  }

  clear(): void {
    const none = this.#all.length === 0 && this.#aside.length === 0;
    this.#aside = [];
    if (!none) this.#keep([]);
  }

  /** The journal takes them down with the change. */
  follow(splices: readonly Splice[]): void {
    this.#all = followDrafts(this.#all, splices);
  }

  /** The rows will be others. `left`: by an earlier session, to be placed with those of this one. */
  setAside(left: readonly Draft[] = []): void {
    this.#aside = [...left, ...this.#all, ...this.#aside];
    this.#all = [];
    this.back ||= left.length > 0;
  }

  /** The rows are there: puts every draft to the one that it was typed in, as that is numbered now. */
  async place(store: RecordStore): Promise<void> {
    if (this.#aside.length === 0) return;
    const lost: Splice[] = [];
    let placed = this.#all;
    for (const draft of this.#aside) {
      const row = await findLines([draft.line], store, draft.row, 0);
      if (row === undefined) lost.push({ at: draft.row, removed: [draft.line], inserted: [draft.text] });
      else placed = [...withoutDraft(placed, row, draft.place), { ...draft, row }];
    }
    if (lost.length > 0) await this.journal.keepLost(lost);
    this.lost += lost.length;
    this.#aside = [];
    this.#keep(placed);
  }

  #keep(drafts: readonly Draft[]): void {
    this.#all = drafts;
    this.journal.keep(this.unsaved);
  }
}
