/** The file that an open dataset was read from: never changed, only replaced when it was saved or read anew. */

import type { ByteSource } from '../../core/byteSource.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { fingerprintOf, type Fingerprint } from '../../dataset/fingerprint.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { RecordStore, type Snapshot } from '../../dataset/recordStore.ts';
import type { DatasetFile } from './diskFile.ts';

export interface Base {
  readonly store: RecordStore;
  readonly fingerprint: Fingerprint;
  /** Of the file on its disk, where it has one: another file of the same name has another. */
  readonly id: string | undefined;
  /** Ends what still reads it. */
  readonly abort: AbortController;
}

/** The file on disk is not the one that the rows came from. */
export class ChangedOnDisk extends Error {
  override name = 'ChangedOnDisk';
}

/** `index`: that of the file, where it is known. */
export async function openBase(file: DatasetFile, index?: LineIndex): Promise<Base> {
  const { source, modifiedMs, id } = await file.open();
  return { store: new RecordStore(source, index ?? new LineIndex(source.sizeBytes)), fingerprint: await fingerprintOf(source, modifiedMs), id, abort: new AbortController() };
}

export interface Grown {
  /** With the edits in it. */
  base: Base;
  /** The last line that was known had no LF and went on. */
  changed: Splice[];
}

/**
 * The file with what was written behind its end since: a log, for example. Undefined when it is another file, not the same up to there, or
 * has another row where one was edited. Only the new bytes are read, samples of the old ones, and edited rows.
 */
export async function openGrown(file: DatasetFile, { store, fingerprint, id, abort }: Base, unsaved: readonly Splice[]): Promise<Grown | undefined> {
  const { index } = store;
  if (!index.complete || index.lines === 0 || id === undefined) return undefined;
  const { source, modifiedMs, id: newId } = await file.open();
  const { sizeBytes } = fingerprint;
  const known: ByteSource = { ...source, sizeBytes, read: (offset, length) => source.read(offset, Math.min(length, sizeBytes - offset)) };
  try {
    if (newId === id && source.sizeBytes > sizeBytes && (await fingerprintOf(known, 0)).hash === fingerprint.hash) {
      const base: Base = { store: new RecordStore(source, index.continued(source.sizeBytes)), fingerprint: await fingerprintOf(source, modifiedMs), id, abort };
      await buildIndex(base, () => undefined);
      if (await holdsRows(base, unsaved)) {
        const open = index.finalNewline ? 0 : 1;
        const [removed, inserted] = [await store.texts(index.lines - open, open), await base.store.texts(index.lines - open, open)];
        base.store.apply(unsaved);
        return { base: { ...base, abort: new AbortController() }, changed: removed[0] === inserted[0] ? [] : [{ at: index.lines - 1, removed, inserted }] };
      }
    }
  } catch (error) {
    await source.close();
    throw error;
  }
  await source.close();
  return undefined;
}

/** Whether the rows that these edits of the file replaced are in it as they were. */
async function holdsRows({ store }: Base, splices: readonly Splice[]): Promise<boolean> {
  for (const { at, removed } of splices) {
    const lines = await store.texts(at, removed.length);
    if (lines.length !== removed.length || lines.some((line, i) => line !== removed[i])) return false;
  }
  return true;
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

/** Writes rows of the base and their edits to a file, and indexes them on the way. `check` gets the new file and throws to leave the old one as it is. */
export async function writeRows({ store }: Base, snapshot: Snapshot, file: DatasetFile, signal: AbortSignal, check: (written: Fingerprint, copy?: string) => Promise<void>): Promise<LineIndex> {
  const index = new LineIndex(0);
  await file.save(indexed(store.bytes(snapshot, signal), index), { signal, beforeReplace: async (written, modifiedMs, copy) => check(await fingerprintOf(written, modifiedMs), copy) });
  index.finish();
  return index;
}

async function* indexed(chunks: AsyncIterable<Uint8Array>, index: LineIndex): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    index.add(chunk);
    yield chunk;
  }
}
