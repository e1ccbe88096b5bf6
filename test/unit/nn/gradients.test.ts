/** Gradients against finite differences and against plain tfjs ops, on the backends that every machine has. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { backends, openBackend, type Backend } from '../../../src/backend/index.ts';
import { createRng } from '../../../src/core/rng.ts';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { estimateEvaluation, estimateTraining } from '../../../src/model/memory.ts';
import { withoutFused } from '../../../src/nn/fused.ts';
import { headLimits } from '../../../src/nn/head.ts';
import { attachLora, drawDropout } from '../../../src/nn/lora.ts';
import { trainableVariables, type Model } from '../../../src/nn/model.ts';
import { linearWithDora, weightNorms } from '../../../src/nn/ops.ts';
import { disposeAll, toTensors } from '../../../src/train/tensors.ts';
import { attachTokenRows } from '../../../src/nn/tokenRows.ts';
import { gradients, loss, lossValue, relativeError, peakBytes, smallConfig, smallInputs, smallModel } from './smallModel.ts';

// Native TensorFlow as well where it is set up.
for (const name of ['cpu', 'wasm', ...(backends.get('tensorflow').unusable({}) ? [] : ['tensorflow'])]) {
  describe(`gradients on ${name}`, () => {
    let backend: Backend;
    before(async () => void (backend = await openBackend(name, { threads: 2 })));
    after(() => backend.dispose());

    for (const [title, changes] of [['tied head', {}], ['own head', { tie_word_embeddings: false }], ['llama 3 scaling', { rope_parameters: { rope_type: 'llama3', rope_theta: 500, factor: 4, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 } }]] as const) {
      test(`every parameter agrees with finite differences: ${title}`, async () => {
        const config = smallConfig(changes);
        const model = await smallModel(config);
        checkDifferences(model);
        model.dispose();
      });
    }

    test('LoRA, dropout and token rows agree with finite differences, and the base has no gradient', async () => {
      const config = smallConfig();
      const model = await smallModel(config);
      await attachLora(model, { r: 4, alpha: 8, dropout: 0.2, targetModules: 'all-linear', rslora: true }, { seed: 3 });
      await attachTokenRows(model, [5, 60, 5, 2], { freezeRest: true });
      const names = [...trainableVariables(model).keys()];
      assert.equal(names.length, 2 * 7 * 2 + 1);
      assert.ok(names.every((key) => key.startsWith('base_model.model.')));
      const rng = createRng(9);
      for (const [key, variable] of trainableVariables(model)) if (key.includes('lora_B')) variable.assign(tf.tensor(Float32Array.from({ length: variable.size }, () => rng.normal() * 0.1), variable.shape));
      checkDifferences(model, true);
      model.dispose();
    });

    for (const masked of [false, true]) {
      test(`DoRA agrees with finite differences${masked ? ', with dropout' : ''}`, () => {
        const rng = createRng(11);
        const draw = (shape: [number, number]) => tf.tensor(Float32Array.from({ length: shape[0] * shape[1] }, () => rng.normal()), shape) as tf.Tensor2D;
        const [x, w, a, b, weights] = [draw([7, 5]), draw([6, 5]), draw([2, 5]), draw([6, 2]), draw([7, 6])];
        const magnitude = tf.tidy(() => tf.add(1, tf.square(tf.reshape(draw([6, 1]), [6]))));
        const mask = masked ? tf.tidy(() => tf.mul(tf.cast(tf.greater(draw([7, 5]), 0), 'float32'), 2)) as tf.Tensor2D : undefined;
        const norms = weightNorms(w, a, b, 0.7);
        const value = (...args: tf.Tensor[]) => tf.sum(tf.mul(weights, linearWithDora(args[0] as tf.Tensor2D, w, { a: args[1]!, b: args[2]!, magnitude: args[3]!, norms: () => norms, scale: 0.7, mask }))) as tf.Scalar;
        const inputs: tf.Tensor[] = [x, a, b, magnitude];
        // PEFT's sum: what the base says, and what DoRA adds to it, from the dropped inputs.
        const dropped = mask ? tf.mul(x, mask) : x;
        const factor = tf.div(magnitude, norms);
        const base = (rows: tf.Tensor) => tf.matMul(rows as tf.Tensor2D, w, false, true);
        const expected = tf.add(tf.add(base(x), tf.mul(tf.sub(factor, 1), base(dropped))), tf.mul(factor, tf.mul(tf.matMul(tf.matMul(dropped as tf.Tensor2D, a, false, true), b, false, true), 0.7)));
        assert.ok(relativeError(expected.dataSync(), linearWithDora(x, w, { a, b, magnitude, norms: () => norms, scale: 0.7, mask }).dataSync()) < 1e-5);
        const grads = tf.grads(value)(inputs);
        inputs.forEach((input, which) => {
          const numbers = input.dataSync();
          const slope = grads[which]!.dataSync();
          numbers.forEach((_, i) => {
            const at = (step: number) => tf.tidy(() => value(...inputs.map((other, j) => (j === which ? tf.tensor(numbers.map((number, k) => (k === i ? number + step : number)), input.shape) : other))).dataSync()[0]!);
            const measured = (at(1e-1) - at(-1e-1)) / 2e-1; // the function is a polynomial of degree one in each entry
            assert.ok(Math.abs(measured - slope[i]!) < 1e-3 * Math.max(1, Math.abs(measured)), `input ${which}, entry ${i}: measured ${measured}, gradient ${slope[i]}`);
          });
        });
        disposeAll([...inputs, ...grads, w, weights, norms, ...(mask ? [mask] : [])]);
      });
    }

    test('DoRA begins as the base model, and its magnitudes and copied modules agree with finite differences', async () => {
      const config = smallConfig();
      const model = await smallModel(config);
      const inputs = smallInputs(config);
      const before = lossValue(model, inputs);
      await attachLora(model, { r: 4, alpha: 8, dropout: 0, targetModules: 'all-linear', rslora: false, dora: true, modulesToSave: ['lm_head', 'norm'] }, { seed: 3 });
      assert.ok(Math.abs(lossValue(model, inputs) - before) < 1e-5 * before);
      const kinds = [...trainableVariables(model).keys()].map((key) => key.replace(/^.*\.(lora_\w+|lm_head|\w*norm)(\.weight)?$/, '$1'));
      assert.deepEqual([...new Set(kinds)], ['lora_A', 'lora_B', 'lora_magnitude_vector', 'input_layernorm', 'post_attention_layernorm', 'norm', 'lm_head']);
      // Those of A and B leave out that the lengths change with them, as in PEFT: they are checked above, with the lengths held.
      checkDifferences(model, false, (name) => !/lora_[AB]/.test(name));
      for (const variable of model.params.values()) assert.ok(![...trainableVariables(model).values()].includes(variable));
      model.dispose();
    });

    test('a head in chunks gives what a whole one does', async () => {
      const model = await smallModel(smallConfig());
      await attachTokenRows(model, [7, 9], { freezeRest: false });
      const inputs = smallInputs(model.config);
      const whole = gradients(model, inputs);
      const { keptBytes } = headLimits;
      headLimits.keptBytes = 4 * 61 * 4; // four rows at a time
      try {
        const chunked = gradients(model, inputs);
        assert.ok(relativeError([whole.value], [chunked.value]) < 1e-6);
        for (const [key, grad] of whole.grads) assert.ok(relativeError(grad, chunked.grads.get(key)!) < 1e-5, key);
      } finally {
        headLimits.keptBytes = keptBytes;
      }
      model.dispose();
    });

    test('a step leaves no tensor behind', async () => {
      const config = smallConfig();
      const model = await smallModel(config);
      const inputs = smallInputs(config);
      gradients(model, inputs);
      const before = tf.memory();
      for (let i = 0; i < 5; i++) gradients(model, inputs);
      assert.equal(tf.memory().numTensors, before.numTensors);
      assert.equal(tf.memory().numBytes, before.numBytes);
      model.dispose();
    });
  });
}

describe('fused kernels', () => {
  let backend: Backend;
  before(async () => void (backend = await openBackend('wasm', { threads: 3 })));
  after(() => backend.dispose());

  for (const [batch, time] of [[1, 2], [3, 11], [2, 33], [1, 64]] as const) {
    test(`equal plain ops at ${batch} × ${time}`, async () => {
      const config = smallConfig();
      const model = await smallModel(config);
      const inputs = smallInputs(config, batch, time);
      const fused = gradients(model, inputs);
      const plain = withoutFused(() => gradients(model, inputs));
      assert.ok(relativeError([plain.value], [fused.value]) < 2e-6, `${plain.value} ${fused.value}`);
      // A gradient that is nothing but rounding (one key: attention is 1, whatever the query) is held to the size of the others.
      const largest = Math.max(...[...plain.grads.values()].flatMap((grad) => [...grad].map(Math.abs)));
      for (const [key, grad] of plain.grads) {
        const other = fused.grads.get(key)!;
        const scale = grad.reduce((max: number, value: number) => Math.max(max, Math.abs(value)), 0);
        const difference = grad.reduce((max: number, value: number, i: number) => Math.max(max, Math.abs(value - other[i]!)), 0);
        assert.ok(difference <= 2e-5 * scale + 1e-6 * largest, `${key}: ${difference} at ${scale}, largest ${largest}`);
      }
      model.dispose();
    });
  }

  test('a step needs about as much memory as the estimate says', async () => {
    const config = newLlamaConfig({ vocab_size: 512, hidden_size: 96, intermediate_size: 256, num_hidden_layers: 3, num_attention_heads: 6, num_key_value_heads: 3, tie_word_embeddings: true });
    const model = await smallModel(config);
    for (const [batch, time] of [[4, 40], [2, 256]] as const) {
      for (const fused of [true, false]) {
        const inputs = smallInputs(config, batch, time);
        const peak = await peakBytes(() => (fused ? gradients(model, inputs) : withoutFused(() => gradients(model, inputs))));
        const estimate = estimateTraining(config, { batch, time, headPositions: inputs.positions.length, fused });
        const ratio = (estimate.gradients + estimate.activations) / peak;
        const forward = await peakBytes(() => (fused ? lossValue(model, inputs) : withoutFused(() => lossValue(model, inputs))));
        const evaluation = estimateEvaluation(config, { batch, time, headPositions: inputs.positions.length, fused }).activations / forward;
        assert.ok(evaluation > 1 && evaluation < 1.5, `${batch} × ${time}, evaluation: estimated ${evaluation.toFixed(2)} of ${forward} bytes`);
        assert.ok(ratio > 0.8 && ratio < 1.4, `${batch} × ${time}, ${fused ? 'fused' : 'plain'}: estimated ${ratio.toFixed(2)} of ${peak} bytes`);
      }
    }
    model.dispose();
  });

  test('so does a step of an adapter, with DoRA and dropout', async () => {
    const config = newLlamaConfig({ vocab_size: 512, hidden_size: 96, intermediate_size: 256, num_hidden_layers: 3, num_attention_heads: 6, num_key_value_heads: 3, tie_word_embeddings: true });
    for (const dora of [false, true]) {
      const model = await smallModel(config);
      const lora = await attachLora(model, { r: 8, alpha: 16, dropout: 0.1, targetModules: 'all-linear', rslora: false, dora }, { seed: 1 });
      const inputs = smallInputs(config, 2, 256);
      const peak = await peakBytes(() => {
        const dropout = toTensors(drawDropout(lora, 512, createRng(1)));
        gradients(model, inputs, { dropout });
        disposeAll(Object.values(dropout));
      });
      const estimate = estimateTraining(config, { batch: 2, time: 256, headPositions: inputs.positions.length, fused: true, lora: { r: 8, dora, targets: lora.targets } });
      const ratio = (estimate.gradients + estimate.activations) / peak;
      assert.ok(ratio > 0.8 && ratio < 1.5, `${dora ? 'DoRA' : 'LoRA'}: estimated ${ratio.toFixed(2)} of ${peak} bytes`);
      model.dispose();
    }
  });

  test('are used, and keep fewer bytes', async () => {
    const model = await smallModel(smallConfig());
    const inputs = smallInputs(model.config, 2, 64);
    const kernels = () => tf.tidy(() => {
      const names: string[] = [];
      const engine = tf.engine() as unknown as { state: { profiling: boolean; activeProfile: { kernels: { name: string }[] } } };
      engine.state.profiling = true;
      engine.state.activeProfile = { kernels: [], newBytes: 0, newTensors: 0, peakBytes: 0, result: null } as never;
      loss(model, inputs);
      names.push(...engine.state.activeProfile.kernels.map((kernel) => kernel.name));
      engine.state.profiling = false;
      return tf.tensor1d(names, 'string');
    }).dataSync() as unknown as string[];
    const names = new Set(kernels());
    for (const name of ['PosttrainRmsNorm', 'PosttrainSwiglu', 'PosttrainAttention', 'PosttrainTokenScores']) assert.ok(names.has(name), `${name} was not run: ${[...names].join(', ')}`);
    model.dispose();
  });
});

/**
 * Per variable: the slope of the loss along a random direction, measured and from the gradient. Single precision leaves about three
 * digits of a difference of two losses.
 */
