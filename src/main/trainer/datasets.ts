/** Whether the data of a resumed run is still the data it began with. */

import { UserError } from '../../core/problem.ts';
import { compareFingerprints, fingerprintOf } from '../../dataset/fingerprint.ts';
import { openFileSource } from '../../node/fileSource.ts';
import type { DatasetFingerprint } from '../../run/directory.ts';
import type { DatasetPart } from '../../run/spec.ts';

export async function fingerprints(parts: readonly DatasetPart[]): Promise<DatasetFingerprint[]> {
  const found: DatasetFingerprint[] = [];
  for (const path of new Set(parts.map((part) => part.path))) {
    const source = await openFileSource(path);
    try {
      found.push({ path, ...(await fingerprintOf(source, source.modifiedMs)) });
    } finally {
      await source.close();
    }
  }
  return found;
}

/** Refuses changed data: the order of rows follows from their number, so training would go on with other rows than it says. `branch` is the command that begins a run with the data as they are now. */
export function requireSameData(before: readonly DatasetFingerprint[], now: readonly DatasetFingerprint[], branch: string, warn: (message: string) => void): void {
  for (const file of now) {
    const old = before.find(({ path }) => path === file.path);
    if (!old) continue;
    const likeness = compareFingerprints(old, file);
    if (likeness === 'different') {
      throw new UserError(`${file.path} was changed since this run began, so it cannot be resumed: its rows would come in another order. Restore the file, or go on with the changed one in a new run: ${branch}`, 'dataset-changed');
    }
    if (likeness === 'perhaps') warn(`${file.path} was written since this run began, with the same content as far as it was compared.`);
  }
}
