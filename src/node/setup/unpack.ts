/** Takes chosen files out of a wheel (a zip) or an npm package (a tar.gz). A path that would leave the folder is an error. */

import { createReadStream, createWriteStream, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import { openPromise } from 'yauzl';
import { Cancelled, throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { diskError } from '../files.ts';

/** Returns how many bytes were written. */
export async function unpackWheel(file: string, folder: string, wanted: (path: string) => boolean, signal?: AbortSignal): Promise<number> {
  let bytes = 0;
  return whole(file, folder, signal, async () => {
    const zip = await openPromise(file);
    try {
      for await (const entry of zip.eachEntry()) {
        throwIfAborted(signal);
        if (entry.fileName.endsWith('/') || !wanted(entry.fileName)) continue;
        const path = inside(folder, entry.fileName);
        await fs.mkdir(dirname(path), { recursive: true });
        const mode = (entry.externalFileAttributes >>> 16) & 0o777;
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path, { flags: 'wx', mode: mode || 0o644 }), { signal });
        bytes += entry.uncompressedSize;
      }
    } finally {
      zip.close();
    }
    return bytes;
  });
}

/** Paths lose their first part, `package/`. Links are left out. */
export async function unpackPackage(file: string, folder: string, wanted: (path: string) => boolean, signal?: AbortSignal): Promise<number> {
  let bytes = 0;
  return whole(file, folder, signal, async () => {
    await fs.mkdir(folder, { recursive: true });
    let outside: Error | undefined;
    const files = unpackTar(folder, {
      map: (header) => ({ ...header, name: withoutTop(header.name) }),
      filter({ name, type, size }) {
        try {
          inside(folder, name);
        } catch (error) {
          outside = error as Error;
        }
        if (outside || type !== 'file' || !wanted(withoutTop(name))) return false;
        bytes += size;
        return true;
      },
    });
    await pipeline(createReadStream(file), createGunzip(), files, { signal });
    if (outside) throw outside;
    return bytes;
  });
}

const withoutTop = (path: string) => path.slice(path.indexOf('/') + 1);

function inside(folder: string, path: string): string {
  if (/^([/\\]|[A-Za-z]:)|\\/.test(path) || path.split('/').includes('..')) throw new Error(`it holds the path ${path}`);
  return join(folder, path);
}

async function whole(file: string, folder: string, signal: AbortSignal | undefined, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) throw new Cancelled();
    const disk = diskError(error, folder);
    throw disk === error ? new UserError(`${basename(file)} cannot be unpacked: ${(error as Error).message}. Nothing was installed.`, 'unpack', { cause: error }) : disk;
  }
}
