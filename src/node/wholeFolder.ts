/** Folders that appear whole or not at all: written beside their place, synced to disk, then renamed. */

import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/problem.ts';
import { diskError, errorCode } from './files.ts';

/**
 * Makes the folder `target` from what `fill` writes into a temporary one. A target that exists is replaced; until the last moment
 * readers see the old one. When anything fails (a full disk) the temporary folder is removed and the old one is as it was.
 */
export async function writeFolderWhole(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}${temporaryEnd}`;
  try {
    await fs.mkdir(temporary, { recursive: true });
    await fill(temporary);
    await syncFolder(temporary);
    await replaceFolder(temporary, target);
    await syncOne(dirname(target));
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    // The temporary name would mean nothing to a person.
    throw diskError(error instanceof UserError && error.cause ? error.cause : error, target);
  }
}

const temporaryEnd = '.tmp';

/** Whether a killed writer left this: a temporary folder, or an old one about to be deleted. */
export function isLeftover(name: string): boolean {
  return name.endsWith(temporaryEnd);
}

/** Removes what a killed writer left in a folder. */
export async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await fs.readdir(parent).catch((): string[] => [])) {
    if (isLeftover(name)) await fs.rm(join(parent, name), { recursive: true, force: true });
  }
}

async function replaceFolder(from: string, target: string): Promise<void> {
  try {
    await fs.rename(from, target);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
    const old = join(dirname(target), `${basename(target)}.old-${randomBytes(4).toString('hex')}${temporaryEnd}`);
    await fs.rename(target, old);
    try {
      await fs.rename(from, target);
    } catch (second) {
      await fs.rename(old, target);
      throw second;
    }
    await fs.rm(old, { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) await syncOne(join(folder, entry.name));
  await syncOne(folder);
}

/** Windows cannot sync a folder, some network file systems neither: the rename is then as safe as they make it. */
async function syncOne(path: string): Promise<void> {
  const handle = await fs.open(path, 'r').catch(() => undefined);
  if (!handle) return;
  try {
    await handle.sync();
  } catch (error) {
    if (errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT' || errorCode(error) === 'EIO') throw error;
  } finally {
    await handle.close();
  }
}
