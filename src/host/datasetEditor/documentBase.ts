/** The file that an open dataset was read from: never changed, only replaced when it was saved or read anew. */

import { fingerprintOf, type Fingerprint } from '../../dataset/fingerprint.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { RecordStore, type Snapshot } from '../../dataset/recordStore.ts';
import type { DatasetFile } from './diskFile.ts';

export interface Base {
  readonly store: RecordStore;
  readonly fingerprint: Fingerprint;
  /** Ends what still reads it. */
  readonly abort: AbortController;
}

/** The file on disk is not the one that the rows came from. */
export class ChangedOnDisk extends Error {
  override name = 'ChangedOnDisk';
}

/** `index`: that of the file, where it is known. */
export async function openBase(file: DatasetFile, index?: LineIndex): Promise<Base> {
  const { source, modifiedMs } = await file.open();
  return { store: new RecordStore(source, index ?? new LineIndex(source.sizeBytes)), fingerprint: await fingerprintOf(source, modifiedMs), abort: new AbortController() };
}

/** Counts the lines. `onProgress`: often enough to look alive, seldom enough to cost nothing. */
export async function buildIndex({ store, abort }: Base, onProgress: () => void): Promise<void> {
  let shown = -Infinity;
  await store.index.build(store.source, {
    signal: abort.signal,
    onProgress: () => {
      store.grow();
      if (performance.now() - shown < 100) return;
      shown = performance.now();
      onProgress();
    },
  });
  store.grow();
}

export async function isChangedOnDisk(file: DatasetFile, { fingerprint }: Base): Promise<boolean> {
  const stamp = await file.stamp();
  return stamp !== undefined && (stamp.sizeBytes !== fingerprint.sizeBytes || stamp.modifiedMs !== fingerprint.modifiedMs);
}

/** Writes rows of the base and their edits to a file, and indexes them on the way. `check` throws to leave the file as it is. */
export async function writeRows({ store }: Base, snapshot: Snapshot, file: DatasetFile, signal: AbortSignal, check: () => Promise<void>): Promise<LineIndex> {
  const index = new LineIndex(0);
  await file.save(indexed(store.bytes(snapshot, signal), index), { signal, beforeReplace: check });
  index.finish();
  return index;
}

async function* indexed(chunks: AsyncIterable<Uint8Array>, index: LineIndex): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    index.add(chunk);
    yield chunk;
  }
}
