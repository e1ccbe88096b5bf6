/** Where a dataset comes from and is saved to: a file on disk with ranged reads, or a virtual file system that only gives whole files. */

import { constants, promises as fs } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { throwIfAborted } from '../../core/abort.ts';
import { bytesSource, type ByteSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import { concat } from '../../dataset/lineText.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { diskError, isMissing } from '../../node/files.ts';
import { saveFile } from '../../node/saveFile.ts';

export interface FileStamp {
  sizeBytes: number;
  modifiedMs: number;
}

export interface SaveRequest {
  signal: AbortSignal;
  /** All bytes are written; throw to leave the old file as it is. */
  beforeReplace(): Promise<void>;
}

export interface DatasetFile {
  readonly name: string;
  open(): Promise<{ source: ByteSource; modifiedMs: number }>;
  /** Undefined when it does not exist. */
  stamp(): Promise<FileStamp | undefined>;
  isReadOnly(): Promise<boolean>;
  save(chunks: AsyncIterable<Uint8Array>, request: SaveRequest): Promise<void>;
}

/** A virtual file system has no ranged reads (vscode#84515), so the whole file is held in memory. */
export const MAX_VIRTUAL_BYTES = 50 * 1024 * 1024;

export function datasetFile(uri: vscode.Uri, spareFolder: string): DatasetFile {
  return uri.scheme === 'file' ? diskFile(uri.fsPath, spareFolder) : virtualFile(uri);
}

function diskFile(path: string, spareFolder: string): DatasetFile {
  return {
    name: basename(path),
    async open() {
      const source = await openFileSource(path);
      return { source, modifiedMs: source.modifiedMs };
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
    save: (chunks, { signal, beforeReplace }) => saveFile(path, chunks, { spareFolder, signal, beforeReplace }),
  };
}

function virtualFile(uri: vscode.Uri): DatasetFile {
  const files = vscode.workspace.fs;
  const name = basename(uri.path);
  const stamp = async (): Promise<FileStamp | undefined> => {
    try {
      const { size, mtime } = await files.stat(uri);
      return { sizeBytes: size, modifiedMs: mtime };
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
      throw error;
    }
  };
  return {
    name,
    stamp,
    async open() {
      const { sizeBytes, modifiedMs } = (await stamp()) ?? { sizeBytes: 0, modifiedMs: 0 };
      if (sizeBytes > MAX_VIRTUAL_BYTES) {
        throw new UserError(
          vscode.l10n.t('{0} has {1} MB. In a virtual workspace a dataset can be opened up to {2} MB, because such a workspace only hands out whole files. Open a folder on a disk (or over SSH) instead.', name, Math.ceil(sizeBytes / 1048576), MAX_VIRTUAL_BYTES / 1048576),
          'file-too-large',
        );
      }
      return { source: bytesSource(await files.readFile(uri)), modifiedMs };
    },
    async isReadOnly() {
      if (files.isWritableFileSystem(uri.scheme) === false) return true;
      const { permissions } = await files.stat(uri);
      return ((permissions ?? 0) & vscode.FilePermission.Readonly) !== 0;
    },
    async save(chunks, { signal, beforeReplace }) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) {
        throwIfAborted(signal);
        parts.push(chunk.slice());
      }
      await beforeReplace();
      throwIfAborted(signal);
      await files.writeFile(uri, concat(parts));
    },
  };
}
