/** Whether a run fits into memory: on a card the optimizer counts with the tensors, beside WebAssembly's heap it does not. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Backend } from '../../../src/backend/index.ts';
import { requireTrainingMemory, type Trainables } from '../../../src/main/trainer/openModel.ts';
import { estimateTraining } from '../../../src/model/memory.ts';
import { openModelFolder } from '../../../src/node/modelFolder.ts';

test('a card holds weights, gradients, activations and moments; a heap holds all but the moments', async (t) => {
  const folder = await openModelFolder(join('test', 'parity', 'models', 'tied'));
  t.after(() => folder.close());
  const size = { batch: 2, time: 64 };
  const all: Trainables = { lora: undefined, loraInit: undefined, tokenIds: undefined, freeze: [] };
  const { total, optimizer } = estimateTraining(folder.config, { ...size, fused: true });
  const check = (gpu: boolean, bytes: number) => requireTrainingMemory(folder, all, { training: size, evaluation: undefined, reference: false }, { name: 'wasm', gpu, memoryLimitBytes: () => bytes } as Backend, () => undefined);
  check(false, total - optimizer);
  assert.throws(() => check(true, total - optimizer), { code: 'out-of-memory' });
  check(true, total);
});
