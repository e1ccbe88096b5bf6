/** Makes the directory of a new run from a loaded spec: the one way in for the terminal and the window. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newRunRecord } from '../run/newRun.ts';
import type { BranchPoint } from '../run/directory.ts';
import type { ResolvedSpec } from '../run/spec.ts';
import { openFileSource } from './fileSource.ts';
import { createRun } from './runDirectory.ts';

/** Returns the run directory, ready for a trainer. Throws when it already holds a run, unless `overwrite`. */
export async function createNewRun(options: { spec: ResolvedSpec; specFile: string | null; distDir: string; overwrite: boolean; branch?: BranchPoint }): Promise<string> {
  const { spec, specFile, distDir, overwrite, branch } = options;
  const versions = { posttrain: posttrainVersion(distDir), node: process.versions.node };
  await createRun(spec.output_dir, await newRunRecord({ spec, specFile, versions, branch }, openFileSource), { overwrite });
  return spec.output_dir;
}

/** From package.json beside the folder of the bundles. */
export function posttrainVersion(distDir: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(distDir, '..', 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
