/** The short form of `npm run soak:kill`: a trainer that is killed at random instants loses no more than what came after its last checkpoint. */

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { killLoop } from '../../src/build/soak/killLoop.ts';
import { killSpec } from '../../src/build/soak/killSpec.ts';
import { temporaryFolder } from '../trainerRun.ts';

test('24 kills: each leaves a whole checkpoint and a readable history, and the run ends as if there had been none', async (t) => {
  const report = await killLoop({ distDir: resolve('dist'), spec: killSpec(), work: await temporaryFolder(t), kills: 24, seed: 7 });
  t.diagnostic(JSON.stringify(report));
  assert.equal(report.kills, 24);
  assert.ok(report.completed >= 1 && report.checkpoints >= 5 && report.at.saving >= 3, JSON.stringify(report));
});
