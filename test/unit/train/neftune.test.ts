/** NEFTune: what is drawn, how it is scaled, and that a step uses it. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../../../src/backend/index.ts';
import { initialWeights } from '../../../src/model/weights/source.ts';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { loadModel, trainableVariables } from '../../../src/nn/model.ts';
import { sft } from '../../../src/train/losses/sft.ts';
import { scaledNoise, seededNoise } from '../../../src/train/neftune.ts';
import { createRowStore } from '../../../src/train/rowStore.ts';
import { trainSettings } from '../../../src/train/settings.ts';
import { stepComputer } from '../../../src/train/step.ts';
import { disposeAll } from '../../../src/train/tensors.ts';

before(async () => void (await openBackend('cpu')));

describe('NEFTune', () => {
  test('draws as many numbers as there are embeddings, each micro-batch its own', () => {
    const shape = [2, 8, 16] as const;
    const [first, again, next] = [seededNoise(1)(0, shape), seededNoise(1)(0, shape), seededNoise(1)(1, shape)];
    assert.equal(first.length, 256);
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, next);
    assert.ok(first.every((value) => value >= -1 && value < 1) && first.some((value) => value < -0.9) && first.some((value) => value > 0.9));
  });

  test('scales by the longest row, not by the length that rows are padded to', () => {
    const { data, shape } = scaledNoise(5, 6, Float32Array.of(1, -0.5), [1, 8, 4]);
    assert.deepEqual(shape, [8, 4]);
    assert.ok(Math.abs(data[0]! - 5 / Math.sqrt(24)) < 1e-7 && Math.abs(data[1]! + 2.5 / Math.sqrt(24)) < 1e-7);
  });

  test('is a function of the step', async () => {
    const config = newLlamaConfig({ vocab_size: 40, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 32 });
    const model = await loadModel(config, initialWeights(config, 1));
    const rows = createRowStore(40, 'rows');
    rows.add({ line: 1, problems: [], sides: [{ side: 'row', ids: [3, 5, 7, 9], trained: [1, 1, 1, 1], promptLength: 0, truncatedFrom: null, dropped: null }] });
    const lossAt = async (alpha: number | null, step: number) => {
      const { compute } = stepComputer({ model, rows, loss: sft({}), padId: 0, settings: trainSettings({ neftune_noise_alpha: alpha }, 42) }, trainableVariables(model));
      const { loss, grads } = await compute([[0]], step);
      disposeAll(grads.values());
      return loss;
    };
    const [plain, first, again, next] = [await lossAt(null, 0), await lossAt(5, 0), await lossAt(5, 0), await lossAt(5, 1)];
    assert.equal(first, again);
    assert.equal(new Set([plain, first, next]).size, 3);
    model.dispose();
  });
});
