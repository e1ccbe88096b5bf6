/** The first steps of a recorded TRL run of every method on the WebGPU backend, in one process: a software GPU compiles its programs for seconds. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { methods } from '../../src/methods/index.ts';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';
import { replayHere } from './replayHere.ts';
import { recordedOf } from './replayTrace.ts';
import { deviationLine, tolerances, type Deviations } from './tolerances.ts';

const chosen = ['sft_plain_untied', 'pretrain_packed', 'dpo_sigmoid', 'kto', 'orpo', 'cpo_simpo', 'reward'];
const steps = 2;

const works = {
  async replay() {
    const results: Record<string, Deviations | string> = {};
    for (const name of chosen) results[name] = await replayHere(name, tolerances.webgpu, steps).catch((error: Error) => error.message);
    return results;
  },
};

if (!answerAsked(works)) {
  const skip = missingBackend('webgpu');
  let results: Awaited<ReturnType<typeof works.replay>> = {};
  before(async () => {
    if (!skip) results = await inProcessOf(__filename, 'webgpu', 'replay');
  });
  after(() => {
    if (!skip) console.log(deviationLine('webgpu', Object.values(results).filter((result) => typeof result !== 'string')));
  });
  test('every method has a run', async () => assert.deepEqual([...new Set(await Promise.all(chosen.map(async (name) => (await recordedOf(name)).method)))].sort(), [...methods.ids].sort()));
  for (const name of chosen) test(`TRL's ${name}: the first ${steps} steps agree on webgpu`, { skip }, () => void assert.ok(typeof results[name] !== 'string', String(results[name])));
}
