/** The rows of an open dataset: what its file holds and what was done to that since. Every change is in the journal before anyone hears of it. */

import { createEmitter } from '../../core/emitter.ts';
import { composeSteps, EditLog, type Edit, type Splice } from '../../dataset/editLog.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { ChangeHistory, type RowsChanged } from './changeHistory.ts';
import type { Base } from './documentBase.ts';
import { DocumentDrafts } from './documentDrafts.ts';
import type { DocumentJournal } from './documentJournal.ts';

export class OpenRows {
  readonly changed = createEmitter<RowsChanged>();
  /** A new step of undo. */
  readonly edited = createEmitter<Edit>();
  readonly log = new EditLog();
  readonly history = new ChangeHistory();
  readonly drafts: DocumentDrafts;
  #base: Base;

  /** `unsaved`: all that the file does not hold, also what waits for a decision. */
  constructor(
    readonly journal: DocumentJournal,
    base: Base,
    private readonly unsaved: () => readonly Splice[],
  ) {
    this.#base = base;
    journal.base = base.fingerprint;
    this.drafts = new DocumentDrafts(journal, unsaved);
  }

  /** What they are counted and read from. */
  get base(): Base {
    return this.#base;
  }

  add(label: string, splices: readonly Splice[], stroke: string | undefined): void {
    const added = this.log.add(label, splices, stroke);
    this.#apply([added.splices], stroke);
    if (added.isNew) this.edited.emit(added.edit);
  }

  /** What the log went through by undo, redo or reverting. Whether that was anything. */
  step(steps: readonly (readonly Splice[])[]): boolean {
    if (steps.length > 0) this.#apply(steps, undefined);
    return steps.length > 0;
  }

  /** The base changed by itself. */
  announce(splices: readonly Splice[], stroke: string | undefined): void {
    this.history.add(splices, stroke);
    this.changed.emit({ revision: this.history.revision, rows: this.#base.store.rows, splices, stroke });
  }

  /** Other rows, or the same in another file. */
  leave(next: Base): void {
    const { store, abort } = this.#base;
    this.#base = next;
    this.journal.base = next.fingerprint;
    abort.abort();
    void store.source.close();
  }

  /** The same rows on another base: what the file holds now, and the edits since. */
  rebase(base: Base): void {
    const steps = this.log.sinceSave();
    for (const splices of steps) base.store.apply(splices);
    this.leave(base);
    this.journal.restart(composeSteps(steps));
  }

  /** Each cut at `maxBytes`. `replaced`: settles when the file can be read again, while a save replaces it; undefined while none does. */
  async read(from: number, count: number, maxBytes: number, replaced: () => Promise<void> | undefined): Promise<Line[]> {
    for (;;) {
      const { store } = this.#base;
      try {
        return await store.read(from, count, maxBytes);
      } catch (error) {
        const again = replaced();
        if (again) await again;
        else if (store === this.#base.store) throw error; // otherwise the file was saved or reloaded meanwhile
      }
    }
  }

  /** Steps that the log took together are one in the journal too: all of them are in what is unsaved from the first on. */
  #apply(steps: readonly (readonly Splice[])[], stroke: string | undefined): void {
    for (const splices of steps) this.drafts.follow(splices);
    this.journal.record(steps.length === 1 ? steps[0]! : composeSteps(steps), this.unsaved);
    for (const splices of steps) {
      this.#base.store.apply(splices);
      this.announce(splices, stroke);
    }
  }
}
