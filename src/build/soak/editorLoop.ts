/** Random sessions of the dataset editor on a disk that crashes, is full, or is written to by others: after each the rows are those of a plain model, or the script names its seed. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mock } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createRng, type Rng } from '../../core/rng.ts';
import type { Edit } from '../../dataset/editLog.ts';
import { diskFile } from '../../host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../host/datasetEditor/documentJournal.ts';
import { createMemoryDisk, type End, type MemoryDisk } from './memoryDisk.ts';
import { lineOf, plainBytes, randomRow, randomText, rawRow, withText, type PlainRow, type PlainStyle } from './plainDataset.ts';

export interface EditorReport {
  scripts: number;
  edits: number;
  undone: number;
  redone: number;
  /** Values that were typed and were no JSON yet. */
  drafts: number;
  saves: number;
  /** Ends by what went on: nothing, a save, a write of the journal, bringing edits back. */
  crashes: Record<'idle' | 'saving' | 'journal' | 'restoring', number>;
  /** Of them power cuts. */
  powerCuts: number;
  diskFull: number;
  cancelled: number;
  /** Files that someone else wrote meanwhile. */
  changedByOthers: number;
  grownByOthers: number;
}

export function emptyReport(): EditorReport {
  return { scripts: 0, edits: 0, undone: 0, redone: 0, drafts: 0, saves: 0, crashes: { idle: 0, saving: 0, journal: 0, restoring: 0 }, powerCuts: 0, diskFull: 0, cancelled: 0, changedByOthers: 0, grownByOthers: 0 };
}

const NAME = 'train.jsonl';
const STEPS = 40;

