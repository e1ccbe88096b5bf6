/** The journal of one open dataset: every edit on disk within a second, whatever VS Code's own backups do, and what earlier sessions left. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { hash64 } from '../../core/hash.ts';
import { UserError } from '../../core/problem.ts';
import type { Splice } from '../../dataset/editLog.ts';
import type { Fingerprint } from '../../dataset/fingerprint.ts';
import { closedLine, headerLine, parseJournal, stepLine, type Journal } from '../../dataset/journal.ts';
import { readTextIfThere } from '../../node/files.ts';
import { createJournalFile, findJournals, JOURNAL_ENDING, removeJournal, renameJournal, writeJournal } from '../../node/journalFile.ts';

/** Unsaved edits that are not in any open document. */
export interface LeftBehind {
  journal: Journal;
  /** When they were last written, ms since 1970. */
  when: number;
  paths: readonly string[];
}

export interface JournalOptions {
  /** The dataset's address. */
  uri: string;
  folder: string;
  /** This process, and whether another one lives: its edits are its own business. Undefined when this machine can't tell. */
  owner: unknown;
  isAlive(owner: unknown): Promise<boolean | undefined>;
  onError(error: unknown): void;
}

export interface DocumentJournal {
  /** What the rows were read from; set before the first edit. */
  base: Fingerprint | undefined;
  /** Takes down a change of the rows. `all` is asked for the net of all unsaved ones when the file has grown large. */
  record(splices: readonly Splice[], all: () => readonly Splice[]): void;
  /** The rows have another base now, and these unsaved edits. */
  restart(unsaved: readonly Splice[]): void;
  flush(): Promise<void>;
  /** The text of a backup for VS Code. */
  backupText(unsaved: readonly Splice[]): string;
  /** Reads a backup. Where this journal's own file of that session is newer, takes that. Throws a UserError when it is unreadable. */
  readBackup(text: string, when: number): Promise<LeftBehind>;
  /**
   * The newest edits that a crashed session left, undefined when there are none. Removes the files of sessions that were closed on
   * purpose. `backupLost`: VS Code has edits to bring back and can't, so those of closed sessions count too.
   */
  findLeftBehind(backupLost: boolean): Promise<LeftBehind | undefined>;
  /** They are back in the rows, or given up. */
  settle(left: LeftBehind): Promise<void>;
  /** Keeps edits that found no place, in a file of their own. */
  keepLost(splices: readonly Splice[]): Promise<void>;
  /** Where `keepLost` put the last of them. */
  readonly lostPath: string | undefined;
  /** The document is closed. Unsaved edits are marked as given up, not removed: VS Code may bring them back from its backup. */
  close(dirty: boolean): Promise<void>;
}

/** A journal larger than this is rewritten as the net of its edits. */
const COMPACT_BYTES = 4 * 1024 * 1024;
/** How often the file of a living session is given a new time, and after how long without one a session that can't be asked counts as ended. */
const HEARTBEAT_MS = 30_000;
const SILENT_MS = 5 * 60_000;

export function createDocumentJournal(options: JournalOptions): DocumentJournal {
  const { uri, folder, owner } = options;
  const prefix = `${hash64(new TextEncoder().encode(uri))}-`;
  const session = randomBytes(8).toString('hex');
  const file = createJournalFile(join(folder, `${prefix}${session}${JOURNAL_ENDING}`), options.onError);
  let started = false;
  let compactAt = COMPACT_BYTES;
  let lostPath: string | undefined;
  let unsavedNow: () => readonly Splice[] = () => [];
  const heartbeat = setInterval(() => {
    if (started) file.touch(() => text(unsavedNow()));
  }, HEARTBEAT_MS);
  heartbeat.unref();

  const header = () => {
    if (!journal.base) throw new Error('A journal needs to know what it is based on.');
    return headerLine({ journal: 1, uri, session, base: journal.base, owner });
  };
  const text = (unsaved: readonly Splice[]) => header() + (unsaved.length > 0 ? stepLine(unsaved) : '');

  /** Kept for a person to look at, and told once. */
  const setAside = async (path: string) => {
    const kept = path.replace(JOURNAL_ENDING, '.unreadable.jsonl');
    await renameJournal(path, kept);
    options.onError(new UserError(`Unsaved edits of ${uri} from an earlier session can't be read. They were kept in ${kept}.`, 'journal-unreadable'));
  };

  const journal: DocumentJournal = {
    base: undefined,
    get lostPath() {
      return lostPath;
    },
    record(splices, all) {
      unsavedNow = all;
      if (file.sizeBytes > compactAt) {
        file.replace(text(all()));
        compactAt = Math.max(COMPACT_BYTES, 4 * file.sizeBytes);
        return;
      }
      file.append((started ? '' : header()) + stepLine(splices));
      started = true;
    },
    restart(unsaved) {
      started = unsaved.length > 0;
      compactAt = COMPACT_BYTES;
      if (started) file.replace(text(unsaved));
      else if (file.sizeBytes > 0) file.remove();
    },
    flush: () => file.flush(),
    backupText: text,
    async readBackup(backup, when) {
      const { value, problems } = parseJournal(backup);
      if (!value) throw new UserError(`The backup of unsaved edits of ${uri} can't be read. ${problems[0]?.message ?? ''}`, 'backup-unreadable');
      for (const own of await findJournals(folder, `${prefix}${value.header.session}`)) {
        const newer = parseJournal(own.text).value;
        if (newer && newer.steps.length > 0) return { journal: newer, when: own.modifiedMs, paths: [own.path] };
      }
      return { journal: value, when, paths: [] };
    },
    async findLeftBehind(backupLost) {
      let newest: LeftBehind | undefined;
      for (const found of await findJournals(folder, prefix)) {
        const { value } = parseJournal(found.text);
        if (!value) {
          if (found.text.includes('\n')) await setAside(found.path); // else nothing was on disk yet when the process ended
          continue;
        }
        if (value.header.session === session || ((await options.isAlive(value.header.owner)) ?? Date.now() - found.modifiedMs < SILENT_MS)) continue;
        if ((value.closed && !backupLost) || value.steps.length === 0) await removeJournal(found.path);
        else newest ??= { journal: value, when: found.modifiedMs, paths: [found.path] };
      }
      return newest;
    },
    async settle(left) {
      for (const path of left.paths) await removeJournal(path);
    },
    async keepLost(splices) {
      const name = `${prefix}${session}.lost`;
      for (let n = 1; ; n++) {
        const path = join(folder, n === 1 ? `${name}.jsonl` : `${name}-${n}.jsonl`);
        if ((await readTextIfThere(path)) !== undefined) continue; // the edits of an earlier time
        await writeJournal(path, text(splices));
        lostPath = path;
        return;
      }
    },
    async close(dirty) {
      clearInterval(heartbeat);
      if (dirty && started) file.append(closedLine);
      else if (file.sizeBytes > 0) file.remove();
      await file.flush().catch(() => undefined);
    },
  };
  return journal;
}
