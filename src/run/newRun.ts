/** What run.json says about a run that is about to start. */

import type { ByteSource } from '../core/byteSource.ts';
import { fingerprintOf } from '../dataset/fingerprint.ts';
import type { BranchPoint, FileFingerprint, RunRecord } from './directory.ts';
import type { ResolvedSpec } from './spec.ts';

export interface NewRun {
  spec: ResolvedSpec;
  /** The file that the spec came from. */
  specFile: string | null;
  versions: Record<string, string>;
  /** For a branch. */
  branch?: BranchPoint;
}

export async function newRunRecord({ spec, specFile, versions, branch }: NewRun, open: (path: string) => Promise<ByteSource & { modifiedMs: number }>): Promise<RunRecord> {
  const datasets: FileFingerprint[] = [];
  for (const path of new Set([...spec.dataset, ...spec.eval_dataset].map((part) => part.path))) {
    const source = await open(path);
    try {
      datasets.push({ path, ...(await fingerprintOf(source, source.modifiedMs)) });
    } finally {
      await source.close();
    }
  }
  return { version: 1, spec, spec_file: specFile, versions, datasets, weights: branch?.weights ?? [], device: null, start: new Date().toISOString(), ...(branch === undefined ? {} : { origin: branch.origin }) };
}
