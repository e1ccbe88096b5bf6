/** Compares what is printed with what was accepted. `POSTTRAIN_ACCEPT=1 npm test -- golden` accepts; otherwise `.actual` files show the difference. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function assertGolden(name: string, actual: string): void {
  const accepted = join('test', 'golden', name);
  const beside = `${accepted}.actual`;
  const expected = existsSync(accepted) ? readFileSync(accepted, 'utf8') : '';
  rmSync(beside, { force: true });
  if (actual === expected) return;
  if (process.env.POSTTRAIN_ACCEPT === '1') return writeFileSync(accepted, actual);
  writeFileSync(beside, actual);
  assert.equal(actual, expected, `${accepted} is not what is printed now; see ${beside}. Accept with POSTTRAIN_ACCEPT=1 npm test -- --only test/golden`);
}
