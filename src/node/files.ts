/** Small file operations that more than one adapter needs: whole-or-nothing writes, reads that answer undefined for a missing file. */

import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../core/problem.ts';

/** Writes beside the target and renames, so that a reader sees the old file or the new one, never half of one. Other work has its turn between parts. */
export async function writeFileWhole(path: string, data: string | Uint8Array | Iterable<string>): Promise<void> {
  const temp = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await fs.open(temp, 'wx');
    try {
      for (const part of typeof data === 'string' || data instanceof Uint8Array ? [data] : data) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temp, path);
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Creates the file with its whole content or not at all; false when it is there already. */
export async function createExclusively(path: string, text: string): Promise<boolean> {
  const temp = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await fs.writeFile(temp, text, { flag: 'wx', flush: true });
    try {
      await fs.link(temp, path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      await fs.writeFile(path, text, { flag: 'wx', flush: true }); // a file system without hard links
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, path);
  } finally {
    await fs.rm(temp, { force: true }).catch(() => undefined);
  }
}

/** Windows refuses to rename over a file that someone reads at this moment: try again for a second. */
export async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      const code = errorCode(error);
      if (attempt >= 20 || process.platform !== 'win32' || (code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Makes names that were given or taken in it survive a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** With its parents. Node says "no such file" where a parent cannot be written to; what the parent says is thrown instead. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { recursive: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    for (let parent = dirname(path); ; parent = dirname(parent)) {
      const there = await fs.access(parent).then(() => true, () => false);
      if (there) await fs.access(parent, constants.W_OK);
      if (there || parent === dirname(parent)) throw error;
    }
  }
}

/** The text of a file, undefined when it does not exist. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What the operating system says, as a sentence for a person; anything else is returned as it is. */
export function diskError(error: unknown, path: string): unknown {
  const sentence = diskSentences[errorCode(error) ?? ''];
  return sentence ? new UserError(`${path}: ${sentence}`, 'file', { cause: error }) : error;
}

const diskSentences: Record<string, string> = {
  ENOENT: 'no such file or folder.',
  ENOTDIR: 'a part of this path is a file, not a folder.',
  EISDIR: 'is a folder, not a file.',
  EACCES: 'no permission. Check who owns it.',
  EPERM: 'not permitted. Check who owns it and whether another program holds it open.',
  EROFS: 'the file system is read-only. Choose another folder.',
  ENOSPC: 'the disk is full. Free some space and try again; a run can be resumed.',
  EDQUOT: 'your disk quota is used up. Free some space and try again; a run can be resumed.',
  EMFILE: 'too many files are open. Close some programs or raise the limit (ulimit -n).',
  EBUSY: 'another program holds it open. Close that program and try again.',
};
