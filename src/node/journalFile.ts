/** The file that unsaved edits are appended to, and the ones that earlier sessions left: on disk within a second of every edit. */

import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMissing, writeFileWhole } from './files.ts';

export interface JournalFile {
  readonly path: string;
  /** Adds text; on disk within `FLUSH_MS`. The file comes into being with the first text. */
  append(text: string): void;
  /** The whole content anew, once it is safely on disk. What is appended later comes after it. */
  replace(text: string): void;
  /** Takes the file away. */
  remove(): void;
  /** Gives the file a new time: who writes it is alive. Writes `text` where it is gone. */
  touch(text: () => string): void;
  /** Bytes that the file has, pending ones included. */
  readonly sizeBytes: number;
  /** Settles when all that was asked for until now is on disk. Rejects with the first error since the last call. */
  flush(): Promise<void>;
}

const FLUSH_MS = 400;

/** `onError` hears of a disk that can't be written to: the journal is lost then, the edits are not. */
export function createJournalFile(path: string, onError: (error: unknown) => void): JournalFile {
  let pending = '';
  let sizeBytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let work: Promise<void> = Promise.resolve();
  let failure: unknown;
  const enqueue = (task: () => Promise<void>) => {
    work = work.then(task).catch((error: unknown) => {
      failure ??= error;
      onError(error);
    });
  };
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = pending;
    pending = '';
    if (text) enqueue(() => appendDurably(path, text));
  };
  return {
    path,
    get sizeBytes() {
      return sizeBytes;
    },
    append(text) {
      pending += text;
      sizeBytes += Buffer.byteLength(text);
      timer ??= setTimeout(write, FLUSH_MS);
    },
    replace(text) {
      clearTimeout(timer);
      timer = undefined;
      pending = '';
      sizeBytes = Buffer.byteLength(text);
      enqueue(() => writeJournal(path, text));
    },
    remove() {
      clearTimeout(timer);
      timer = undefined;
      pending = '';
      sizeBytes = 0;
      enqueue(() => fs.rm(path, { force: true }));
    },
    touch(text) {
      enqueue(async () => {
        const now = new Date();
        try {
          await fs.utimes(path, now, now);
        } catch (error) {
          if (!isMissing(error)) throw error;
          if (sizeBytes === 0) return;
          clearTimeout(timer);
          timer = undefined;
          pending = ''; // it is in the text
          const all = text();
          sizeBytes = Buffer.byteLength(all);
          await writeJournal(path, all);
        }
      });
    },
    async flush() {
      write();
      await work;
      const error = failure;
      failure = undefined;
      if (error !== undefined) throw error;
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

export async function writeJournal(path: string, text: string): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, text);
}

export async function renameJournal(path: string, to: string): Promise<void> {
  await fs.rename(path, to);
}

export async function removeJournal(path: string): Promise<void> {
  await fs.rm(path, { force: true });
}

export const JOURNAL_ENDING = '.journal.jsonl';

async function appendDurably(path: string, text: string): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const handle = await fs.open(path, 'a', 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
