/** Edits that are not in the rows, because someone has to say first whether they shall be: after a change from outside, or a crash. */

import type { Draft } from '../../dataset/drafts.ts';
import { composeSteps, type Splice } from '../../dataset/editLog.ts';
import { matchSplices, stepsSince, type Matched } from '../../dataset/journal.ts';
import type { Base } from './documentBase.ts';
import type { DocumentJournal, LeftBehind } from './documentJournal.ts';

export interface Pending {
  /** `changed`: the file changed on disk under unsaved edits. `backup`, `session`: left by an earlier session. */
  why: 'changed' | 'backup' | 'session';
  /** Net changes of the file that they were made on. */
  splices: readonly Splice[];
  /** Of them, those whose rows are still there, and the others. */
  matched: Matched;
  /** When they were last written, ms since 1970. */
  when: number;
  left?: LeftBehind;
}

/** What they need of the document. */
export interface PendingTarget {
  readonly journal: DocumentJournal;
  /** The file with all its lines counted. */
  base(): Promise<Base>;
  isReadOnly(): boolean;
  /** Throws where the file can't be written to. */
  requirePermission(): void;
  /** Makes them one edit of the rows. */
  add(label: string, splices: readonly Splice[]): void;
  unsaved(): readonly Splice[];
  /** Takes over what was typed and is in no row, for when the rows are there. */
  holdDrafts(drafts: readonly Draft[]): void;
  /** They are. */
  placeDrafts(): Promise<void>;
}

export class PendingEdits {
  #now: Pending | undefined;
  #restoring = false;

  constructor(private readonly target: PendingTarget) {}

  get now(): Pending | undefined {
    return this.#now;
  }
  /** Edits are being looked for. */
  get restoring(): boolean {
    return this.#restoring;
  }

  /** The file changed under these edits. */
  async wait(splices: readonly Splice[]): Promise<void> {
    if (splices.length > 0) this.#now = { why: 'changed', splices, matched: await this.#match(splices), when: Date.now() };
  }

  async restore(from: LeftBehind | 'backup-lost' | undefined, label: string): Promise<void> {
    const { journal } = this.target;
    const backup = from === 'backup-lost' ? undefined : from;
    this.#restoring = true;
    try {
      const left = backup ?? (await journal.findLeftBehind(from === 'backup-lost'));
      if (!left) return;
      const splices = composeSteps(stepsSince(left.journal, (await this.target.base()).fingerprint));
      if (splices.length === 0) {
        if (backup || left.journal.drafts.length > 0) {
          // VS Code's backup is there still: what says that all of it was saved since stays until this session ends
          journal.follow(left, backup !== undefined);
          this.target.holdDrafts(left.journal.drafts);
          journal.restart([]);
          await this.target.placeDrafts();
          await journal.flush();
        }
        await journal.settle(left);
        return;
      }
      const matched = await this.#match(splices);
      if (backup && matched.lost.length === 0 && !this.target.isReadOnly()) {
        journal.follow(left, true);
        this.target.holdDrafts(left.journal.drafts);
        this.target.add(label, matched.matching);
        await this.target.placeDrafts();
        await journal.flush();
        await journal.settle(left);
      } else {
        this.#now = { why: backup ? 'backup' : 'session', splices, matched, when: left.when, left };
      }
    } finally {
      this.#restoring = false;
    }
  }

  /** They wait until they are in the rows, or on disk beside them. */
  async replay(label: string): Promise<readonly Splice[]> {
    const { journal } = this.target;
    const pending = this.#now;
    if (!pending) return [];
    this.target.requirePermission();
    const { matching, lost } = await this.#match(pending.splices);
    if (lost.length > 0) await journal.keepLost(lost);
    this.#now = undefined;
    if (pending.left) {
      journal.follow(pending.left, pending.why === 'backup');
      this.target.holdDrafts(pending.left.journal.drafts);
    }
    if (matching.length > 0) this.target.add(label, matching);
    journal.restart(this.target.unsaved()); // what it held until now counts rows of the file as it was before
    await this.target.placeDrafts();
    await journal.flush();
    if (pending.left) await journal.settle(pending.left);
    return lost;
  }

  /** Gives them up. */
  async discard(): Promise<void> {
    const pending = this.#now;
    this.#now = undefined;
    if (pending?.left) await this.target.journal.settle(pending.left);
  }

  async #match(splices: readonly Splice[]): Promise<Matched> {
    const { store, abort } = await this.target.base();
    return matchSplices(splices, store, abort.signal);
  }
}
