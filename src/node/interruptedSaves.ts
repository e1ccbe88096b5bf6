/** The files that a save is written to before it takes the place of the old one: their names, and those that processes left behind which were ended half-way. */

import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pidExists } from './processIdentity.ts';

/** A save writes all the time: a file that nobody wrote to for so long belongs to none, also where this machine cannot ask. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Beside the file that is to be replaced. */
export function temporaryPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

/** Takes away what ended processes left of saves of this file: this user's plain files of such a name, a day old, whose process is none. */
export async function sweepInterruptedSaves(target: string): Promise<void> {
  const [folder, prefix] = [dirname(target), `.${basename(target)}.`];
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const named = /^(?:(\d+)-)?[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length)); // earlier versions did not name the process
    if (!named || (named[1] !== undefined && pidExists(Number(named[1])))) continue;
    const path = join(folder, name);
    const stats = await fs.lstat(path);
    const own = process.getuid === undefined || stats.uid === process.getuid();
    if (own && stats.isFile() && stats.nlink === 1 && Date.now() - stats.mtimeMs > ABANDONED_MS) await fs.rm(path);
  }
}
