/** The file behind an address: on disk where it can be read in ranges, else in a virtual file system that only hands out whole files. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { throwIfAborted } from '../../core/abort.ts';
import { bytesSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import { concat } from '../../dataset/lineText.ts';
import { diskFile, type DatasetFile, type FileStamp } from './diskFile.ts';

/** A virtual file system has no ranged reads (vscode#84515), so the whole file is held in memory. */
export const MAX_VIRTUAL_BYTES = 50 * 1024 * 1024;

export function datasetFile(uri: vscode.Uri, spareFolder: string): DatasetFile {
  return uri.scheme === 'file' ? diskFile(uri.fsPath, spareFolder) : virtualFile(uri);
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
      const whole = concat(parts);
      await beforeReplace(bytesSource(whole), Date.now());
      throwIfAborted(signal);
      await files.writeFile(uri, whole);
    },
  };
}
