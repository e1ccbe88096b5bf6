/** One open dataset: the file it was read from, its rows with the unsaved edits, and everything that can happen to both. Knows no view. */

import { createEmitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import type { LineEdit } from '../../dataset/checks/check.ts';
import type { DraftPlace } from '../../dataset/drafts.ts';
import { composeSteps, EditLog, type Edit, type Splice } from '../../dataset/editLog.ts';
import type { Fingerprint } from '../../dataset/fingerprint.ts';
import type { Format } from '../../dataset/format.ts';
import type { JsonPath } from '../../dataset/jsonEdit.ts';
import type { LineIndex } from '../../dataset/lineIndex.ts';
import type { Line, Snapshot } from '../../dataset/recordStore.ts';
import type { RowOp } from '../../dataset/rowOps.ts';
import type { TextForm } from '../../protocol/datasetView.ts';
import { ChangeHistory, type RowAt, type RowsChanged } from './changeHistory.ts';
import type { DatasetFile } from './diskFile.ts';
import { buildIndex, ChangedOnDisk, isChangedOnDisk, openBase, openGrown, writeRows, type Base } from './documentBase.ts';
import { DocumentDrafts } from './documentDrafts.ts';
import { DocumentHead } from './documentHead.ts';
import type { DocumentJournal, LeftBehind } from './documentJournal.ts';
import { PendingEdits, type Pending } from './pendingEdits.ts';
import { addedSplice, changeSplice, deletedSplice, editableLine, fixSplice, lineSplice, textSplice } from './rowEdits.ts';

export class DatasetDocument {
  readonly rowsChanged = createEmitter<RowsChanged>();
  /** There are more rows at the end; all others are what they were. */
  readonly grown = createEmitter<void>();
  /** Every row may be another one. */
  readonly reloaded = createEmitter<void>();
  /** Something else than rows changed: indexing, format, pending edits, read-only, missing file. */
  readonly stateChanged = createEmitter<void>();
  /** A new step of undo. */
  readonly edited = createEmitter<Edit>();
  /** Format, and problems of the file as a whole. */
  readonly head: DocumentHead;
  /** What is half-typed. */
  readonly drafts: DocumentDrafts;

  #base: Base;
  #log = new EditLog();
  readonly #changes = new ChangeHistory();
  #queue: Promise<unknown> = Promise.resolve();
  #indexing: Promise<void>;
  #reading: Base | undefined;
  #saving = false;
  readonly #pending: PendingEdits;
  #readOnly: boolean;
  #missing = false;
  #failure: unknown;

  private constructor(
    readonly file: DatasetFile,
    readonly journal: DocumentJournal,
    readOnly: boolean,
    base: Base,
    wantedFormat: () => Format | undefined,
  ) {
    this.#readOnly = readOnly;
    this.#base = base;
    journal.base = base.fingerprint;
    this.head = new DocumentHead((from, count, maxBytes) => this.read(from, count, maxBytes), wantedFormat);
    this.head.changed.on(() => this.stateChanged.emit());
    this.drafts = new DocumentDrafts(journal, () => this.unsaved());
    this.#pending = new PendingEdits({
      journal,
      base: () => this.#indexing.then(() => this.#base),
      isReadOnly: () => this.#readOnly,
      requirePermission: () => this.#requirePermission(),
      add: (label, splices) => this.#add(label, splices, undefined),
      unsaved: () => this.unsaved(),
      holdDrafts: (drafts) => this.drafts.setAside(drafts),
      placeDrafts: () => this.drafts.place(this.#base.store),
    });
    this.#indexing = this.#buildIndex(base).then(() => (this.head.now.full || this.#failure ? undefined : this.head.look().catch(() => undefined)));
  }

  /** Resolves when the first rows can be shown; the rest is counted in the background. `wantedFormat`: that of the rows, where someone names it. */
  static async open(file: DatasetFile, journal: DocumentJournal, wantedFormat: () => Format | undefined = () => undefined): Promise<DatasetDocument> {
    const base = await openBase(file);
    const document = new DatasetDocument(file, journal, await file.isReadOnly(), base, wantedFormat);
    await Promise.race([document.#nextState(), document.#indexing]);
    if (document.#failure !== undefined) throw document.#failure;
    await (document.indexing ? document.head.look() : document.#indexing);
    return document;
  }

  get rows(): number {
    return this.#base.store.rows;
  }
  get revision(): number {
    return this.#changes.revision;
  }
  get format(): Format | undefined {
    return this.head.now.format;
  }
  get dirty(): boolean {
    return this.#log.dirty || this.pending?.why === 'changed' || this.pending?.why === 'backup';
  }
  get saving(): boolean {
    return this.#saving;
  }
  get pending(): Pending | undefined {
    return this.#pending.now;
  }
  get restoring(): boolean {
    return this.#pending.restoring;
  }
  get readOnly(): boolean {
    return this.#readOnly;
  }
  /** The file was deleted or moved away. */
  get missing(): boolean {
    return this.#missing;
  }
  get failure(): unknown {
    return this.#failure;
  }
  get indexing(): { done: number; total: number } | undefined {
    const { index } = this.#base.store;
    return index.complete ? undefined : { done: index.bytesDone, total: index.sizeBytes };
  }
  get sizeBytes(): number {
    return this.#base.store.source.sizeBytes;
  }
  get finalNewline(): boolean {
    return this.#base.store.index.finalNewline;
  }
  get bomBytes(): number {
    return this.#base.store.index.bomBytes;
  }
  /** Settles when all lines are counted. */
  indexed(): Promise<void> {
    return this.#indexing;
  }

  /** Rows as they are now, each cut at `maxBytes`. */
  async read(from: number, count: number, maxBytes: number): Promise<Line[]> {
    for (;;) {
      const { store } = this.#base;
      try {
        return await store.read(from, count, maxBytes);
      } catch (error) {
        // the file is closed for a moment while a save replaces it
        if (this.#saving) await this.#nextState();
        else if (store === this.#base.store) throw error; // otherwise the file was saved or reloaded meanwhile
      }
    }
  }

  /** All rows of one moment as the bytes of a file. Once `stale`, reading on may fail: the file was saved or read anew. */
  async content(signal?: AbortSignal): Promise<{ revision: number; sizeBytes: number; bytes: AsyncGenerator<Uint8Array>; stale(): boolean }> {
    await this.#indexing;
    return this.#enqueue(async () => {
      const base = this.#base;
      const { store } = base;
      return { revision: this.revision, sizeBytes: store.source.sizeBytes, bytes: store.bytes(store.snapshot(), signal), stale: () => this.#saving || base !== this.#base };
    });
  }

  /** Where a row is now; undefined when it is gone. */
  find(at: RowAt): number | undefined {
    return this.#changes.find(at);
  }

  /** Where a row is now; throws when it is gone or not as it was. */
  findUntouched(at: RowAt): number {
    return this.#changes.rowUntouched(at);
  }

  // edits, one after the other

  setText(at: RowAt, path: JsonPath, text: string, stroke: string | undefined, label: (row: number) => string, form: TextForm = 'text'): Promise<void> {
    const make = async (row: number) => {
      const splice = await textSplice(this, row, path, text, form);
      this.drafts.drop(row, path);
      return splice;
    };
    return this.#edit(() => this.#changes.rowNow(at), make, label, stroke);
  }

  /** Takes down what is half-typed, a value that is no JSON yet or a note: on disk within a second, and in no row. */
  setDraft(at: RowAt, place: DraftPlace, text: string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#changes.rowNow(at);
      if (typeof place !== 'string') this.#requireWritable();
      this.drafts.set({ row, line: await editableLine(this, row), place, text });
    });
  }

  /** It is where it shall be. */
  dropDraft(at: RowAt, place: DraftPlace): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.find(at);
      if (row !== undefined) this.drafts.drop(row, place);
    });
  }

  /** Turns, sides, marks: named by their number in the line of that revision. Refused when the line changed since. */
  changeRow(at: RowAt, op: RowOp, label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#changes.rowUntouched(at), (row) => changeSplice(this, row, op), label);
  }

  /** The text was made from the whole line of that revision. Refused when anything else changed the line since, so that nothing is overwritten unseen. */
  setLine(at: RowAt, text: string, stroke: string | undefined, label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#changes.rowUntouched(at, stroke), (row) => lineSplice(this, row, text), label, stroke);
  }

  /** Makes the edits of a quick fix, whose places count in the line of that revision. Refused when the line changed since. */
  fixLine(at: RowAt, edits: readonly LineEdit[], label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#changes.rowUntouched(at), (row) => fixSplice(this, row, edits), label);
  }

  /** Adds a row after one (-1: before the first); answers its number. */
  async addRow(at: RowAt, what: 'empty' | 'copy', label: (row: number) => string): Promise<number> {
    let added = 0;
    await this.#edit(() => (added = at.row < 0 ? 0 : this.#changes.rowNow(at) + 1), (row) => addedSplice(this, row - 1, what), label);
    return added;
  }

  deleteRow(at: RowAt, label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#changes.rowNow(at), (row) => deletedSplice(this, row), label);
  }

  /** Replaces whole lines of one revision by others, as one step of undo. Refused when rows changed since. */
  replaceLines(revision: number, lines: readonly { row: number; before: string; after: string }[], label: string): Promise<void> {
    return this.#enqueue(async () => {
      this.#requireWritable();
      if (revision !== this.revision) throw new UserError('Rows were changed meanwhile, so nothing was replaced. Try again.', 'row-changed');
      if (lines.length > 0) this.#add(label, lines.map(({ row, before, after }) => ({ at: row, removed: [before], inserted: [after] })), undefined);
    });
  }

  /** `find`: which row it is about, when its turn has come. */
  #edit(find: () => number, make: (row: number) => Promise<Splice | undefined>, label: (row: number) => string, stroke?: string): Promise<void> {
    return this.#enqueue(async () => {
      const row = find();
      this.#requireWritable();
      const splice = await make(row);
      if (splice) this.#add(label(row), [splice], stroke);
    });
  }

  /** The next typing is a new step of undo. */
  seal(): void {
    void this.#enqueue(async () => this.#log.seal());
  }

  /** Whether there was anything to do. */
  undo(id: number): Promise<boolean> {
    return this.#enqueue(async () => this.#applySteps(this.#log.undo(id)));
  }
  redo(id: number): Promise<boolean> {
    return this.#enqueue(async () => this.#applySteps(this.#log.redo(id)));
  }

  /** False once the document was read anew since the edit. */
  knows(id: number): boolean {
    return this.#log.knows(id);
  }

  // the file

  /**
   * Writes the rows to the file. Edits may go on meanwhile and stay unsaved. Throws `ChangedOnDisk` when the file is not the one that was
   * read, unless `overwrite`; on any error the document is as it was.
   */
  async save(signal: AbortSignal, overwrite = false): Promise<void> {
    if (this.#saving) throw new UserError(`${this.file.name} is being saved already.`, 'saving');
    if (this.pending) throw new UserError(`${this.file.name} has unsaved edits that wait for your decision: reapply or discard them first.`, 'pending');
    this.#saving = true;
    try {
      await this.#indexing;
      if (!overwrite && (await isChangedOnDisk(this.file, this.#base))) await this.#enqueue(() => this.#grow());
      const { snapshot, written } = await this.#enqueue(async () => {
        this.#log.beginSave();
        return { snapshot: this.#base.store.snapshot(), written: composeSteps(this.#log.sinceSave()) };
      });
      const check = async () => {
        if (!overwrite && (await isChangedOnDisk(this.file, this.#base))) throw new ChangedOnDisk(`${this.file.name} changed on disk.`);
      };
      await check();
      const index = await this.#writeTo(this.file, snapshot, signal, async (file, copy) => {
        this.journal.saving({ file, copy, written, since: () => composeSteps(this.#log.sinceSaving()) });
        await this.#flushJournal();
        await check();
      });
      const base = await openBase(this.file, index);
      this.#log.endSave(true);
      this.#rebase(base);
      this.#missing = false;
    } finally {
      this.#log.endSave(false);
      this.journal.saving(undefined);
      this.#saving = false;
      this.stateChanged.emit();
    }
    // someone wrote to it within the moment between our rename and our opening it
    if (this.#base.store.source.sizeBytes !== this.#base.store.index.bytesDone) await this.reload();
  }

  /** Writes the rows to another file; the document stays what it is. */
  async saveCopy(target: DatasetFile, signal: AbortSignal): Promise<void> {
    await this.#indexing;
    const snapshot = await this.#enqueue(async () => {
      this.#log.seal();
      return this.#base.store.snapshot();
    });
    await this.#writeTo(target, snapshot, signal, () => Promise.resolve());
  }

  /** Back to what is on disk; pending edits are given up. */
  async revert(): Promise<void> {
    await this.#enqueue(async () => {
      await this.#pending.discard();
      const steps = (await isChangedOnDisk(this.file, this.#base)) ? undefined : this.#log.revert();
      if (steps) this.#applySteps(steps);
      else {
        this.#log.clear();
        await this.#readAnew();
      }
      this.drafts.clear();
      this.journal.restart([]);
    });
    this.stateChanged.emit();
  }

  /** Looks whether someone else wrote the file. Written on at its end: rows appear. Else, clean: reads it anew; with unsaved edits: they wait for a decision. */
  async checkDisk(): Promise<void> {
    if (this.#saving) return;
    const readOnly = await this.file.isReadOnly().catch(() => this.#readOnly);
    const missing = (await this.file.stamp()) === undefined;
    if (readOnly !== this.#readOnly || missing !== this.#missing) {
      this.#readOnly = readOnly;
      this.#missing = missing;
      this.stateChanged.emit();
    }
    if (!missing && !this.#saving && (await isChangedOnDisk(this.file, this.#base))) await this.reload();
  }

  /** Reads the file anew, or what was added to it; unsaved edits become pending where other rows changed. */
  async reload(): Promise<void> {
    await this.#enqueue(async () => {
      if (await this.#grow()) return;
      const splices = this.pending?.why === 'changed' ? this.pending.splices : composeSteps(this.#log.sinceSave());
      this.#log.clear();
      this.drafts.setAside();
      await this.#readAnew();
      await this.#pending.wait(splices);
      if (!this.pending) this.journal.restart([]); // what it holds counts rows of the old file
      if (!this.pending) await this.drafts.place(this.#base.store);
      this.stateChanged.emit();
    });
  }

  // edits of an earlier session

  /** Looks for them once, when a view can show the question. Edits of a backup that fits are applied at once. `backup-lost`: there was one. */
  async restore(from: LeftBehind | 'backup-lost' | undefined, label: string): Promise<void> {
    await this.#pending.restore(from, label).finally(() => this.stateChanged.emit());
  }

  /** Applies those pending edits whose rows are still there; answers those whose rows are not. */
  async replayPending(label: string): Promise<readonly Splice[]> {
    const lost = await this.#enqueue(() => this.#pending.replay(label));
    this.stateChanged.emit();
    return lost;
  }

  /** Gives up edits of an earlier session. (Edits of this one are given up by reverting.) */
  async discardPending(): Promise<void> {
    await this.#pending.discard();
    this.stateChanged.emit();
  }

  /** The unsaved edits, net. */
  unsaved(): readonly Splice[] {
    return this.pending?.splices ?? composeSteps(this.#log.sinceSave());
  }

  /** Unsaved edits at this moment were given up by closing the document. */
  async dispose(): Promise<void> {
    this.head.dispose();
    this.#base.abort.abort();
    this.#reading?.abort.abort();
    await this.#queue;
    await this.journal.close(this.dirty);
    await this.#base.store.source.close();
    await this.#reading?.store.source.close();
  }

  async #buildIndex(base: Base): Promise<void> {
    try {
      await buildIndex(base, () => this.stateChanged.emit());
    } catch (error) {
      if (!base.abort.signal.aborted) this.#failure = error;
    }
    this.stateChanged.emit();
  }

  async #readAnew(): Promise<void> {
    const base = await openBase(this.file);
    // the old rows stay until all the new ones are known
    this.#failure = undefined;
    this.#reading = base;
    await this.#buildIndex(base);
    this.#reading = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    this.#leave(base);
    this.#indexing = Promise.resolve();
    this.#changes.restart();
    await this.head.look();
    this.reloaded.emit();
  }

  /** Takes rows that someone else wrote behind the last one, and keeps everything else. False when that is not what happened. */
  async #grow(): Promise<boolean> {
    if (this.pending || this.#failure !== undefined) return false;
    await this.#indexing;
    // a last line without LF may have gone on: that is no matter only where nothing was edited
    if (!this.finalNewline && !this.#log.empty) return false;
    const unsaved = composeSteps(this.#log.sinceSave());
    const grown = await openGrown(this.file, this.#base, unsaved);
    if (!grown) return false;
    this.#leave(grown.base);
    this.journal.restart(unsaved);
    if (grown.changed.length > 0) this.#announce(grown.changed, undefined);
    this.grown.emit();
    this.head.follow([]);
    this.stateChanged.emit();
    return true;
  }

  /** The same rows on another base: what the file holds now, and the edits since. */
  #rebase(base: Base): void {
    const steps = this.#log.sinceSave();
    for (const splices of steps) base.store.apply(splices);
    this.#leave(base);
    this.#indexing = Promise.resolve();
    this.journal.restart(composeSteps(steps));
  }

  #leave(next: Base): void {
    const { store, abort } = this.#base;
    this.#base = next;
    this.journal.base = next.fingerprint;
    abort.abort();
    void store.source.close();
  }

  /** Its own error is reported; the rows can be saved all the same. */
  async #flushJournal(): Promise<void> {
    await this.journal.flush().catch(() => undefined);
  }

  async #writeTo(file: DatasetFile, snapshot: Snapshot, signal: AbortSignal, check: (written: Fingerprint, copy?: string) => Promise<void>): Promise<LineIndex> {
    await this.#flushJournal();
    return writeRows(this.#base, snapshot, file, signal, check);
  }

  #requirePermission(): void {
    if (this.#readOnly) throw new UserError(`${this.file.name} is read-only.`, 'read-only');
  }

  #requireWritable(): void {
    this.#requirePermission();
    if (this.pending || this.restoring) throw new UserError('Decide first about the unsaved edits in the bar above the rows.', 'pending');
  }

  #add(label: string, splices: readonly Splice[], stroke: string | undefined): void {
    const added = this.#log.add(label, splices, stroke);
    this.#apply([added.splices], stroke);
    if (added.isNew) this.edited.emit(added.edit);
  }

  #applySteps(steps: readonly (readonly Splice[])[]): boolean {
    this.#apply(steps, undefined);
    return steps.length > 0;
  }

  /** Steps that the log took together are one in the journal too: all of them are in what is unsaved from the first on. */
  #apply(steps: readonly (readonly Splice[])[], stroke: string | undefined): void {
    if (steps.length === 0) return;
    for (const splices of steps) this.drafts.follow(splices);
    this.journal.record(steps.length === 1 ? steps[0]! : composeSteps(steps), () => this.unsaved());
    for (const splices of steps) {
      this.#base.store.apply(splices);
      this.#announce(splices, stroke);
    }
  }

  #announce(splices: readonly Splice[], stroke: string | undefined): void {
    this.#changes.add(splices, stroke);
    this.head.follow(splices);
    this.rowsChanged.emit({ revision: this.revision, rows: this.rows, splices, stroke });
  }

  #nextState(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.stateChanged.on(() => (stop(), resolve()));
    });
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
