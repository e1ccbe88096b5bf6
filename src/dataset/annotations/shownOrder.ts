/** Which answer of a pair is shown first when nobody shall know which one the file prefers: drawn from seed and row, so that place tells nothing. */

import { createRng } from '../../core/rng.ts';
import type { RowIdentity, Side } from './rowIdentity.ts';

/** The answer that is called A. The same before and after the two are swapped in the file. */
export function firstShown({ hash, answers }: RowIdentity, seed: number): Side | undefined {
  if (!answers) return undefined;
  const smallerFirst = createRng(seed, parseInt(hash.slice(0, 8), 16)).next() < 0.5;
  return smallerFirst === answers.chosen <= answers.rejected ? 'chosen' : 'rejected';
}
