/** What does not fit is refused before it is loaded, with numbers and with advice that helps. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adapterTargets } from '../../../src/model/adapterTargets.ts';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { measuredConfig, type ShapeId } from '../../../src/model/measuredShapes.ts';
import { estimateTraining, requireGenerationMemory, requireMemory, type TrainingShape } from '../../../src/model/memory.ts';

const config = newLlamaConfig({ vocab_size: 2048, hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 12, num_attention_heads: 16, tie_word_embeddings: true });
const gib = 2 ** 30;
const both = (bytes: number) => ({ process: bytes, tensors: bytes });

describe('not enough memory', () => {
  test('for a step: smaller batches or an adapter', () => {
    const estimate = estimateTraining(config, { batch: 64, time: 512, fused: true });
    assert.throws(() => requireMemory(estimate, both(gib)), /weights.*activations.*Take a smaller per_device_train_batch_size or max_length, or use_peft: true\.$/);
    assert.throws(() => requireMemory(estimate, both(gib), 'Take a smaller batch.'), /Take a smaller batch\.$/);
    requireMemory(estimate, both(1000 * gib));
  });
  test('for the weights: no setting helps', () => {
    assert.throws(() => requireMemory(estimateTraining(config, { batch: 1, time: 8 }), both(gib / 4)), /weights alone do not fit: take a smaller model\.$/);
  });
  test('the optimizer counts for the process, not for a heap of tensors', () => {
    const estimate = estimateTraining(config, { batch: 1, time: 8, fused: true });
    const tensors = estimate.total - estimate.optimizer;
    requireMemory(estimate, { process: estimate.total, tensors });
    assert.throws(() => requireMemory(estimate, { process: estimate.total, tensors: tensors - 1 }), /GB for all but the optimizer\. Take/);
    assert.throws(() => requireMemory(estimate, { process: estimate.total - 1, tensors }), /there are [\d.]+ GB\. Take/);
  });
  test('a reference model is a second one, but that of an adapter', () => {
    const shape = { batch: 1, time: 8 };
    const weights = (more: Partial<TrainingShape>) => estimateTraining(config, { ...shape, ...more }).weights;
    assert.equal(weights({ reference: true }), 2 * weights({}));
    const lora = { r: 4, targets: adapterTargets(config, 'all-linear') };
    assert.equal(weights({ lora, reference: true }), weights({ lora }));
  });
  test('for an answer', () => {
    assert.throws(() => requireGenerationMemory(config, gib / 4), { name: 'UserError', message: /this model needs \d.*MB.*there are 256 MB.*smaller model/ });
    requireGenerationMemory(config, gib);
  });
});

/** Peaks in MiB that `npm run bench:training -- --growth` measured on tensorflow, the most of several runs. */
const peaks: [shape: ShapeId, batch: number, time: number, mebibytes: number, adapter?: 'LoRA'][] = [
  ['small', 4, 64, 252], ['small', 4, 128, 293], ['small', 4, 256, 416], ['small', 4, 512, 729], ['small', 4, 1024, 1678], ['small', 4, 2048, 4244],
  ['small', 1, 256, 249], ['small', 2, 256, 299], ['small', 8, 256, 681], ['small', 16, 256, 1046], ['small', 32, 256, 2203],
  ['135m', 4, 256, 3790], ['360m', 1, 256, 8899], ['135m', 1, 256, 1496, 'LoRA'], ['1b', 1, 256, 5874, 'LoRA'],
];

test('the estimate of a recorded step is never less than was measured, and at most two fifths more', () => {
  for (const [shape, batch, time, mebibytes, adapter] of peaks) {
    const measured = measuredConfig(shape);
    const lora = adapter && { r: 8, targets: adapterTargets(measured, 'all-linear') };
    const ratio = estimateTraining(measured, { batch, time, lora, recorded: true }).total / 2 ** 20 / mebibytes;
    assert.ok(ratio >= 1 && ratio <= 1.4, `${shape} ${batch} × ${time}${adapter ?? ''}: ${ratio}`);
  }
});
