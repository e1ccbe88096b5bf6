/** Equivalences on native TensorFlow. */

import { before, test } from 'node:test';
import { openBackend } from '../../src/backend/index.ts';
import { missingBackend } from '../backendProcess.ts';
import { equivalences } from './equivalences.ts';

const skip = missingBackend('tensorflow');

before(async () => {
  if (!skip) await openBackend('tensorflow');
});

for (const { name, run } of equivalences({ exact: false })) test(name, { skip }, run);
