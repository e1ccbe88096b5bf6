/** Safetensors files on disk: opened by path, and written in one go from any source of tensors. */

import { promises as fs } from 'node:fs';
import { readSafetensors, writeSafetensors, type SafetensorsFile } from '../model/weights/safetensors.ts';
import type { Dtype } from '../model/weights/numbers.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { diskError } from './files.ts';
import { openFileSource } from './fileSource.ts';

export interface WeightsFile extends SafetensorsFile {
  close(): Promise<void>;
}

/** Reads the header; tensors are read when asked for. Throws a UserError that names the file. */
export async function openWeightsFile(path: string): Promise<WeightsFile> {
  const source = await openFileSource(path);
  try {
    return { ...(await readSafetensors(source, path)), close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Writes every tensor of the source in its own type, one in memory at a time, and syncs. A half-written file is removed; the caller makes it atomic. */
export async function writeWeightsFile(path: string, weights: WeightSource, metadata: Record<string, string> = {}): Promise<void> {
  const tensors = weights.names.map((name) => ({ name, shape: weights.shape(name)!, dtype: weights.dtype(name) as Dtype, read: () => weights.read(name) }));
  let handle: fs.FileHandle | undefined;
  try {
    const file = (handle = await fs.open(path, 'w'));
    const sink = async (bytes: Uint8Array) => {
      for (let done = 0; done < bytes.byteLength; ) done += (await file.write(bytes, done)).bytesWritten;
    };
    await writeSafetensors(tensors, sink, metadata);
    await file.sync();
  } catch (error) {
    await handle?.close();
    handle = undefined;
    await fs.rm(path, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  } finally {
    await handle?.close();
  }
}
