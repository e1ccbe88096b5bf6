/** How many threads compute changes nothing: runs on machines with other numbers of cores can be compared, and resumed there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/backend/index.ts';
import { distance, runLoop, type LoopResult } from './tinyLoop.ts';

for (const [what, lora] of [['full training', false], ['an adapter with dropout', true]] as const) {
  test(`1, 2 and 3 threads give the same bits: ${what}`, async () => {
    const results: LoopResult[] = [];
    for (const threads of [1, 2, 3]) {
      const backend = await openBackend('wasm', { threads });
      assert.equal(backend.threads, threads);
      results.push(await runLoop({ params: { per_device_train_batch_size: 4, gradient_accumulation_steps: 2, max_steps: 8, train_sampling_strategy: 'random', weight_decay: 0.01 }, model: { lora } }));
      await backend.dispose();
    }
    const [one, ...others] = results;
    assert.equal(one!.metrics.size, 8);
    for (const other of others) {
      assert.deepEqual([...other.metrics], [...one!.metrics]);
      assert.equal(distance(one!.weights, other.weights), 0);
    }
  });
}
