/** Tells whether a file is still the one that was read, without reading it whole: size, time, and hashes of its head, tail and samples. */

import type { ByteSource } from '../core/byteSource.ts';
import { createHasher } from '../core/hash.ts';

export interface Fingerprint {
  sizeBytes: number;
  modifiedMs: number;
  hash: string;
}

/** `same`: nothing speaks against it. `perhaps`: equal where it was looked at, but written since. `different`: for certain. */
export type Likeness = 'same' | 'perhaps' | 'different';

const END_BYTES = 64 * 1024;
const SAMPLES = 16;
const SAMPLE_BYTES = 4 * 1024;

export async function fingerprintOf(source: ByteSource, modifiedMs: number): Promise<Fingerprint> {
  const size = source.sizeBytes;
  const hasher = createHasher();
  hasher.update(await source.read(0, END_BYTES));
  const middle = size - 2 * END_BYTES;
  for (let i = 0; i < SAMPLES && middle > 0; i++) hasher.update(await source.read(END_BYTES + Math.floor((middle * i) / SAMPLES), Math.min(SAMPLE_BYTES, middle)));
  if (size > END_BYTES) hasher.update(await source.read(Math.max(END_BYTES, size - END_BYTES), END_BYTES));
  return { sizeBytes: size, modifiedMs, hash: hasher.digest() };
}

export function compareFingerprints(a: Fingerprint, b: Fingerprint): Likeness {
  if (a.sizeBytes !== b.sizeBytes || a.hash !== b.hash) return 'different';
  return a.modifiedMs === b.modifiedMs ? 'same' : 'perhaps';
}

export function isFingerprint(value: unknown): value is Fingerprint {
  if (typeof value !== 'object' || value === null) return false;
  const { sizeBytes, modifiedMs, hash } = value as Record<string, unknown>;
  return Number.isSafeInteger(sizeBytes) && (sizeBytes as number) >= 0 && typeof modifiedMs === 'number' && Number.isFinite(modifiedMs) && typeof hash === 'string';
}
