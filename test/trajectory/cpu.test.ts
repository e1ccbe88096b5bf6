/** Equivalences on tfjs' plain JavaScript backend. */

import { test } from 'node:test';
import { openBackend } from '../../src/backend/index.ts';
import { equivalences } from './equivalences.ts';

const opened = openBackend('cpu').then(() => '', (error: Error) => error.message);

for (const { name, run } of equivalences({ exact: true, few: true }).filter(({ name }) => /accumulated|full training/.test(name))) {
  test(name, async (t) => {
    const missing = await opened;
    if (missing) t.skip(missing);
    else await run(t);
  });
}
