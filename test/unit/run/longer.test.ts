/** How much more a branch plans that begins where the plan ended. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moreThan } from '../../../src/run/longer.ts';

test('a branch from the last planned step plans twice as much, in the unit of the plan; an earlier one changes nothing', () => {
  const bySteps = { max_steps: 40, num_train_epochs: 3 };
  assert.equal(moreThan(40, bySteps, { step: 40, epoch: 0.5 }), 'max_steps=80');
  assert.equal(moreThan(20, bySteps, { step: 40, epoch: 0.5 }), '');
  const byEpochs = { max_steps: -1, num_train_epochs: 3 };
  assert.equal(moreThan(81, byEpochs, { step: 81, epoch: 3 }), 'num_train_epochs=6');
  assert.equal(moreThan(54, byEpochs, { step: 81, epoch: 3 }), '');
  assert.equal(moreThan(60, byEpochs, { step: 60, epoch: 2.2 }), '');
});
