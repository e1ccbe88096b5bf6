/** An open dataset and its file: counting lines, saving, and noticing what others do to it. */

import { createEmitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import { composeSteps } from '../../dataset/editLog.ts';
import type { Fingerprint } from '../../dataset/fingerprint.ts';
import type { LineIndex } from '../../dataset/lineIndex.ts';
import type { Snapshot } from '../../dataset/recordStore.ts';
import type { DatasetFile } from './diskFile.ts';
import { buildIndex, ChangedOnDisk, isChangedOnDisk, openBase, openGrown, writeRows, type Base } from './documentBase.ts';
import type { OpenRows } from './openRows.ts';
import type { PendingEdits } from './pendingEdits.ts';

export interface DiskTarget {
  readonly file: DatasetFile;
  readonly rows: OpenRows;
  readonly pending: PendingEdits;
  /** Does one thing after the other, between edits. */
  enqueue<T>(task: () => Promise<T>): Promise<T>;
  /** The first rows may be others. */
  look(): Promise<void>;
  /** All lines of the file as it was opened are counted. */
  counted(): Promise<void>;
}

export class DocumentDisk {
  /** There are more rows at the end; all others are what they were. */
  readonly grown = createEmitter<void>();
  /** Every row may be another one. */
  readonly reloaded = createEmitter<void>();
  /** Something that is said here: indexing, saving, read-only, missing file, failure. */
  readonly changed = createEmitter<void>();

  #indexing: Promise<void>;
  #reading: Base | undefined;
  #saving = false;
  #readOnly: boolean;
  #missing = false;
  #failure: unknown;

  constructor(
    private readonly target: DiskTarget,
    readOnly: boolean,
  ) {
    this.#readOnly = readOnly;
    this.#indexing = this.#buildIndex(target.rows.base).then(() => (this.#failure ? undefined : target.counted()));
  }

  /** Settles when all lines are counted. */
  get indexed(): Promise<void> {
    return this.#indexing;
  }
  get saving(): boolean {
    return this.#saving;
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

  async save(signal: AbortSignal, overwrite: boolean): Promise<void> {
    const { file, rows, pending, enqueue } = this.target;
    const { log, journal } = rows;
    if (this.#saving) throw new UserError(`${file.name} is being saved already.`, 'saving');
    if (pending.now) throw new UserError(`${file.name} has unsaved edits that wait for your decision: reapply or discard them first.`, 'pending');
    this.#saving = true;
    try {
      await this.#indexing;
      if (!overwrite && (await isChangedOnDisk(file, rows.base))) await enqueue(() => this.#grow());
      const { snapshot, written } = await enqueue(async () => {
        log.beginSave();
        return { snapshot: rows.base.store.snapshot(), written: composeSteps(log.sinceSave()) };
      });
      const check = async () => {
        if (!overwrite && (await isChangedOnDisk(file, rows.base))) throw new ChangedOnDisk(`${file.name} changed on disk.`);
      };
      await check();
      const index = await this.#write(file, snapshot, signal, async (whole, copy) => {
        journal.saving({ file: whole, copy, written, since: () => composeSteps(log.sinceSaving()) });
        await this.#flushJournal();
        await check();
      });
      const base = await openBase(file, index);
      log.endSave(true);
      rows.rebase(base);
      this.#indexing = Promise.resolve();
      this.#missing = false;
    } finally {
      log.endSave(false);
      journal.saving(undefined);
      this.#saving = false;
      this.changed.emit();
    }
    // someone wrote to it within the moment between our rename and our opening it
    const { source, index } = rows.base.store;
    if (source.sizeBytes !== index.bytesDone) await this.reload();
  }

  async saveCopy(copy: DatasetFile, signal: AbortSignal): Promise<void> {
    const { rows, enqueue } = this.target;
    await this.#indexing;
    const snapshot = await enqueue(async () => {
      rows.log.seal();
      return rows.base.store.snapshot();
    });
    await this.#write(copy, snapshot, signal, () => Promise.resolve());
  }

  async revert(): Promise<void> {
    const { file, rows, pending, enqueue } = this.target;
    await enqueue(async () => {
      await pending.discard();
      const steps = (await isChangedOnDisk(file, rows.base)) ? undefined : rows.log.revert();
      if (steps) rows.step(steps);
      else {
        rows.log.clear();
        await this.#readAnew();
      }
      rows.drafts.clear();
      rows.journal.restart([]);
    });
    this.changed.emit();
  }

  async check(): Promise<void> {
    if (this.#saving) return;
    const { file, rows } = this.target;
    const readOnly = await file.isReadOnly().catch(() => this.#readOnly);
    const missing = (await file.stamp()) === undefined;
    if (readOnly !== this.#readOnly || missing !== this.#missing) {
      this.#readOnly = readOnly;
      this.#missing = missing;
      this.changed.emit();
    }
    if (!missing && !this.#saving && (await isChangedOnDisk(file, rows.base))) await this.reload();
  }

  async reload(): Promise<void> {
    const { rows, pending, enqueue } = this.target;
    await enqueue(async () => {
      if (await this.#grow()) return;
      const splices = pending.now?.why === 'changed' ? pending.now.splices : composeSteps(rows.log.sinceSave());
      rows.log.clear();
      rows.drafts.setAside();
      await this.#readAnew();
      await pending.wait(splices);
      if (!pending.now) {
        rows.journal.restart([]); // what it holds counts rows of the old file
        await rows.drafts.place(rows.base.store);
      }
      this.changed.emit();
    });
  }

  /** What still reads ends; `close` what is open then. */
  abort(): void {
    this.target.rows.base.abort.abort();
    this.#reading?.abort.abort();
  }
  async close(): Promise<void> {
    await this.target.rows.base.store.source.close();
    await this.#reading?.store.source.close();
  }

  async #buildIndex(base: Base): Promise<void> {
    try {
      await buildIndex(base, () => this.changed.emit());
    } catch (error) {
      if (!base.abort.signal.aborted) this.#failure = error;
    }
    this.changed.emit();
  }

  async #readAnew(): Promise<void> {
    const { file, rows } = this.target;
    const base = await openBase(file);
    // the old rows stay until all the new ones are known
    this.#failure = undefined;
    this.#reading = base;
    await this.#buildIndex(base);
    this.#reading = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    rows.leave(base);
    this.#indexing = Promise.resolve();
    rows.history.restart();
    await this.target.look();
    this.reloaded.emit();
  }

  /** Takes rows that someone else wrote behind the last one, and keeps everything else. False when that is not what happened. */
  async #grow(): Promise<boolean> {
    const { file, rows, pending } = this.target;
    if (pending.now || this.#failure !== undefined) return false;
    await this.#indexing;
    // a last line without LF may have gone on: that is no matter only where nothing was edited
    if (!rows.base.store.index.finalNewline && !rows.log.empty) return false;
    const unsaved = composeSteps(rows.log.sinceSave());
    const grown = await openGrown(file, rows.base, unsaved);
    if (!grown) return false;
    rows.leave(grown.base);
    rows.journal.restart(unsaved);
    if (grown.changed.length > 0) rows.announce(grown.changed, undefined);
    this.grown.emit();
    this.changed.emit();
    return true;
  }

  /** Its own error is reported; the rows can be saved all the same. */
  async #flushJournal(): Promise<void> {
    await this.target.rows.journal.flush().catch(() => undefined);
  }

  async #write(file: DatasetFile, snapshot: Snapshot, signal: AbortSignal, check: (written: Fingerprint, copy?: string) => Promise<void>): Promise<LineIndex> {
    await this.#flushJournal();
    return writeRows(this.target.rows.base, snapshot, file, signal, check);
  }
}
