/** The journal of one open dataset: every edit on disk within a second, whatever VS Code's own backups do, and what earlier sessions left. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hash64 } from '../../core/hash.ts';
import { UserError } from '../../core/problem.ts';
import { inParts } from '../../core/text.ts';
import type { Draft } from '../../dataset/drafts.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { compareFingerprints, type Fingerprint } from '../../dataset/fingerprint.ts';
import { closedLine, copyOfTorn, countOf, draftChars, draftParts, headerLine, parseJournal, savingLine, stepChars, stepParts, type Journal, type JournalHeader } from '../../dataset/journal.ts';
import { readTextIfThere } from '../../node/files.ts';
import { createJournalFile, findJournalHeads, findJournals, isThere, JOURNAL_ENDING, removeJournal, renameJournal, writeJournal } from '../../node/journalFile.ts';

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
  /** All that is typed and in no row yet. */
  drafts(): readonly Draft[];
  /** Takes down a change of the rows, and the drafts after it. `all` is asked for the net of all unsaved ones when the file has grown large. */
  record(splices: readonly Splice[], all: () => readonly Splice[]): void;
  /** Takes down that there are other drafts, for another reason than a change of the rows. */
  keep(all: () => readonly Splice[]): void;
  /** The rows have another base now, and these unsaved edits. */
  restart(unsaved: readonly Splice[]): void;
  /** A save is about to replace the file; undefined: it did, or did not. Edits in it are not to be brought back twice. */
  saving(save: SavingNow | undefined): void;
  flush(): Promise<void>;
  /** The text of a backup for VS Code, in parts. */
  backupText(unsaved: readonly Splice[]): Iterable<string>;
  /** Reads a backup. Where this journal's own file of that session is newer, takes that. Throws a UserError when it is unreadable. */
  readBackup(text: string, when: number): Promise<LeftBehind>;
  /**
   * The newest edits that a crashed session left, also under the name that the file had then; undefined when there are none. Removes the files of sessions that were closed on
   * purpose. `backupLost`: VS Code has edits to bring back and can't, so those of closed sessions count too.
   */
  findLeftBehind(backupLost: boolean): Promise<LeftBehind | undefined>;
  /** From now on these edits are among this session's. `backup`: VS Code has them too. */
  follow(left: LeftBehind, backup: boolean): void;
  /** They are back in the rows, or given up. */
  settle(left: LeftBehind): Promise<void>;
  /** Keeps edits that found no place, in a file of their own. */
  keepLost(splices: readonly Splice[]): Promise<void>;
  /** Where `keepLost` put the last of them. */
  readonly lostPath: string | undefined;
  /** The document is closed. Unsaved edits are marked as given up, not removed: VS Code may bring them back from its backup. */
  close(dirty: boolean): Promise<void>;
}

export interface SavingNow {
  /** The new file. */
  file: Fingerprint;
  /** Where it is, when the old one is written over in place. */
  copy: string | undefined;
  /** The edits that it holds, net, and those that were made since. */
  written: readonly Splice[];
  since(): readonly Splice[];
}

/** Steps that come before a save, and those after it. */
type Net = readonly [readonly Splice[], readonly Splice[]];

/** A journal larger than this is rewritten as the net of its edits. */
const COMPACT_CHARS = 4 * 1024 * 1024;
/** How often the file of a living session is given a new time, and after how long without one a session that can't be asked counts as ended. */
const HEARTBEAT_MS = 30_000;
const SILENT_MS = 5 * 60_000;

