/** The sidecar of a dataset: lines are only ever appended, so that what is there, ours or not, stays to the byte, and several windows can write. */

import { constants, promises as fs } from 'node:fs';
import { diskError, errorCode, isMissing } from './files.ts';

export interface AnnotationFile {
  readonly path: string;
  /** The lines that came since the last call, whoever wrote them; `anew`: the file is another one, these are all of its lines. */
  read(): Promise<{ anew: boolean; lines: string[] }>;
  /** On disk when it settles. `text`: whole lines. */
  append(text: string): Promise<void>;
}

const READ_BYTES = 4 * 1024 * 1024;
const MARK_BYTES = 256;

export function annotationFile(path: string): AnnotationFile {
  let offset = 0;
  let inode: number | undefined;
  /** What stood before `offset`: tells a file that grew from one that was written anew. */
  let before = Buffer.alloc(0);
  return {
    path,
    async read() {
      const lines: string[] = [];
      let handle;
      try {
        handle = await fs.open(path, 'r');
      } catch (error) {
        if (!isMissing(error)) throw diskError(error, path);
        const anew = inode !== undefined;
        [offset, inode, before] = [0, undefined, Buffer.alloc(0)];
        return { anew, lines };
      }
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) return { anew: false, lines };
        const seen = Buffer.alloc(before.byteLength);
        await handle.read(seen, 0, seen.byteLength, offset - seen.byteLength);
        const anew = inode !== undefined && (inode !== stats.ino || stats.size < offset || !seen.equals(before));
        if (anew) [offset, before] = [0, Buffer.alloc(0)];
        inode = stats.ino;
        let rest = Buffer.alloc(0);
        for (let at = offset; ; ) {
          const chunk = Buffer.alloc(Math.max(0, Math.min(READ_BYTES, stats.size - at)));
          const { bytesRead } = chunk.byteLength === 0 ? { bytesRead: 0 } : await handle.read(chunk, 0, chunk.byteLength, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
          const end = bytes.lastIndexOf(10) + 1;
          if (end > 0) {
            for (const line of bytes.toString('utf8', 0, end - 1).split('\n')) lines.push(line);
            before = Buffer.from(bytes.subarray(Math.max(0, end - MARK_BYTES), end));
          }
          offset += end;
          rest = bytes.subarray(end);
        }
        // the last line may have no newline: taken when it is whole JSON, and read again once there is more
        if (rest.byteLength > 0) lines.push(rest.toString('utf8'));
        return { anew, lines };
      } catch (error) {
        throw diskError(error, path);
      } finally {
        await handle.close();
      }
    },
    async append(text) {
      try {
        const handle = await fs.open(path, 'a+');
        try {
          // what a crash left of a line gets its newline, and stays
          const { size } = await handle.stat();
          const last = Buffer.alloc(1);
          const torn = size > 0 && (await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== 10;
          await handle.appendFile((torn ? '\n' : '') + text);
          await handle.datasync();
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw diskError(error, path);
      }
    },
  };
}

/** Gives it another name, unless a file has that already. */
export async function moveSidecar(from: string, to: string): Promise<'moved' | 'missing' | 'taken'> {
  try {
    await fs.link(from, to).catch(async (error: unknown) => {
      if (isMissing(error) || errorCode(error) === 'EEXIST') throw error;
      await fs.copyFile(from, to, constants.COPYFILE_EXCL); // on another disk, or on one without hard links
    });
    await fs.rm(from);
    return 'moved';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    if (errorCode(error) !== 'EEXIST') throw diskError(error, to);
    const [old, there] = [await fs.stat(from), await fs.stat(to)];
    if (old.ino !== there.ino || old.dev !== there.dev) return 'taken';
    await fs.rename(from, to); // the same name but for its capitals, where those do not count
    return 'moved';
  }
}
