/** What a container allows counts, not what its machine has. */

import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { freeMemoryBytes, systemMemoryBytes } from '../../../src/backend/systemMemory.ts';
import { openBackend } from '../../../src/backend/index.ts';

const gib = 2 ** 30;

test('the memory of a container is the limit of its backends', async (t) => {
  t.mock.method(os, 'totalmem', () => 64 * gib);
  const constrained = t.mock.method(process, 'constrainedMemory', () => 3 * gib);
  assert.equal(systemMemoryBytes(), 3 * gib);
  assert.ok(process.platform === 'darwin' || freeMemoryBytes() <= 3 * gib);
  for (const name of ['wasm', 'cpu']) {
    const backend = await openBackend(name, { threads: 1 });
    assert.equal(backend.memoryLimitBytes(), 3 * gib, name);
    await backend.dispose();
  }
  // No limit: 0 or a number beyond all memory, as the system has it.
  for (const none of [0, 2 ** 64]) {
    constrained.mock.mockImplementation(() => none);
    assert.equal(systemMemoryBytes(), 64 * gib);
  }
});
