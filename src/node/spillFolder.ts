/** Room on disk for what does not fit in memory: a folder of its own beside the result, which goes when the work ends. */

import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Spill } from '../dataset/shape/shapes.ts';
import { diskError } from './files.ts';

const GATHER_BYTES = 256 * 1024;

/** `result`: the file that is being made. The folder exists from the first part on. */
export function spillFolder(result: string): Spill & { dispose(): Promise<void> } {
  let folder: Promise<string> | undefined;
  const waiting = new Map<number, { parts: Uint8Array[]; bytes: number }>();
  const pathOf = async (part: number) => join(await (folder ??= fs.mkdtemp(join(dirname(result), `.${basename(result)}.`))), String(part));
  const write = async (part: number) => {
    const own = waiting.get(part);
    if (!own || own.bytes === 0) return;
    waiting.delete(part);
    await fs.appendFile(await pathOf(part), Buffer.concat(own.parts)).catch((error: unknown) => {
      throw diskError(error, result);
    });
  };
  return {
    async add(part, bytes) {
      const own = waiting.get(part) ?? { parts: [], bytes: 0 };
      waiting.set(part, own);
      own.parts.push(bytes);
      own.bytes += bytes.byteLength;
      if (own.bytes >= GATHER_BYTES) await write(part);
    },
    async read(part) {
      await write(part);
      const path = await pathOf(part);
      const bytes = await fs.readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return new Uint8Array(); // no row fell into it
        throw diskError(error, result);
      });
      await fs.rm(path, { force: true });
      return bytes;
    },
    async dispose() {
      if (folder) await fs.rm(await folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}
