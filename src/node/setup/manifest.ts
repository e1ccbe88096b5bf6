/** The note that a finished set-up leaves in its folder: what lies there, from where, since when. */

import { join } from 'node:path';
import { setupTargets, type SetupTarget } from '../../protocol/setup.ts';
import { readTextIfThere, writeFileWhole } from '../files.ts';
import type { Artifact } from './artifact.ts';

export interface SetupManifest {
  target: SetupTarget;
  /** "TensorFlow 2.21.0 for the processor" */
  words: string;
  /** Date and time, ISO 8601. */
  at: string;
  /** All files of the folder. */
  bytes: number;
  parts: { name: string; version: string; checksum: string }[];
  /** tensorflow: it was asked for on the processor, and stays there when it is repaired or brought up to date. */
  cpu?: true;
}

export const partOf = (artifact: Artifact): SetupManifest['parts'][number] => ({ name: artifact.name, version: artifact.version, checksum: artifact.from === 'npm' ? artifact.integrity : `sha256-${artifact.sha256}` });

export async function writeManifest(folder: string, manifest: SetupManifest): Promise<void> {
  await writeFileWhole(join(folder, fileName), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Undefined when nothing, or nothing of ours, is set up. */
export async function readManifest(home: string, target: SetupTarget): Promise<SetupManifest | undefined> {
  const text = await readTextIfThere(join(home, target, fileName));
  try {
    const raw = JSON.parse(text ?? 'null') as Partial<SetupManifest> | null;
    if (raw?.target !== target || typeof raw.words !== 'string' || typeof raw.at !== 'string' || typeof raw.bytes !== 'number' || !Array.isArray(raw.parts)) return undefined;
    return { target, words: raw.words, at: raw.at, bytes: raw.bytes, parts: raw.parts, ...(raw.cpu === true ? { cpu: true } : {}) };
  } catch {
    return undefined;
  }
}

export async function readManifests(home: string): Promise<SetupManifest[]> {
  const all = await Promise.all(setupTargets.map((target) => readManifest(home, target)));
  return all.filter((manifest) => manifest !== undefined);
}

const fileName = 'posttrain-setup.json';
