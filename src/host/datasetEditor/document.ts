/** One open dataset: the file it was read from, its rows with the unsaved edits, and everything that can happen to both. Knows no view. */

import type { ByteSource } from '../../core/byteSource.ts';
import { createEmitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import type { LineEdit } from '../../dataset/checks/check.ts';
import { composeSteps, EditLog, type Edit, type Splice } from '../../dataset/editLog.ts';
import { emptyRow } from '../../dataset/emptyRow.ts';
import { fingerprintOf, type Fingerprint } from '../../dataset/fingerprint.ts';
import type { Format } from '../../dataset/format.ts';
import { matchSplices, type Matched } from '../../dataset/journal.ts';
import { setText, type JsonPath } from '../../dataset/jsonEdit.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { withoutCr } from '../../dataset/lineText.ts';
import { RecordStore, type Line, type Snapshot } from '../../dataset/recordStore.ts';
import { applyEdits } from '../../language/fixes.ts';
import { ChangeHistory, type RowAt } from './changeHistory.ts';
import type { DatasetFile } from './diskFile.ts';
import { DocumentHead } from './documentHead.ts';
import type { DocumentJournal, LeftBehind } from './documentJournal.ts';

/** A row that is longer can be read in part, but not edited in a form. */
export const MAX_ROW_BYTES = 2 * 1024 * 1024;

export interface RowsChanged {
  revision: number;
  rows: number;
  splices: readonly Splice[];
  stroke: string | undefined;
}

/** Edits that are not in the rows, because someone has to say first whether they shall be. */
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

/** The file on disk is not the one that the rows came from. */
export class ChangedOnDisk extends Error {
  override name = 'ChangedOnDisk';
}

/** The file as it was read: never changed, only replaced. */
interface Base {
  store: RecordStore;
  fingerprint: Fingerprint;
  /** Ends what still reads it. */
  abort: AbortController;
}

export class DatasetDocument {
  readonly rowsChanged = createEmitter<RowsChanged>();
  /** Every row may be another one. */
  readonly reloaded = createEmitter<void>();
  /** Something else than rows changed: indexing, format, pending edits, read-only, missing file. */
  readonly stateChanged = createEmitter<void>();
  /** A new step of undo. */
  readonly edited = createEmitter<Edit>();
  /** Format, and problems of the file as a whole. */
  readonly head: DocumentHead;

  #base: Base;
  #log = new EditLog();
  readonly #changes = new ChangeHistory();
  #queue: Promise<unknown> = Promise.resolve();
  #indexing: Promise<void>;
  #reading: Base | undefined;
  #saving = false;
  #pending: Pending | undefined;
  #restoring = false;
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
    this.#indexing = this.#buildIndex(base).then(() => (this.head.now.full || this.#failure ? undefined : this.head.look()));
  }

  /** Resolves when the first rows can be shown; the rest is counted in the background. `wantedFormat`: that of the rows, where someone names it. */
  static async open(file: DatasetFile, journal: DocumentJournal, wantedFormat: () => Format | undefined = () => undefined): Promise<DatasetDocument> {
    const { source, modifiedMs } = await file.open();
    const readOnly = await file.isReadOnly();
    const document = new DatasetDocument(file, journal, readOnly, await createBase(source, modifiedMs), wantedFormat);
    await new Promise<void>((resolve, reject) => {
      const stop = document.stateChanged.on(() => (stop(), resolve()));
      document.#indexing.then(() => (document.#failure ? reject(document.#failure) : resolve()));
    });
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
    return this.#log.dirty || this.#pending?.why === 'changed' || this.#pending?.why === 'backup';
  }
  get saving(): boolean {
    return this.#saving;
  }
  get pending(): Pending | undefined {
    return this.#pending;
  }
  get restoring(): boolean {
    return this.#restoring;
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
        if (this.#saving) await this.#nextChange();
        else if (store === this.#base.store) throw error; // otherwise the file was saved or reloaded meanwhile
      }
    }
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.stateChanged.on(() => (stop(), resolve()));
    });
  }

  /** Where a row is now; undefined when it is gone. */
  find(at: RowAt): number | undefined {
    return this.#changes.find(at);
  }

  // edits, one after the other

  setText(at: RowAt, path: JsonPath, text: string, stroke: string | undefined, label: (row: number) => string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#changes.rowNow(at);
      const line = await this.#editableLine(row);
      const edited = setText(withoutCr(line), path, text);
      if (edited === undefined) throw new UserError(`Row ${row + 1} has no text at "${path.join('.')}" any more. Edit the row as JSON.`, 'no-text');
      this.#replaceLine(row, line, edited, stroke, label(row));
    });
  }

  /** The text was made from the whole line of that revision. Refused when anything else changed the line since, so that nothing is overwritten unseen. */
  setLine(at: RowAt, text: string, stroke: string | undefined, label: (row: number) => string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#changes.rowUntouched(at, stroke);
      const line = await this.#editableLine(row);
      // a line break would make two rows; between the parts of JSON a space means the same
      this.#replaceLine(row, line, text.replace(/[ \t]*[\r\n]+[ \t]*/g, ' '), stroke, label(row));
    });
  }

  /** Makes the edits of a quick fix, whose places count in the line of that revision. Refused when the line changed since. */
  fixLine(at: RowAt, edits: readonly LineEdit[], label: (row: number) => string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#changes.rowUntouched(at);
      if (edits.some(({ removesLine }) => removesLine)) return this.#removeRow(row, label(row));
      const line = await this.#editableLine(row);
      this.#replaceLine(row, line, applyEdits(withoutCr(line), [...edits].sort((a, b) => a.start - b.start)), undefined, label(row));
    });
  }

  /** Adds a row after one (-1: before the first); answers its number. */
  addRow(at: RowAt, what: 'empty' | 'copy', label: (row: number) => string): Promise<number> {
    return this.#enqueue(async () => {
      const after = at.row < 0 ? -1 : this.#changes.rowNow(at);
      const neighbour = this.rows === 0 ? undefined : await this.#editableLine(Math.max(0, after));
      const text = what === 'copy' && neighbour !== undefined ? withoutCr(neighbour) : emptyRow(this.format?.fields, neighbour);
      const cr = (await this.#isCrlf()) ? '\r' : '';
      const row = after + 1;
      // the new last line of a file without a last newline: the line before it gets the ending that it lacked
      const joins = row === this.rows && row > 0 && !this.#base.store.index.finalNewline && neighbour !== undefined;
      const splice: Splice = joins ? { at: after, removed: [neighbour], inserted: [neighbour + cr, text] } : { at: row, removed: [], inserted: [text + cr] };
      this.#add(label(row), [splice], undefined);
      return row;
    });
  }

  deleteRow(at: RowAt, label: (row: number) => string): Promise<void> {
    return this.#enqueue(async () => {
      const row = this.#changes.rowNow(at);
      await this.#removeRow(row, label(row));
    });
  }

  async #removeRow(row: number, label: string): Promise<void> {
    const [line] = await this.#base.store.texts(row, 1);
    if (line === undefined) return;
    const becomesLast = row > 0 && row === this.rows - 1 && !this.#base.store.index.finalNewline;
    const before = becomesLast ? (await this.read(row - 1, 1, Infinity))[0]?.text : undefined;
    const splice: Splice = before?.endsWith('\r') ? { at: row - 1, removed: [before, line], inserted: [withoutCr(before)] } : { at: row, removed: [line], inserted: [] };
    this.#requireWritable();
    this.#add(label, [splice], undefined);
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
    if (this.#pending) throw new UserError(`${this.file.name} has unsaved edits that wait for your decision: reapply or discard them first.`, 'pending');
    this.#saving = true;
    try {
      await this.#indexing;
      const snapshot = await this.#enqueue(async () => {
        this.#log.beginSave();
        return this.#base.store.snapshot();
      });
      const index = await this.#writeTo(this.file, snapshot, signal, async () => {
        if (!overwrite && (await this.#changedOnDisk())) throw new ChangedOnDisk(`${this.file.name} changed on disk.`);
      });
      const { source, modifiedMs } = await this.file.open();
      const fingerprint = await fingerprintOf(source, modifiedMs);
      this.#log.endSave(true);
      this.#rebase({ store: new RecordStore(source, index), fingerprint, abort: new AbortController() });
      this.#missing = false;
    } finally {
      this.#log.endSave(false);
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
      if (this.#pending?.left) await this.journal.settle(this.#pending.left);
      this.#pending = undefined;
      const steps = (await this.#changedOnDisk()) ? undefined : this.#log.revert();
      if (steps) this.#applySteps(steps);
      else {
        this.#log.clear();
        await this.#readAnew();
      }
      this.journal.restart([]);
    });
    this.stateChanged.emit();
  }

  /** Looks whether someone else wrote the file. Clean: reads it anew. With unsaved edits: they wait for a decision. */
  async checkDisk(): Promise<void> {
    if (this.#saving) return;
    const readOnly = await this.file.isReadOnly().catch(() => this.#readOnly);
    const missing = (await this.file.stamp()) === undefined;
    if (readOnly !== this.#readOnly || missing !== this.#missing) {
      this.#readOnly = readOnly;
      this.#missing = missing;
      this.stateChanged.emit();
    }
    if (!missing && !this.#saving && (await this.#changedOnDisk())) await this.reload();
  }

  /** Reads the file anew; unsaved edits become pending. */
  async reload(): Promise<void> {
    await this.#enqueue(async () => {
      const splices = this.#pending?.why === 'changed' ? this.#pending.splices : composeSteps(this.#log.sinceSave());
      this.#log.clear();
      await this.#readAnew();
      if (splices.length > 0) {
        this.#pending = { why: 'changed', splices, matched: await matchSplices(splices, this.#base.store, this.#base.abort.signal), when: Date.now() };
      }
      this.stateChanged.emit();
    });
  }

  // edits of an earlier session

  /** Looks for them once, when a view can show the question. Edits of a backup that fits are applied at once. `backup-lost`: there was one. */
  async restore(from: LeftBehind | 'backup-lost' | undefined, label: string): Promise<void> {
    const backup = from === 'backup-lost' ? undefined : from;
    this.#restoring = true;
    try {
      const left = backup ?? (await this.journal.findLeftBehind(from === 'backup-lost'));
      if (!left) return;
      await this.#indexing;
      const splices = composeSteps(left.journal.steps);
      if (splices.length === 0) return void (await this.journal.settle(left));
      const matched = await matchSplices(splices, this.#base.store, this.#base.abort.signal);
      if (backup && matched.lost.length === 0 && !this.#readOnly) {
        this.#add(label, matched.matching, undefined);
        await this.journal.flush();
        await this.journal.settle(left);
      } else {
        this.#pending = { why: backup ? 'backup' : 'session', splices, matched, when: left.when, left };
      }
    } finally {
      this.#restoring = false;
      this.stateChanged.emit();
    }
  }

  /** Applies those pending edits whose rows are still there; answers those whose rows are not. */
  async replayPending(label: string): Promise<readonly Splice[]> {
    return this.#enqueue(async () => {
      const pending = this.#pending;
      if (!pending) return [];
      this.#requirePermission();
      const { matching, lost } = await matchSplices(pending.splices, this.#base.store, this.#base.abort.signal);
      if (lost.length > 0) await this.journal.keepLost(lost);
      this.#pending = undefined;
      if (matching.length > 0) this.#add(label, matching, undefined);
      this.journal.restart(this.unsaved()); // what it held until now counts rows of the file as it was before
      await this.journal.flush();
      if (pending.left) await this.journal.settle(pending.left);
      this.stateChanged.emit();
      return lost;
    });
  }

  /** Gives up edits of an earlier session. (Edits of this one are given up by reverting.) */
  async discardPending(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending?.left) await this.journal.settle(pending.left);
    this.stateChanged.emit();
  }

  /** The unsaved edits, net. */
  unsaved(): readonly Splice[] {
    return this.#pending?.splices ?? composeSteps(this.#log.sinceSave());
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

  async #buildIndex({ store, abort }: Base): Promise<void> {
    let shown = -Infinity;
    try {
      await store.index.build(store.source, {
        signal: abort.signal,
        onProgress: () => {
          store.grow();
          // often enough to look alive, seldom enough to cost nothing
          if (performance.now() - shown < 100) return;
          shown = performance.now();
          this.stateChanged.emit();
        },
      });
      store.grow();
    } catch (error) {
      if (!abort.signal.aborted) this.#failure = error;
    }
    this.stateChanged.emit();
  }

  async #readAnew(): Promise<void> {
    const { source, modifiedMs } = await this.file.open();
    const base = await createBase(source, modifiedMs);
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

  async #writeTo(file: DatasetFile, snapshot: Snapshot, signal: AbortSignal, check: () => Promise<void>): Promise<LineIndex> {
    const { store } = this.#base;
    const index = new LineIndex(0);
    await check();
    await this.journal.flush().catch(() => undefined); // its own error was reported; the rows can be saved all the same
    await file.save(indexed(store.bytes(snapshot, signal), index), { signal, beforeReplace: check });
    index.finish();
    return index;
  }

  async #changedOnDisk(): Promise<boolean> {
    const stamp = await this.file.stamp();
    const { sizeBytes, modifiedMs } = this.#base.fingerprint;
    return stamp !== undefined && (stamp.sizeBytes !== sizeBytes || stamp.modifiedMs !== modifiedMs);
  }

  async #isCrlf(): Promise<boolean> {
    const [first] = await this.read(0, 1, MAX_ROW_BYTES);
    return first?.text.endsWith('\r') === true;
  }

  async #editableLine(row: number): Promise<string> {
    this.#requireWritable();
    const [line] = await this.read(row, 1, MAX_ROW_BYTES);
    if (!line) throw new UserError(`There is no row ${row + 1}.`, 'row-gone');
    if (line.cut) throw new UserError(`Row ${row + 1} is ${Math.ceil(line.sizeBytes / 1048576)} MB long, too long to be edited here. Open the file as text.`, 'row-too-long');
    return line.text;
  }

  #requirePermission(): void {
    if (this.#readOnly) throw new UserError(`${this.file.name} is read-only.`, 'read-only');
  }

  #requireWritable(): void {
    this.#requirePermission();
    if (this.#pending || this.#restoring) throw new UserError('Decide first about the unsaved edits in the bar above the rows.', 'pending');
  }

  #replaceLine(row: number, before: string, after: string, stroke: string | undefined, label: string): void {
    const line = before.endsWith('\r') ? `${after}\r` : after;
    if (line !== before) this.#add(label, [{ at: row, removed: [before], inserted: [line] }], stroke);
  }

  #add(label: string, splices: readonly Splice[], stroke: string | undefined): void {
    const added = this.#log.add(label, splices, stroke);
    this.#apply(added.splices, stroke);
    if (added.isNew) this.edited.emit(added.edit);
  }

  #applySteps(steps: readonly (readonly Splice[])[]): boolean {
    for (const splices of steps) this.#apply(splices, undefined);
    return steps.length > 0;
  }

  #apply(splices: readonly Splice[], stroke: string | undefined): void {
    this.#base.store.apply(splices);
    this.#changes.add(splices, stroke);
    this.head.follow(splices);
    this.journal.record(splices, () => this.unsaved());
    this.rowsChanged.emit({ revision: this.revision, rows: this.rows, splices, stroke });
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

async function createBase(source: ByteSource, modifiedMs: number): Promise<Base> {
  return { store: new RecordStore(source, new LineIndex(source.sizeBytes)), fingerprint: await fingerprintOf(source, modifiedMs), abort: new AbortController() };
}

async function* indexed(chunks: AsyncIterable<Uint8Array>, index: LineIndex): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    index.add(chunk);
    yield chunk;
  }
}
