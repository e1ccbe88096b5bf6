/** The file that unsaved edits are appended to, and the ones that earlier sessions left: on disk within a second of every edit. */

import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inParts } from '../core/text.ts';
import { isMissing, syncFolder, writeFileWhole } from './files.ts';

export interface JournalFile {
  readonly path: string;
  /** Adds text, which is read when it is written; on disk within `FLUSH_MS`. The file comes into being with the first text. */
  append(text: Iterable<string>): void;
  /** The whole content anew, once it is safely on disk. What is appended later comes after it. */
  replace(text: Iterable<string>): void;
  /** Takes the file away. */
  remove(): void;
  /** Gives the file a new time: who writes it is alive. Writes it anew where it is gone, or where something could not be written. */
  touch(): void;
  /** Settles when all that was asked for until now is on disk; rejects when that can't be had. */
  flush(): Promise<void>;
}

const FLUSH_MS = 400;
/** How soon a disk that could not be written to is tried again. */
const RETRY_MS = 2000;

/**
 * `whole`: what the file would be if it were written anew. After a disk that was full nothing is appended to what may be half a line: it is
 * written anew, as soon as that is possible. `onError` hears of it once: the journal is behind then, the edits are not lost.
 */
export function createJournalFile(path: string, whole: () => Iterable<string>, onError: (error: unknown) => void): JournalFile {
  let pending: Iterable<string>[] = [];
  /** There should be a file. */
  let wanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let work: Promise<void> = Promise.resolve();
  let failure: unknown;
  let exists = false;
  /** The file is not what it should be. */
  let behind = false;
  let writes = 0;
  /** Texts up to this one are in the file already, because it was written anew since. */
  let covered = 0;
  const enqueue = (task: () => Promise<void>) => {
    work = work.then(task).catch((error: unknown) => {
      failure = error;
      if (!behind) onError(error);
      behind = true;
      setTimeout(retry, RETRY_MS).unref();
    });
  };
  const retry = () => {
    if (behind) enqueue(async () => void (behind && (await catchUp())));
  };
  const forgetPending = () => {
    clearTimeout(timer);
    timer = undefined;
    pending = [];
    covered = writes;
  };
  const writeAnew = async (text: Iterable<string>) => {
    await writeJournal(path, text);
    exists = true;
    behind = false;
  };
  const catchUp = async () => {
    forgetPending();
    await writeAnew(whole());
  };
  const append = async (texts: readonly Iterable<string>[]) => {
    await appendDurably(path, inParts(texts));
    if (!exists) await syncFolder(dirname(path));
    exists = true;
  };
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const texts = pending;
    pending = [];
    if (texts.length === 0) return;
    const number = ++writes;
    enqueue(async () => {
      if (number > covered) await (behind ? catchUp() : append(texts));
    });
  };
  return {
    path,
    append(text) {
      pending.push(text);
      wanted = true;
      timer ??= setTimeout(write, FLUSH_MS);
    },
    replace(text) {
      forgetPending();
      wanted = true;
      const number = ++writes;
      enqueue(async () => {
        if (number > covered) await writeAnew(text);
      });
    },
    remove() {
      forgetPending();
      wanted = false;
      enqueue(async () => {
        await removeJournal(path);
        exists = behind = false;
      });
    },
    touch() {
      enqueue(async () => {
        const now = new Date();
        try {
          await fs.utimes(path, now, now);
        } catch (error) {
          if (!isMissing(error)) throw error;
          if (wanted) await catchUp();
        }
      });
    },
    async flush() {
      write();
      retry();
      await work;
      if (behind) throw failure;
    },
  };
}

export interface FoundJournal {
  path: string;
  text: string;
  modifiedMs: number;
}

/** Journals whose names begin so, newest first. */
export async function findJournals(folder: string, prefix: string): Promise<FoundJournal[]> {
  let names: string[];
  try {
    names = await fs.readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const found: FoundJournal[] = [];
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(JOURNAL_ENDING)) continue;
    const path = join(folder, name);
    const [stats, text] = await Promise.all([fs.stat(path), fs.readFile(path, 'utf8')]).catch(() => []);
    if (stats && text !== undefined) found.push({ path, text, modifiedMs: stats.mtimeMs });
  }
  return found.sort((a, b) => b.modifiedMs - a.modifiedMs);
}

const HEAD_BYTES = 64 * 1024;

/** The first line of every journal, and no more of it. */
export async function findJournalHeads(folder: string): Promise<{ name: string; line: string }[]> {
  const names = await fs.readdir(folder).catch(() => []);
  const heads: { name: string; line: string }[] = [];
  for (const name of names) {
    if (!name.endsWith(JOURNAL_ENDING)) continue;
    const handle = await fs.open(join(folder, name), 'r').catch(() => undefined);
    if (!handle) continue;
    try {
      const buffer = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, HEAD_BYTES, 0);
      heads.push({ name, line: buffer.toString('utf8', 0, buffer.subarray(0, bytesRead).indexOf(10) + 1) });
    } finally {
      await handle.close();
    }
  }
  return heads;
}

/** Whether a file that a journal is about is still where it was; true where that can't be told. */
export async function isThere(uri: string): Promise<boolean> {
  if (!uri.startsWith('file:///')) return true;
  return fs.access(fileURLToPath(uri)).then(() => true, (error: unknown) => !isMissing(error));
}

export async function writeJournal(path: string, text: Iterable<string>): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, text);
  await syncFolder(dirname(path));
}

export async function renameJournal(path: string, to: string): Promise<void> {
  await fs.rename(path, to);
}

export async function removeJournal(path: string): Promise<void> {
  await fs.rm(path, { force: true });
  await syncFolder(dirname(path));
}

export const JOURNAL_ENDING = '.journal.jsonl';

async function appendDurably(path: string, parts: Iterable<string>): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const handle = await fs.open(path, 'a', 0o600);
  try {
    for (const part of parts) await handle.appendFile(part);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
