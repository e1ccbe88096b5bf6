/** Recorded TRL runs on the native backend: all of them. */

import { after, test } from 'node:test';
import { missingBackend } from '../backendProcess.ts';
import { replayTrace, traces } from './replayTrace.ts';
import { deviationLine, type Deviations } from './tolerances.ts';

const skip = missingBackend('tensorflow');
const seen: Deviations[] = [];
after(() => {
  if (!skip) console.log(deviationLine('tensorflow', seen));
});

for (const name of traces) test(`TRL's ${name}: metrics, moments and weights agree on tensorflow`, { skip }, async (t) => void seen.push(await replayTrace(t, name, 'tensorflow')));
