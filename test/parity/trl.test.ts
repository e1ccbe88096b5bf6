/** Recorded TRL runs on the WebAssembly backend: all of them. */

import { after, test } from 'node:test';
import { replayTrace, traces } from './replayTrace.ts';
import { deviationLine, type Deviations } from './tolerances.ts';

const seen: Deviations[] = [];
after(() => console.log(deviationLine('wasm', seen)));

for (const name of traces) test(`TRL's ${name}: metrics, moments and weights agree`, async (t) => void seen.push(await replayTrace(t, name, 'wasm')));