/** One script. Throws with the seed when a row was lost, doubled or changed. */
export async function editorScript(seed: number, report: EditorReport): Promise<void> {
  const disk = createMemoryDisk();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    await new Script(disk, createRng(seed, 6), report).play();
    report.scripts++;
  } catch (error) {
    throw new Error(`Seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    mock.timers.reset();
    disk.dispose();
  }
}

type Rows = readonly PlainRow[];
/** What is typed and is in no row, by the row that it will be in. */
type Drafts = ReadonlyMap<PlainRow, string>;
interface Moment {
  rows: Rows;
  drafts: Drafts;
}
type Opened = Awaited<ReturnType<typeof openOn>>;

class Script {
  #open!: Opened;
  readonly #style: PlainStyle;
  /** What the file holds. */
  #saved: Rows;
  /** Every state that can be undone to, and the one that is shown. */
  #states: Rows[];
  #position = 0;
  #drafts: Drafts = new Map();
  /** Moments since the last that is on disk for certain: one of them has to come back. */
  #possible: Moment[];
  #backup: string | undefined;
  #made = 0;
  /** The journal may have to catch up. */
  #wasFull = false;
  /** The file, and what ends of the process left beside it. */
  #beside = new Set([NAME]);

  constructor(
    private readonly disk: MemoryDisk,
    private readonly rng: Rng,
    private readonly report: EditorReport,
  ) {
    this.#style = { bom: rng.below(4) === 0, crlf: rng.below(3) === 0, finalNewline: rng.below(3) > 0 };
    this.#saved = Array.from({ length: 3 + rng.below(rng.below(5) === 0 ? 300 : 9) }, () => this.#newRow());
    this.#states = [this.#saved];
    this.#possible = [this.#moment];
  }

  async play(): Promise<void> {
    const { disk, rng } = this;
    disk.write(NAME, plainBytes(this.#saved, this.#style));
    this.#open = await openOn(disk);
    for (let step = 0; step < STEPS; step++) {
      this.#giveUpDrafts(this.#rows);
      const action = rng.below(22);
      if (action < 9) await this.#edit();
      else if (action < 11) await this.#undo();
      else if (action < 12) await this.#redo();
      else if (action < 14) await this.#passSecond();
      else if (action < 16) await this.#save();
      else if (action < 17) await this.#takeBackup();
      else if (action < 18) await this.#someoneWrites();
      else if (action < 20) await this.#crash();
      else await this.#typeHalf();
      assert.deepEqual(await rowsOf(this.#open.document), linesOf(this.#rows, this.#style), `the rows after step ${step}`);
      assert.deepEqual(draftsOf(this.#open.document), this.#draftLines(this.#drafts), `what is typed after step ${step}`);
    }
    await this.#crash();
    await this.#saveWhole();
  }

  get #rows(): Rows {
    return this.#states[this.#position]!;
  }

  get #moment(): Moment {
    return { rows: this.#rows, drafts: this.#drafts };
  }

  #draftLines(drafts: Drafts): string[] {
    return [...drafts].map(([row, text]) => `${lineOf(row)}: ${text}`).sort();
  }

  /** A value that is no JSON yet. */
  async #typeHalf(): Promise<void> {
    const { document } = this.#open;
    const row = this.rng.below(this.#rows.length);
    const drafts = new Map(this.#drafts);
    const text = `{"half": ${JSON.stringify(randomText(this.rng))}`;
    await document.setDraft({ row, revision: document.revision }, ['half'], text);
    this.#drafts = drafts.set(this.#rows[row]!, text);
    this.#possible.push(this.#moment);
    this.report.drafts++;
  }

  /** What is typed stays with its row, also when that is edited, and goes with it. */
  #followDrafts(edited: ReadonlyMap<PlainRow, PlainRow> = new Map()): void {
    this.#drafts = new Map([...this.#drafts].map(([row, text]) => [edited.get(row) ?? row, text] as const).filter(([row]) => this.#rows.includes(row)));
  }

  /** Another row says the same: which of the two is gone, when one is, nobody can tell. */
  #hasTwin(row: PlainRow): boolean {
    return this.#rows.some((other) => other !== row && lineOf(other) === lineOf(row));
  }

  /** Undo and redo can do anything to a row, so what is typed for one that becomes another is given up first; so is what is typed for one with a twin. */
  #giveUpDrafts(next: Rows): void {
    const stays = (row: PlainRow) => next.includes(row) && !this.#hasTwin(row);
    for (const gone of [...this.#drafts.keys()].filter((row) => !stays(row))) {
      this.#open.document.drafts.drop(this.#rows.indexOf(gone), ['half']);
      this.#drafts = new Map([...this.#drafts].filter(([row]) => row !== gone));
      this.#possible.push(this.#moment);
    }
  }

  #newRow(): PlainRow {
    return randomRow(this.rng, ++this.#made);
  }

  /** A random edit, made in the document; the rows after it. */
  async #change(rows: Rows): Promise<Rows> {
    const { document } = this.#open;
    const { rng } = this;
    const row = rng.below(rows.length);
    const at = { row, revision: document.revision };
    this.report.edits++;
    switch (rng.below(6)) {
      case 0:
        if (rows.length <= 2) return rows;
        await document.deleteRow(at, () => 'delete');
        return rows.toSpliced(row, 1);
      case 1:
        await document.addRow(at, 'copy', () => 'copy');
        return rows.toSpliced(row + 1, 0, { ...rows[row]! });
      case 2: {
        const text = `{"raw": ${rng.below(100)}, "é": "${'x'.repeat(rng.below(50))}"}`;
        await document.setLine(at, text, undefined, () => 'line');
        return lineOf(rows[row]!) === lineOf(rawRow(text)) ? rows : rows.with(row, rawRow(text));
      }
      default: {
        if (rows[row]!.literal === undefined) return rows;
        const text = randomText(rng);
        await document.setText(at, ['completion'], text, rng.below(2) ? `stroke ${rng.below(2)}` : undefined, () => 'text');
        const after = withText(rows[row]!, text);
        return after.literal === rows[row]!.literal ? rows : rows.with(row, after);
      }
    }
  }

  async #edit(): Promise<void> {
    const before = this.#open.edits.length;
    this.#took(await this.#change(this.#rows), this.#open.edits.length > before);
  }

  /** The rows after an edit: a new step of undo, or more of the last one. */
  #took(rows: Rows, isNew: boolean): void {
    const before = this.#rows;
    if (isNew) this.#states.length = ++this.#position;
    this.#states[this.#position] = rows;
    this.#followDrafts(new Map(before.length === rows.length ? before.map((row, i) => [row, rows[i]!]) : []));
    this.#possible.push(this.#moment);
    if (isNew) this.#open.edits.splice(this.#position - 1, this.#open.edits.length - this.#position);
  }

  async #undo(): Promise<void> {
    if (this.#position === 0) return;
    const position = this.rng.below(4) === 0 ? this.rng.below(this.#position) : this.#position - 1;
    this.#giveUpDrafts(this.#states[position]!);
    this.#position = position;
    assert.ok(await this.#open.document.undo(this.#open.edits[this.#position]!.id), 'it can be undone');
    this.#possible.push(this.#moment);
    this.report.undone++;
  }

  async #redo(): Promise<void> {
    if (this.#position === this.#states.length - 1) return;
    this.#giveUpDrafts(this.#states[this.#position + 1]!);
    assert.ok(await this.#open.document.redo(this.#open.edits[this.#position]!.id), 'it can be redone');
    this.#position++;
    this.#possible.push(this.#moment);
    this.report.redone++;
  }

  /** Whatever was done is on disk after a second, unless the disk is full. */
  async #passSecond(): Promise<void> {
    const { disk, rng } = this;
    const full = rng.below(4) === 0;
    if (full) disk.fullFrom = disk.operations + rng.below(6);
    mock.timers.tick(1000);
    await quiet(disk);
    if (!full && this.#wasFull) {
      mock.timers.tick(2000);
      await quiet(disk);
    }
    disk.fullFrom = undefined;
    this.#wasFull = full;
    if (full) this.report.diskFull++;
    else this.#possible = [this.#moment];
  }

  async #save(): Promise<void> {
    const { disk, rng } = this;
    switch (rng.below(4)) {
      case 0:
        return this.#saveWhole();
      case 1: {
        // edits go on meanwhile
        const saving = this.#open.document.save(new AbortController().signal);
        const states = [this.#rows];
        for (let n = 1 + rng.below(3); n > 0; n--) {
          for (let wait = rng.below(30); wait > 0; wait--) await Promise.resolve();
          await this.#edit();
          states.push(this.#rows);
        }
        await saving;
        this.#nowSaved(states);
        return;
      }
      case 2: {
        const abort = new AbortController();
        const saving = this.#open.document.save(abort.signal).then(() => true, () => false);
        for (let wait = rng.below(120); wait > 0; wait--) await Promise.resolve();
        abort.abort();
        await this.#ended(await saving);
        this.report.cancelled++;
        return;
      }
      default: {
        disk.fullFrom = disk.operations + rng.below(12);
        const saved = await this.#open.document.save(new AbortController().signal).then(() => true, () => false);
        disk.fullFrom = undefined;
        this.#wasFull = true;
        await this.#ended(saved);
        this.report.diskFull++;
      }
    }
  }

  async #saveWhole(): Promise<void> {
    await this.#open.document.save(new AbortController().signal);
    this.#nowSaved([this.#rows]);
    assert.equal(this.#open.document.dirty, false, 'a saved document is clean');
  }

  async #ended(saved: boolean): Promise<void> {
    if (saved) this.#nowSaved([this.#rows]);
    else assert.ok(this.disk.read(NAME).equals(plainBytes(this.#saved, this.#style)), 'a save that failed leaves the file as it was');
    assert.deepEqual(this.disk.names('').filter((name) => !this.#beside.has(name)), [], 'it leaves nothing beside the file');
  }

  #nowSaved(states: Rows[]): void {
    this.report.saves++;
    const file = this.disk.read(NAME);
    const found = states.findLast((rows) => plainBytes(rows, this.#style).equals(file));
    assert.ok(found, 'the file holds the rows as they were during the save');
    this.#saved = found;
    if (found === this.#rows) {
      this.#backup = undefined; // VS Code deletes it
      this.#possible = [...this.#possible, this.#moment].map(({ drafts }) => ({ rows: found, drafts }));
    }
  }

  /** VS Code's own backup. */
  async #takeBackup(): Promise<void> {
    const { document } = this.#open;
    if (!document.dirty) return;
    await document.journal.flush().catch(() => document.journal.flush()); // the first tells of a disk that was full before
    this.#possible = [this.#moment];
    this.#backup = [...document.journal.backupText(document.unsaved())].join('');
  }

  /** A program of someone else's writes the file: rows that were not edited here, or new ones at its end. */
  async #someoneWrites(): Promise<void> {
    const { disk, rng } = this;
    const { document } = this.#open;
    const grows = this.#style.finalNewline && rng.below(2) === 0;
    const theirs = new Map<PlainRow, PlainRow>();
    // rows that nothing was done to, here or near them: what is near is one change with it
    const untouched = this.#saved.map((row, i) => this.#rows.includes(row) && (i === 0 || this.#rows.indexOf(row) === this.#rows.indexOf(this.#saved[i - 1]!) + 1));
    const free = this.#saved.filter((_row, i) => untouched.slice(Math.max(0, i - 3), i + 4).every(Boolean));
    if (!grows) {
      if (this.#style.crlf && !this.#style.finalNewline) return; // the last row and the one before it change their ends
      for (const row of free) if (rng.below(6) === 0 && !(this.#drafts.has(row) && this.#hasTwin(row))) theirs.set(row, this.#newRow());
      if (theirs.size === 0) return;
    }
    const added = grows ? Array.from({ length: 1 + rng.below(4) }, () => this.#newRow()) : [];
    const merge = (rows: Rows) => [...rows.map((row) => theirs.get(row) ?? row), ...added];
    this.#saved = merge(this.#saved);
    const bytes = plainBytes(this.#saved, this.#style);
    if (grows) disk.append(NAME, bytes.subarray(disk.read(NAME).length));
    else disk.write(NAME, bytes);
    await document.checkDisk();
    if (grows) {
      // rows appear; everything that could be undone still can
      assert.equal(document.pending, undefined, 'a file that grew asks nothing');
      this.#states = this.#states.map(merge);
      this.#possible = this.#possible.map(({ rows, drafts }) => ({ rows: merge(rows), drafts }));
      this.report.grownByOthers++;
    } else {
      const rows = merge(this.#rows);
      if (document.pending) assert.deepEqual(await document.replayPending('Reapply'), [], 'rows that nobody else changed take their edits');
      this.#restart(rows, linesOf(rows, this.#style).join('\n') !== linesOf(this.#saved, this.#style).join('\n'));
      this.#followDrafts();
      await quiet(disk);
      this.#possible = [this.#moment];
      this.report.changedByOthers++;
    }
    this.#backup = undefined; // VS Code makes another one
  }

  /** Undo begins anew; edits that were brought back are one step of it. */
  #restart(rows: Rows, broughtBack: boolean): void {
    this.#states = broughtBack ? [this.#saved, rows] : [rows];
    this.#position = this.#states.length - 1;
    const { edits } = this.#open;
    edits.splice(0, edits.length - this.#position);
    assert.equal(edits.length, this.#position, 'what was brought back is one step of undo');
  }

  /** The process or the machine ends, at a random file operation of what goes on. Then it starts again, and may end again while edits come back. */
  async #crash(): Promise<void> {
    const { disk, rng, report } = this;
    const before = this.#saved;
    let during: keyof EditorReport['crashes'] = (['idle', 'saving', 'saving', 'journal'] as const)[rng.below(4)]!;
    if (during !== 'idle') {
      disk.endAt(disk.operations + 1 + rng.below(during === 'saving' ? 45 : 6), rng);
      const work = during === 'saving' ? this.#open.document.save(new AbortController().signal) : this.#open.document.journal.flush();
      await Promise.race([work.catch(() => undefined), disk.ended]);
      if (during === 'saving') {
        const file = disk.read(NAME);
        if (plainBytes(this.#rows, this.#style).equals(file)) this.#saved = this.#rows;
      }
    }
    for (let again = rng.below(3); ; again--) {
      const how: End = rng.below(2) ? 'kill' : 'power';
      report.crashes[during]++;
      if (how === 'power') report.powerCuts++;
      this.#open.forget();
      disk.restart(how, rng);
      this.#beside = new Set(disk.names(''));
      const file = disk.read(NAME);
      const saved = [this.#saved, before, ...this.#possible.map(({ rows }) => rows)].find((rows) => plainBytes(rows, this.#style).equals(file));
      assert.ok(saved, 'the file is the old one or the new one');
      this.#saved = saved;
      if (again > 0) disk.endAt(disk.operations + 8 + rng.below(40), rng);
      during = 'restoring';
      const restored = await Promise.race([this.#restore().then(() => true), disk.ended.then(() => false)]);
      disk.endAt(undefined, rng);
      if (restored) return;
    }
  }

  async #restore(): Promise<void> {
    const { disk } = this;
    const open = await openOn(disk);
    this.#open = open;
    const { document } = open;
    const backup = this.#backup;
    await document.restore(backup === undefined ? undefined : await document.journal.readBackup(backup, 1), 'Restore');
    if (document.pending) assert.deepEqual(await document.replayPending('Restore'), [], 'every edit finds its row');
    const found = await rowsOf(document);
    const moments = this.#possible.filter(({ rows }) => linesOf(rows, this.#style).join('\n') === found.join('\n'));
    assert.ok(moments.length > 0, `what was on disk before the end is there after it (${found.length} rows, ${this.#possible.map(({ rows }) => rows.length).join(', ')} expected)`);
    const typed = draftsOf(document);
    const moment = moments.findLast(({ drafts }) => isDeepStrictEqual(this.#draftLines(drafts), typed));
    assert.ok(moment, `what was typed is there as well: ${JSON.stringify(typed)}, not one of ${JSON.stringify(moments.map(({ drafts }) => this.#draftLines(drafts)))}`);
    await document.journal.flush();
    await quiet(disk);
    this.#drafts = moment.drafts;
    this.#backup = undefined;
    this.#restart(moment.rows, open.edits.length > 0);
    this.#possible = [this.#moment];
  }
}

async function openOn(disk: MemoryDisk) {
  const errors: unknown[] = [];
  const edits: Edit[] = [];
  const journal = createDocumentJournal({ uri: 'file:///data/train.jsonl', folder: join(disk.root, 'journals'), owner: 1, isAlive: () => Promise.resolve(false), onError: (error) => errors.push(error) });
  const document = await DatasetDocument.open(diskFile(join(disk.root, NAME), join(disk.root, 'spare')), journal);
  document.edited.on((edit) => edits.push(edit));
  await document.indexed();
  return { document, edits, errors, forget: () => void journal.close(false) };
}

function linesOf(rows: Rows, style: PlainStyle): string[] {
  return rows.map((row, i) => lineOf(row) + (style.crlf && (style.finalNewline || i < rows.length - 1) ? '\r' : ''));
}

/** What is typed and is in no row, with the lines of those rows without their ending. */
function draftsOf({ drafts }: DatasetDocument): string[] {
  return drafts.all.map(({ line, text }) => `${bytesOf(line).replace(/\r$/, '')}: ${text}`).sort();
}

/** The rows of the document as bytes. */
async function rowsOf(document: DatasetDocument): Promise<string[]> {
  const lines = await document.read(0, 1e6, 1e9);
  return lines.map(({ text }) => bytesOf(text));
}

/** UTF-8, and one byte for each lone U+DC80 to U+DCFF. */
function bytesOf(text: string): string {
  const utf8 = Buffer.from(text);
  if (!utf8.includes('\ufffd')) return utf8.toString('latin1');
  return Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return code >= 0xdc80 && code <= 0xdcff ? String.fromCharCode(code - 0xdc00) : Buffer.from(character).toString('latin1');
  }).join('');
}

/** Until nothing asks the disk any more. */
async function quiet(disk: MemoryDisk): Promise<void> {
  for (let still = 0, before = -1; still < 3; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    still = disk.operations === before ? still + 1 : 0;
    before = disk.operations;
  }
}
