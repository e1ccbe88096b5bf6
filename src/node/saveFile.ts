/** Replaces a file by new content that may itself be read from the old file: whole or not at all, keeping links and permissions. */

import { randomBytes } from 'node:crypto';
import { promises as fs, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { throwIfAborted } from '../core/abort.ts';
import { diskError, errorCode, isMissing, renameOver, syncFolder } from './files.ts';
import { sweepInterruptedSaves, temporaryPath } from './interruptedSaves.ts';

export interface SaveOptions {
  /** A folder for the copy that is needed when the file can't be replaced by a rename. */
  spareFolder: string;
  signal?: AbortSignal;
  onProgress?(bytesWritten: number): void;
  /** Called when all bytes are on disk, in the file of that name, just before the old file is replaced, or written over in place. Throw to leave it as it is. */
  beforeReplace?(written: string, inPlace: boolean): Promise<void>;
  /** Gets what replaces the old file, to close it before and open it again when that fails. */
  whileClosed?(replace: () => Promise<void>): Promise<void>;
}

/**
 * Writes to a new file beside the old one and renames it over. A file with several hard links, or one whose folder can't be written to,
 * is copied over in place instead, from a complete copy in `spareFolder`; that copy stays if this fails half-way, and the error names it.
 */
export async function saveFile(path: string, chunks: AsyncIterable<Uint8Array>, options: SaveOptions): Promise<void> {
  const target = await realPath(path);
  try {
    const old = await statIfThere(target);
    const beside = old && old.nlink > 1 ? undefined : await openBeside(target, old);
    if (beside) await saveByRename(target, beside, old, chunks, options);
    else await saveInPlace(target, chunks, options);
  } catch (error) {
    throw diskError(error, path);
  }
}

async function saveByRename(target: string, beside: { handle: fs.FileHandle; path: string }, old: Stats | undefined, chunks: AsyncIterable<Uint8Array>, options: SaveOptions): Promise<void> {
  let renamed = false;
  try {
    try {
      await writeAll(beside.handle, chunks, options);
      if (old) await keepOwnership(beside.handle, old);
      await beside.handle.sync();
    } finally {
      await beside.handle.close();
    }
    await options.beforeReplace?.(beside.path, false);
    throwIfAborted(options.signal);
    await whileClosed(() => renameOver(beside.path, target), options);
    renamed = true;
  } finally {
    if (!renamed) await fs.rm(beside.path, { force: true }).catch(() => undefined);
  }
  await syncFolder(dirname(target));
  await sweepInterruptedSaves(target).catch(() => undefined); // the next save tries again
}

async function saveInPlace(target: string, chunks: AsyncIterable<Uint8Array>, options: SaveOptions): Promise<void> {
  await fs.mkdir(options.spareFolder, { recursive: true });
  const copy = join(options.spareFolder, `${basename(target)}.${randomBytes(6).toString('hex')}.copy`);
  let overwriting = false;
  try {
    const writing = await fs.open(copy, 'wx', 0o600);
    try {
      await writeAll(writing, chunks, options);
      await writing.sync();
    } finally {
      await writing.close();
    }
    await syncFolder(options.spareFolder);
    await options.beforeReplace?.(copy, true);
    throwIfAborted(options.signal);
    // from here on it can't be taken back: no more aborting
    await whileClosed(async () => {
      const [from, to] = [await fs.open(copy, 'r'), await fs.open(target, 'r+')];
      overwriting = true;
      try {
        const length = await copyAll(from, to);
        await to.truncate(length);
        await to.sync();
        overwriting = false;
      } finally {
        await from.close();
        await to.close();
      }
    }, options);
  } catch (error) {
    if (overwriting) throw new Error(`${target} could only be written in part. Its complete new content is in ${copy}: copy it over by hand. (${String(error)})`, { cause: error });
    throw error;
  } finally {
    if (!overwriting) await fs.rm(copy, { force: true }).catch(() => undefined);
  }
}

async function whileClosed(replace: () => Promise<void>, options: SaveOptions): Promise<void> {
  return options.whileClosed ? options.whileClosed(replace) : replace();
}

const WRITE_BYTES = 1024 * 1024;

/** Small chunks are gathered, so that a thousand edited rows are not a thousand writes. A chunk's memory is its maker's again once the next is asked for. */
async function writeAll(handle: fs.FileHandle, chunks: AsyncIterable<Uint8Array>, { signal, onProgress }: SaveOptions): Promise<void> {
  const gathered = new Uint8Array(WRITE_BYTES);
  let filled = 0;
  let written = 0;
  const flush = async () => {
    if (filled === 0) return;
    await handle.writeFile(gathered.subarray(0, filled)); // writes on from where the last one ended
    written += filled;
    filled = 0;
    onProgress?.(written);
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      throwIfAborted(signal);
      const part = chunk.subarray(at, at + WRITE_BYTES - filled);
      gathered.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled === WRITE_BYTES) await flush();
    }
  }
  await flush();
}

async function copyAll(from: fs.FileHandle, to: fs.FileHandle): Promise<number> {
  const buffer = Buffer.alloc(WRITE_BYTES);
  let at = 0;
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return at;
    for (let done = 0; done < bytesRead; ) done += (await to.write(buffer, done, bytesRead - done, at + done)).bytesWritten;
    at += bytesRead;
  }
}

/** A new file in the same folder; undefined where that is not allowed. */
async function openBeside(target: string, old: Stats | undefined): Promise<{ handle: fs.FileHandle; path: string } | undefined> {
  const path = temporaryPath(target);
  try {
    return { handle: await fs.open(path, 'wx', old ? old.mode & 0o7777 : 0o666), path };
  } catch (error) {
    const code = errorCode(error);
    if (old && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/** The rename gives the name to a new file: it gets the old one's mode and, where this user may, its owner. */
async function keepOwnership(handle: fs.FileHandle, old: Stats): Promise<void> {
  const created = await handle.stat();
  if (created.uid !== old.uid || created.gid !== old.gid) await handle.chown(old.uid, old.gid).catch(() => undefined);
  await handle.chmod(old.mode & 0o7777);
}

async function realPath(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw diskError(error, path);
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
