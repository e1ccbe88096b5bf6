/** One open dataset: its rows with the unsaved edits, the file they are from, and everything that can be done to both. Knows no view. */

import { createEmitter, type Emitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import type { LineEdit } from '../../dataset/checks/check.ts';
import type { DraftPlace } from '../../dataset/drafts.ts';
import { composeSteps, type Edit, type Splice } from '../../dataset/editLog.ts';
import type { Format } from '../../dataset/format.ts';
import type { JsonPath } from '../../dataset/jsonEdit.ts';
import type { Line } from '../../dataset/recordStore.ts';
import type { RowOp } from '../../dataset/rowOps.ts';
import type { TextForm } from '../../protocol/datasetView.ts';
import type { RowAt, RowsChanged } from './changeHistory.ts';
import type { DatasetFile } from './diskFile.ts';
import { openBase, type Base } from './documentBase.ts';
import { DocumentDisk } from './documentDisk.ts';
import type { DocumentDrafts } from './documentDrafts.ts';
import { DocumentHead } from './documentHead.ts';
import type { DocumentJournal, LeftBehind } from './documentJournal.ts';
import { OpenRows } from './openRows.ts';
import { PendingEdits, type Pending } from './pendingEdits.ts';
import { addedSplice, changeSplice, deletedSplice, editableLine, fixSplice, lineSplice, textSplice } from './rowEdits.ts';

export class DatasetDocument {
  readonly rowsChanged: Emitter<RowsChanged>;
  /** There are more rows at the end; all others are what they were. */
  readonly grown: Emitter<void>;
  /** Every row may be another one. */
  readonly reloaded: Emitter<void>;
  /** Something else than rows changed: indexing, format, pending edits, read-only, missing file. */
  readonly stateChanged = createEmitter<void>();
  /** A new step of undo. */
  readonly edited: Emitter<Edit>;
  /** Format, and problems of the file as a whole. */
  readonly head: DocumentHead;
  /** What is half-typed. */
  readonly drafts: DocumentDrafts;

  readonly #rows: OpenRows;
  readonly #pending: PendingEdits;
  readonly #disk: DocumentDisk;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly file: DatasetFile,
    readonly journal: DocumentJournal,
    readOnly: boolean,
    base: Base,
    wantedFormat: () => Format | undefined,
  ) {
    const rows = new OpenRows(journal, base, () => this.unsaved());
    this.#rows = rows;
    this.rowsChanged = rows.changed;
    this.edited = rows.edited;
    this.drafts = rows.drafts;
    this.head = new DocumentHead((from, count, maxBytes) => this.read(from, count, maxBytes), wantedFormat);
    this.head.changed.on(() => this.stateChanged.emit());
    rows.changed.on(({ splices }) => this.head.follow(splices));
    this.#pending = new PendingEdits({
      journal,
      base: () => this.indexed().then(() => rows.base),
      isReadOnly: () => this.readOnly,
      requirePermission: () => this.#requirePermission(),
      add: (label, splices) => rows.add(label, splices, undefined),
      unsaved: () => this.unsaved(),
      holdDrafts: (drafts) => rows.drafts.setAside(drafts),
      placeDrafts: () => rows.drafts.place(rows.base.store),
    });
    const look = () => this.head.look();
    this.#disk = new DocumentDisk(
      { file, rows, pending: this.#pending, enqueue: (task) => this.#enqueue(task), look, counted: async () => (this.head.now.full ? undefined : look().catch(() => undefined)) },
      readOnly,
    );
    this.#disk.changed.on(() => this.stateChanged.emit());
    this.grown = this.#disk.grown;
    this.reloaded = this.#disk.reloaded;
    this.grown.on(() => this.head.follow([]));
  }

  /** Resolves when the first rows can be shown; the rest is counted in the background. `wantedFormat`: that of the rows, where someone names it. */
  static async open(file: DatasetFile, journal: DocumentJournal, wantedFormat: () => Format | undefined = () => undefined): Promise<DatasetDocument> {
    const base = await openBase(file);
    const document = new DatasetDocument(file, journal, await file.isReadOnly(), base, wantedFormat);
    await Promise.race([document.#nextState(), document.indexed()]);
    if (document.failure !== undefined) throw document.failure;
    await (document.indexing ? document.head.look() : document.indexed());
    return document;
  }

  get rows(): number {
    return this.#rows.base.store.rows;
  }
  get revision(): number {
    return this.#rows.history.revision;
  }
  get format(): Format | undefined {
    return this.head.now.format;
  }
  get dirty(): boolean {
    return this.#rows.log.dirty || this.pending?.why === 'changed' || this.pending?.why === 'backup';
  }
  get saving(): boolean {
    return this.#disk.saving;
  }
  get pending(): Pending | undefined {
    return this.#pending.now;
  }
  get restoring(): boolean {
    return this.#pending.restoring;
  }
  get readOnly(): boolean {
    return this.#disk.readOnly;
  }
  /** The file was deleted or moved away. */
  get missing(): boolean {
    return this.#disk.missing;
  }
  get failure(): unknown {
    return this.#disk.failure;
  }
  get indexing(): { done: number; total: number } | undefined {
    const { index } = this.#rows.base.store;
    return index.complete ? undefined : { done: index.bytesDone, total: index.sizeBytes };
  }
  get sizeBytes(): number {
    return this.#rows.base.store.source.sizeBytes;
  }
  get finalNewline(): boolean {
    return this.#rows.base.store.index.finalNewline;
  }
  get bomBytes(): number {
    return this.#rows.base.store.index.bomBytes;
  }
  /** Settles when all lines are counted. */
  indexed(): Promise<void> {
    return this.#disk.indexed;
  }

  /** Rows as they are now, each cut at `maxBytes`. */
  read(from: number, count: number, maxBytes: number): Promise<Line[]> {
    // the file is closed for a moment while a save replaces it
    return this.#rows.read(from, count, maxBytes, () => (this.saving ? this.#nextState() : undefined));
  }

  /** All rows of one moment as the bytes of a file. Once `stale`, reading on may fail: the file was saved or read anew. */
  async content(signal?: AbortSignal): Promise<{ revision: number; sizeBytes: number; bytes: AsyncGenerator<Uint8Array>; stale(): boolean }> {
    await this.indexed();
    return this.#enqueue(async () => {
      const { base } = this.#rows;
      const { store } = base;
      return { revision: this.revision, sizeBytes: store.source.sizeBytes, bytes: store.bytes(store.snapshot(), signal), stale: () => this.saving || base !== this.#rows.base };
    });
  }

  /** Where a row is now; undefined when it is gone. */
  find(at: RowAt): number | undefined {
    return this.#rows.history.find(at);
  }

  /** Where a row is now; throws when it is gone or not as it was. */
  findUntouched(at: RowAt): number {
    return this.#rows.history.rowUntouched(at);
  }

  // edits, one after the other

  setText(at: RowAt, path: JsonPath, text: string, stroke: string | undefined, label: (row: number) => string, form: TextForm = 'text'): Promise<void> {
    const make = async (row: number) => {
      const splice = await textSplice(this, row, path, text, form);
      this.drafts.drop(row, path);
      return splice;
    };
    return this.#edit(() => this.#rows.history.rowNow(at), make, label, stroke);
  }

  /** Takes down what is half-typed, a value that is no JSON yet or a note: on disk within a second, and in no row. */
  setDraft(at: RowAt, place: DraftPlace, text: string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#rows.history.rowNow(at);
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
    return this.#edit(() => this.#rows.history.rowUntouched(at), (row) => changeSplice(this, row, op), label);
  }

  /** The text was made from the whole line of that revision. Refused when anything else changed the line since, so that nothing is overwritten unseen. */
  setLine(at: RowAt, text: string, stroke: string | undefined, label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#rows.history.rowUntouched(at, stroke), (row) => lineSplice(this, row, text), label, stroke);
  }

  /** Makes the edits of a quick fix, whose places count in the line of that revision. Refused when the line changed since. */
  fixLine(at: RowAt, edits: readonly LineEdit[], label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#rows.history.rowUntouched(at), (row) => fixSplice(this, row, edits), label);
  }

  /** Adds a row after one (-1: before the first); answers its number. */
  async addRow(at: RowAt, what: 'empty' | 'copy', label: (row: number) => string): Promise<number> {
    let added = 0;
    await this.#edit(() => (added = at.row < 0 ? 0 : this.#rows.history.rowNow(at) + 1), (row) => addedSplice(this, row - 1, what), label);
    return added;
  }

  deleteRow(at: RowAt, label: (row: number) => string): Promise<void> {
    return this.#edit(() => this.#rows.history.rowNow(at), (row) => deletedSplice(this, row), label);
  }

  /** Replaces whole lines of one revision by others, as one step of undo. Refused when rows changed since. */
  replaceLines(revision: number, lines: readonly { row: number; before: string; after: string }[], label: string): Promise<void> {
    return this.#enqueue(async () => {
      this.#requireWritable();
      if (revision !== this.revision) throw new UserError('Rows were changed meanwhile, so nothing was replaced. Try again.', 'row-changed');
      if (lines.length > 0) this.#rows.add(label, lines.map(({ row, before, after }) => ({ at: row, removed: [before], inserted: [after] })), undefined);
    });
  }

  /** `find`: which row it is about, when its turn has come. */
  #edit(find: () => number, make: (row: number) => Promise<Splice | undefined>, label: (row: number) => string, stroke?: string): Promise<void> {
    return this.#enqueue(async () => {
      const row = find();
      this.#requireWritable();
      const splice = await make(row);
      if (splice) this.#rows.add(label(row), [splice], stroke);
    });
  }

  /** The next typing is a new step of undo. */
  seal(): void {
    void this.#enqueue(async () => this.#rows.log.seal());
  }

  /** Whether there was anything to do. */
  undo(id: number): Promise<boolean> {
    return this.#enqueue(async () => this.#rows.step(this.#rows.log.undo(id)));
  }
  redo(id: number): Promise<boolean> {
    return this.#enqueue(async () => this.#rows.step(this.#rows.log.redo(id)));
  }

  /** False once the document was read anew since the edit. */
  knows(id: number): boolean {
    return this.#rows.log.knows(id);
  }

  // the file

  /**
   * Writes the rows to the file. Edits may go on meanwhile and stay unsaved. Throws `ChangedOnDisk` when the file is not the one that was
   * read, unless `overwrite`; on any error the document is as it was.
   */
  save(signal: AbortSignal, overwrite = false): Promise<void> {
    return this.#disk.save(signal, overwrite);
  }

  /** Writes the rows to another file; the document stays what it is. */
  saveCopy(target: DatasetFile, signal: AbortSignal): Promise<void> {
    return this.#disk.saveCopy(target, signal);
  }

  /** Back to what is on disk; pending edits are given up. */
  revert(): Promise<void> {
    return this.#disk.revert();
  }

  /** Looks whether someone else wrote the file. Written on at its end: rows appear. Else, clean: reads it anew; with unsaved edits: they wait for a decision. */
  checkDisk(): Promise<void> {
    return this.#disk.check();
  }

  /** Reads the file anew, or what was added to it; unsaved edits become pending where other rows changed. */
  reload(): Promise<void> {
    return this.#disk.reload();
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
    return this.pending?.splices ?? composeSteps(this.#rows.log.sinceSave());
  }

  /** Unsaved edits at this moment were given up by closing the document. */
  async dispose(): Promise<void> {
    this.head.dispose();
    this.#disk.abort();
    await this.#queue;
    await this.journal.close(this.dirty);
    await this.#disk.close();
  }

  #requirePermission(): void {
    if (this.readOnly) throw new UserError(`${this.file.name} is read-only.`, 'read-only');
  }

  #requireWritable(): void {
    this.#requirePermission();
    if (this.pending || this.restoring) throw new UserError('Decide first about the unsaved edits in the bar above the rows.', 'pending');
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
