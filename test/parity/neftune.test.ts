/** Replays TRL's runs with NEFTune, with the noise that it drew: no setting of a run may bring noise. */

import { after, before, test } from 'node:test';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import { noisyTraces } from './replayTrace.ts';
import { replayHere } from './replayHere.ts';
import { tolerances } from './tolerances.ts';

let backend: Backend;
before(async () => void (backend = await openBackend('wasm', { threads: 1 })));
after(() => backend.dispose());

for (const name of noisyTraces) test(`TRL's ${name}: metrics, moments and weights agree`, async () => void (await replayHere(name, tolerances.wasm)));
