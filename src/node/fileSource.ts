/** A file as a byte source: ranged reads, and what it takes to notice that someone else wrote to it. */

import { promises as fs, type Stats } from 'node:fs';
import type { ByteSource } from '../core/byteSource.ts';
import { UserError } from '../core/problem.ts';
import { diskError } from './files.ts';

export interface FileSource extends ByteSource {
  readonly path: string;
  readonly modifiedMs: number;
  /** The same for as long as it is the same file, however much is written to it. */
  readonly id: string;
  /**
   * Lets go of the file while `replace` puts another one in its place: Windows does not do that to a file that is open. Reads fail meanwhile,
   * and for good once it was replaced; when `replace` throws, the file is opened again.
   */
  whileClosed(replace: () => Promise<void>): Promise<void>;
}

/**
 * Opens a regular file. A folder, a pipe or a device is refused before it is opened: reading from one could wait for ever. Closing
 * waits for the reads under way, and later reads fail.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  try {
    const before = await fs.stat(path);
    if (!before.isFile()) throw new UserError(`${path} is ${kindOf(before)}, not a file. Choose a file.`, 'not-a-file');
    let handle = await fs.open(path, 'r');
    const stats = await handle.stat();
    let reading = 0;
    let closing: Promise<void> | undefined;
    let idle: (() => void) | undefined;
    const close = () => {
      closing ??= (reading === 0 ? Promise.resolve() : new Promise<void>((resolve) => (idle = resolve))).then(() => handle.close());
      return closing;
    };
    return {
      path,
      sizeBytes: stats.size,
      modifiedMs: stats.mtimeMs,
      id: `${stats.dev}:${stats.ino}`,
      async read(offset, length, into) {
        if (closing) throw new Error(`${path} is closed.`);
        reading++;
        try {
          const wanted = Math.max(0, Math.min(length, stats.size - offset));
          const bytes = into?.subarray(0, wanted) ?? new Uint8Array(wanted);
          let done = 0;
          while (done < bytes.byteLength) {
            const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, offset + done);
            if (bytesRead === 0) return bytes.subarray(0, done); // the file became shorter
            done += bytesRead;
          }
          return bytes;
        } catch (error) {
          throw diskError(error, path);
        } finally {
          if (--reading === 0) idle?.();
        }
      },
      close,
      async whileClosed(replace) {
        if (closing) return replace();
        await close();
        await replace().catch(async (error: unknown) => {
          handle = await fs.open(path, 'r');
          closing = idle = undefined;
          throw error;
        });
      },
    };
  } catch (error) {
    throw diskError(error, path);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
