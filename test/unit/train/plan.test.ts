/** How many steps there are and which rows they take. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchesOfStep, epochAfterStep, epochOrder, planTraining, type OrderOptions, type PlannedPart } from '../../../src/train/plan.ts';

const plan = (count: number, more: Partial<Parameters<typeof planTraining>[0]> = {}) => planTraining({ parts: [{ count, weight: 1 }], batchSize: 2, accumulation: 2, epochs: 3, maxSteps: -1, ...more });

test('steps as transformers counts them', () => {
  assert.deepEqual(plan(13), { rowsPerEpoch: 13, batchesPerEpoch: 7, stepsPerEpoch: 4, totalSteps: 12 });
  assert.equal(plan(13, { epochs: 1.5 }).totalSteps, 6);
  assert.equal(plan(13, { maxSteps: 5 }).totalSteps, 5, 'max_steps decides alone');
  assert.deepEqual(plan(1, { accumulation: 8 }), { rowsPerEpoch: 1, batchesPerEpoch: 1, stepsPerEpoch: 1, totalSteps: 3 });
  assert.throws(() => plan(0), /No row is left to train on/);
});

test('the last step of an epoch takes what is left', () => {
  const p = plan(13);
  assert.deepEqual([0, 3, 4].map((step) => batchesOfStep(p, 2, step)), [{ epoch: 0, from: 0, to: 2 }, { epoch: 0, from: 6, to: 7 }, { epoch: 1, from: 0, to: 2 }]);
  assert.equal(epochAfterStep(p, 2, 0), 2 / 7);
  assert.equal(epochAfterStep(p, 2, 3), 1);
});

const order = (parts: PlannedPart[], more: Partial<OrderOptions> = {}) => [...epochOrder({ parts, strategy: 'sequential', seed: 1, epoch: 0, batchSize: 2, lengthOf: (row) => row, ...more })];

test('every row once, in file order or shuffled by seed and epoch', () => {
  const parts = [{ count: 4, weight: 1 }, { count: 3, weight: 1 }];
  assert.deepEqual(order(parts), [0, 1, 2, 3, 4, 5, 6]);
  const shuffled = order(parts, { strategy: 'random' });
  assert.deepEqual([...shuffled].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(shuffled, order(parts, { strategy: 'random' }));
  assert.notDeepEqual(order([{ count: 50, weight: 1 }], { strategy: 'random' }), order([{ count: 50, weight: 1 }], { strategy: 'random', epoch: 1 }));
  assert.notDeepEqual(order([{ count: 50, weight: 1 }], { strategy: 'random' }), order([{ count: 50, weight: 1 }], { strategy: 'random', seed: 2 }));
});

test('weights repeat rows, or take another share of them each epoch', () => {
  const doubled = order([{ count: 3, weight: 2 }, { count: 2, weight: 1 }]);
  assert.deepEqual(doubled, [0, 1, 2, 0, 1, 2, 3, 4]);
  const half = [0, 1, 2, 3].map((epoch) => order([{ count: 10, weight: 0.5 }], { epoch }));
  for (const rows of half) {
    assert.equal(new Set(rows).size, 5);
    assert.deepEqual([...rows].sort((a, b) => a - b), rows);
  }
  assert.ok(new Set(half.map(String)).size > 1);
  assert.equal(planTraining({ parts: [{ count: 10, weight: 0.5 }, { count: 4, weight: 1.5 }], batchSize: 1, accumulation: 1, epochs: 1, maxSteps: -1 }).rowsPerEpoch, 11);
});

test('rows of like length stay together, the longest first of all', () => {
  const lengths = Array.from({ length: 64 }, (_, i) => (i * 37) % 64);
  const rows = order([{ count: 64, weight: 1 }], { strategy: 'group_by_length', batchSize: 4, lengthOf: (row) => lengths[row]! });
  assert.deepEqual([...rows].sort((a, b) => a - b), Array.from({ length: 64 }, (_, i) => i));
  assert.equal(lengths[rows[0]!], 63);
  // Four mega-batches of 16, each falling (but for the two that changed places).
  let rising = 0;
  for (let i = 1; i < rows.length; i++) if (i % 16 !== 0 && lengths[rows[i]!]! > lengths[rows[i - 1]!]!) rising++;
  assert.ok(rising <= 2, `${rising} rises`);
});
