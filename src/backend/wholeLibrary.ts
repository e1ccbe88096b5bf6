/** Tells a library that was only half written before it is loaded: where pages behind its end are touched, the system ends the process instead of throwing an error. */

import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The binding, or a library in the set-up folder beside it (TensorFlow's, NVIDIA's), whose end is missing. */
export function halfWritten(bindingFile: string): string | undefined {
  const site = join(dirname(bindingFile), 'site');
  const nvidia = join(site, 'nvidia');
  const folders = [join(site, 'tensorflow'), ...namesIn(nvidia).map((name) => join(nvidia, name, 'lib'))];
  const libraries = folders.flatMap((folder) => namesIn(folder).filter((name) => /\.so(\.\d+)*$/.test(name)).map((name) => join(folder, name)));
  return [bindingFile, ...libraries].find((file) => !isWhole(file));
}

/** None in another layout: the loader finds what it needs, or says that it does not. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** By the header of an ELF file (Linux), which says where its table of sections ends: with the file. Other files count as whole. */
export function isWhole(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(64);
    const { size } = fstatSync(fd);
    if (readSync(fd, header, 0, 64, 0) < 4 || header.readUInt32BE(0) !== 0x7f454c46) return true;
    if (size < 64) return false;
    const [is64, isLittle] = [header[4] === 2, header[5] === 1];
    if (!is64 || !isLittle) return true;
    return Number(header.readBigUInt64LE(0x28)) + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c) <= size;
  } finally {
    closeSync(fd);
  }
}
