/** How native TensorFlow is opened: what the environment says of it is followed, and told as it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';
import type { Backend } from '../../src/backend/index.ts';

const works = {
  opened: ({ device, threads }: Backend) => Promise.resolve([threads, device.replace(/.*, /, ''), process.env.TF_FORCE_GPU_ALLOW_GROWTH]),
};

if (!answerAsked(works)) {
  const skip = missingBackend('tensorflow');
  const openedWith = async (env: Record<string, string>) => {
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
      return await inProcessOf(__filename, 'tensorflow', 'opened');
    } finally {
      process.env = before;
    }
  };

  test('it has the threads that it is given, unless the environment gives it others', { skip }, async () => {
    const words = (threads: number) => `${threads} thread${threads === 1 ? '' : 's'}`;
    assert.deepEqual(await openedWith({ TF_NUM_INTRAOP_THREADS: '' }), [2, words(2), 'true']);
    assert.deepEqual(await openedWith({ TF_NUM_INTRAOP_THREADS: '1' }), [1, words(1), 'true']);
  });

  test('it takes of a card what it needs, unless the environment says otherwise', { skip }, async () => {
    const [, , growth] = (await openedWith({ TF_FORCE_GPU_ALLOW_GROWTH: 'false' })) as unknown[];
    assert.equal(growth, 'false');
  });
}
