/** A hash of any JSON value, by what it says: the order of keys does not count. */

import { hashText, joinHashes, sumHashes, type Hash64 } from '../../core/hash.ts';

/** Values inside deeper ones are taken for equal: whoever finds two equal hashes looks at the values again. */
const DEEPEST = 200;

export function hashValue(value: unknown, depth = 0): Hash64 {
  if (typeof value === 'string') return hashText(value);
  if (typeof value !== 'object' || value === null) return joinHashes([plain, hashText(String(value))]);
  if (depth === DEEPEST) return plain;
  if (Array.isArray(value)) return joinHashes([list, ...value.map((item) => hashValue(item, depth + 1))]);
  let sum = plain;
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) sum = sumHashes(sum, joinHashes([hashText(key), hashValue(item, depth + 1)]));
  }
  return joinHashes([object, sum]);
}

const plain = hashText('a value');
const list = hashText('a list');
const object = hashText('an object');