export function createDocumentJournal(options: JournalOptions): DocumentJournal {
  const { uri, folder } = options;
  let { owner } = options;
  const prefix = `${hash64(new TextEncoder().encode(uri))}-`;
  const session = randomBytes(8).toString('hex');
  const file = createJournalFile(join(folder, `${prefix}${session}${JOURNAL_ENDING}`), () => text(netOf(unsavedNow())), options.onError);
  let started = false;
  let count = 0;
  let savingNow: SavingNow | undefined;
  let follows: string[] = [];
  /** VS Code has a backup, which says nothing of a save after it: then the file stays, to say that. */
  let backedUp = false;
  /** About how long the file is. */
  let chars = 0;
  let compactAt = COMPACT_CHARS;
  let lostPath: string | undefined;
  let unsavedNow: () => readonly Splice[] = () => [];
  const heartbeat = setInterval(() => {
    if (started) file.touch();
  }, HEARTBEAT_MS);
  heartbeat.unref();

  const header = (before: number) => {
    if (!journal.base) throw new Error('A journal needs to know what it is based on.');
    return headerLine({ journal: 1, uri, session, base: journal.base, owner, count: before, ...(follows.length > 0 ? { follows } : {}) });
  };
  /** What a save that is under way writes, and what was done since. */
  const netOf = (unsaved: readonly Splice[]): Net => (savingNow ? [savingNow.written, savingNow.since()] : [unsaved, []]);
  const text = ([before, after]: Net) => {
    const lines = [before, after].map((splices) => (splices.length > 0 ? stepParts(splices) : ''));
    return inParts([header(count - lines.filter((line) => line !== '').length), lines[0]!, savingNow ? savingLine(savingNow.file, savingNow.copy) : '', lines[1]!, journal.drafts().length > 0 ? draftParts(journal.drafts()) : '']);
  };
  const rewrite = (unsaved: readonly Splice[]) => {
    const net = netOf(unsaved);
    file.replace(text(net));
    chars = stepChars(net[0]) + stepChars(net[1]) + draftChars(journal.drafts());
  };
  /** `steps`: how many of those that were counted are in it. */
  const write = (added: Iterable<string>, addedChars: number, steps: number) => {
    if (chars > compactAt || (!started && follows.length > 0)) {
      started = true; // whole or not at all: it speaks for the sessions that it follows
      rewrite(unsavedNow());
      compactAt = Math.max(COMPACT_CHARS, 4 * chars);
      return;
    }
    file.append(inParts([started ? '' : header(count - steps), added]));
    chars += addedChars;
    started = true;
  };

  /** Kept for a person to look at, and told once. */
  const setAside = async (path: string) => {
    const kept = path.replace(JOURNAL_ENDING, '.unreadable.jsonl');
    await renameJournal(path, kept);
    options.onError(new UserError(`Unsaved edits of ${uri} from an earlier session can't be read. They were kept in ${kept}.`, 'journal-unreadable'));
  };

  /** A save that was cut short in place left its whole content elsewhere: said before edits are brought back to what is there. */
  const heard = async <T extends LeftBehind | undefined>(left: T): Promise<T> => {
    const copy = left && journal.base && copyOfTorn(left.journal, journal.base);
    if (copy !== undefined && (await isThere(pathToFileURL(copy).href))) {
      options.onError(new UserError(`${uri} was written only in part when a save was cut short. Its complete new content is in ${copy}: copy it over by hand.`, 'save-torn'));
    }
    return left;
  };

  const isOver = async (header: JournalHeader, modifiedMs: number) => header.session !== session && !((await options.isAlive(header.owner)) ?? Date.now() - modifiedMs < SILENT_MS);

  /** Edits of a file of another name that is gone and was what this one is: it was renamed or moved. */
  const findMoved = async (): Promise<LeftBehind | undefined> => {
    const heads = (await findJournalHeads(folder)).flatMap(({ name, line }) => {
      const header = parseJournal(line).value?.header;
      return header ? [{ name, header }] : [];
    });
    for (const { name, header } of heads) {
      if (name.startsWith(prefix) || !journal.base || compareFingerprints(header.base, journal.base) === 'different' || (await isThere(header.uri))) continue;
      if (heads.some((other) => other.header.follows?.includes(header.session))) continue;
      for (const found of await findJournals(folder, name)) {
        const { value } = parseJournal(found.text);
        if (value && !value.closed && holdsAny(value) && (await isOver(header, found.modifiedMs))) return { journal: value, when: found.modifiedMs, paths: [found.path] };
      }
    }
    return undefined;
  };

  const journal: DocumentJournal = {
    base: undefined,
    drafts: () => [],
    get lostPath() {
      return lostPath;
    },
    record(splices, all) {
      unsavedNow = all;
      count++;
      const drafts = journal.drafts();
      write(stepParts(splices, drafts), stepChars(splices) + draftChars(drafts), 1);
    },
    keep(all) {
      unsavedNow = all;
      const drafts = journal.drafts();
      if (started || drafts.length > 0) write(draftParts(drafts), draftChars(drafts), 0);
    },
    restart(unsaved) {
      const there = started;
      savingNow = undefined;
      started = unsaved.length > 0 || backedUp || journal.drafts().length > 0;
      compactAt = COMPACT_CHARS;
      count++;
      chars = 0;
      if (started) rewrite(unsaved);
      else if (there) file.remove();
    },
    saving(save) {
      savingNow = save;
      if (save && started) rewrite([]);
    },
    flush: () => file.flush(),
    backupText(unsaved) {
      backedUp = true;
      return text(netOf(unsaved));
    },
    async readBackup(backup, when) {
      const { value, problems } = parseJournal(backup);
      if (!value) throw new UserError(`The backup of unsaved edits of ${uri} can't be read. ${problems[0]?.message ?? ''}`, 'backup-unreadable');
      const { session: writer } = value.header;
      const found = (await findJournals(folder, prefix)).flatMap((own) => {
        const newer = parseJournal(own.text).value;
        return newer ? [{ journal: newer, when: own.modifiedMs, paths: [own.path] }] : [];
      });
      const newer = found.find(({ journal: { header } }) => header.follows?.includes(writer)) ?? found.find((own) => own.journal.header.session === writer && countOf(own.journal) >= countOf(value));
      if (newer) return heard(newer);
      return { journal: value, when, paths: [] };
    },
    async findLeftBehind(backupLost) {
      const left: LeftBehind[] = [];
      const followed = new Set<string>();
      for (const found of await findJournals(folder, prefix)) {
        const { value } = parseJournal(found.text);
        if (!value) {
          if (found.text.includes('\n')) await setAside(found.path); // else nothing was on disk yet when the process ended
          continue;
        }
        for (const earlier of value.header.follows ?? []) followed.add(earlier);
        if (!(await isOver(value.header, found.modifiedMs))) continue;
        left.push({ journal: value, when: found.modifiedMs, paths: [found.path] });
      }
      // those that another one speaks for go before it
      const told = ({ journal }: LeftBehind) => followed.has(journal.header.session) || (journal.closed && !backupLost) || !holdsAny(journal);
      for (const done of left.filter(told).reverse()) for (const path of done.paths) await removeJournal(path);
      return heard(left.find((one) => !told(one)) ?? (await findMoved()));
    },
    follow(left, backup) {
      backedUp ||= backup;
      follows = [left.journal.header.session, ...(left.journal.header.follows ?? [])];
    },
    async settle(left) {
      for (const path of left.paths) await removeJournal(path);
    },
    async keepLost(splices) {
      const name = `${prefix}${session}.lost`;
      for (let n = 1; ; n++) {
        const path = join(folder, n === 1 ? `${name}.jsonl` : `${name}-${n}.jsonl`);
        if ((await readTextIfThere(path)) !== undefined) continue; // the edits of an earlier time
        await writeJournal(path, text(netOf(splices)));
        lostPath = path;
        return;
      }
    },
    async close(dirty) {
      clearInterval(heartbeat);
      if (dirty && started) file.append([closedLine]);
      else if (journal.drafts().length > 0) {
        owner = null; // nobody was asked whether they shall go: they wait for whoever opens the file next
        rewrite([]);
      } else if (started) file.remove();
      await file.flush().catch(() => undefined);
    },
  };
  return journal;
}

function holdsAny({ steps, drafts }: Journal): boolean {
  return steps.length > 0 || drafts.length > 0;
}