function checkDifferences(model: Model, dropout = false, which = (_name: string) => true): void {
  const inputs = smallInputs(model.config);
  // The same masks in every evaluation: the step is a function of its inputs.
  const options = dropout ? { dropout: toTensors(drawDropout(model.lora!, inputs.batch * inputs.time, createRng(4))) } : {};
  const { grads } = gradients(model, inputs, options);
  const rng = createRng(2);
  for (const [name, variable] of trainableVariables(model)) {
    if (!which(name)) continue;
    const start = (variable.dataSync() as Float32Array).slice();
    const grad = grads.get(name)!;
    const length = Math.sqrt(grad.reduce((sum, g) => sum + g * g, 0));
    assert.ok(length > 0, `${name} has no gradient`);
    // Half along the gradient so that the slope is not lost in rounding, half random.
    const direction = start.map((_, i) => grad[i]! / length + rng.normal() / Math.sqrt(start.length));
    const at = (step: number) => {
      const moved = tf.tensor(start.map((value, i) => value + step * direction[i]!), variable.shape);
      variable.assign(moved);
      moved.dispose();
      return lossValue(model, inputs, options);
    };
    const step = 4e-3;
    // Fourth-order central difference.
    const measured = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    const back = tf.tensor(start, variable.shape);
    variable.assign(back);
    back.dispose();
    const slope = direction.reduce((sum, d, i) => sum + d * grad[i]!, 0);
    assert.ok(Math.abs(measured - slope) < 4e-3 * Math.abs(slope) + 4e-3, `${name}: measured ${measured}, gradient ${slope}`);
  }
  disposeAll(Object.values(options.dropout ?? {}));
}
