/** Equivalences on native TensorFlow, where it is set up; elsewhere its refusal says how to set it up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/backend/index.ts';
import { equivalences } from './equivalences.ts';

const opened = openBackend('tensorflow').then(() => '', (error: Error) => error.message);

for (const { name, run } of equivalences({ exact: false })) {
  test(name, async (t) => {
    const missing = await opened;
    if (missing) assert.match(missing, /native library is not set up|is not installed/);
    else await run(t);
  });
}
