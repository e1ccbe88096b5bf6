/** Where a dataset comes from and is saved to, and a file on disk as one. Knows nothing of VS Code. */

import { constants, promises as fs } from 'node:fs';
import { basename } from 'node:path';
import type { ByteSource } from '../../core/byteSource.ts';
import { openFileSource, type FileSource } from '../../node/fileSource.ts';
import { diskError, isMissing } from '../../node/files.ts';
import { saveFile } from '../../node/saveFile.ts';

export interface FileStamp {
  sizeBytes: number;
  modifiedMs: number;
}

export interface SaveRequest {
  signal: AbortSignal;
  /** All bytes are written, and can be read here; throw to leave the old file as it is. `copy`: where they stay if the file is then written only in part. */
  beforeReplace(written: ByteSource, modifiedMs: number, copy?: string): Promise<void>;
}

export interface DatasetFile {
  readonly name: string;
  open(): Promise<{ source: ByteSource; modifiedMs: number; id?: string }>;
  /** Undefined when it does not exist. */
  stamp(): Promise<FileStamp | undefined>;
  isReadOnly(): Promise<boolean>;
  save(chunks: AsyncIterable<Uint8Array>, request: SaveRequest): Promise<void>;
}

/** `spareFolder`: for the copy that is needed when the file can't be replaced by a rename. */
export function diskFile(path: string, spareFolder: string): DatasetFile {
  const open = new Set<FileSource>();
  return {
    name: basename(path),
    async open() {
      const source = await openFileSource(path);
      open.add(source);
      const close = () => {
        open.delete(source);
        return source.close();
      };
      return { source: { ...source, close }, modifiedMs: source.modifiedMs, id: source.id };
    },
    async stamp() {
      try {
        const stats = await fs.stat(path);
        return { sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw diskError(error, path);
      }
    },
    isReadOnly: () =>
      fs.access(path, constants.W_OK).then(
        () => false,
        (error: unknown) => !isMissing(error),
      ),
    save: (chunks, { signal, beforeReplace }) =>
      saveFile(path, chunks, { spareFolder, signal, beforeReplace: (written, inPlace) => withSource(written, inPlace, beforeReplace), whileClosed: (replace) => [...open].reduce((rest, source) => () => source.whileClosed(rest), replace)() }),
  };
}

async function withSource(path: string, inPlace: boolean, look: SaveRequest['beforeReplace']): Promise<void> {
  const source = await openFileSource(path);
  try {
    await look(source, source.modifiedMs, inPlace ? path : undefined);
  } finally {
    await source.close();
  }
}
