/** Whether the data and the weights of a resumed run are still those it began with. */

import { UserError } from '../../core/problem.ts';
import { compareFingerprints, fingerprintOf } from '../../dataset/fingerprint.ts';
import { openFileSource } from '../../node/fileSource.ts';
import type { FileFingerprint } from '../../run/directory.ts';

export async function fingerprints(paths: readonly string[]): Promise<FileFingerprint[]> {
  const found: FileFingerprint[] = [];
  for (const path of new Set(paths)) {
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
export function requireSameData(before: readonly FileFingerprint[], now: readonly FileFingerprint[], branch: string, warn: (message: string) => void): void {
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

/** Refuses changed weights where a part of the model, or its reference, is taken from them again. Runs of older versions do not say what they were. */
export function requireSameWeights(before: readonly FileFingerprint[], now: readonly FileFingerprint[]): void {
  for (const file of now) {
    const old = before.find(({ path }) => path === file.path);
    if (old && compareFingerprints(old, file) === 'different') {
      throw new UserError(`${file.path} was changed since the run of this checkpoint began, and the checkpoint fits no other weights. Restore the file, or start a new run.`, 'weights-changed');
    }
  }
}
