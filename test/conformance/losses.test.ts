/** Every method's loss is a pure function of its inputs: nothing is read back, and other data of the same shape takes the same operations. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import { createRng } from '../../src/core/rng.ts';
import { methods, paramsOf, type MethodId } from '../../src/methods/index.ts';
import { initialWeights } from '../../src/model/weights/source.ts';
import { newLlamaConfig, rewardConfig } from '../../src/model/config.ts';
import { attachLora, drawDropout } from '../../src/nn/lora.ts';
import { loadModel, trainableVariables, type Model } from '../../src/nn/model.ts';
import { losses } from '../../src/train/losses/index.ts';
import type { Loss, MicroBatch } from '../../src/train/losses/loss.ts';
import { withoutAdapter } from '../../src/train/reference.ts';
import { createRowStore } from '../../src/train/rowStore.ts';
import { disposeAll, toTensors } from '../../src/train/tensors.ts';

const config = newLlamaConfig({ vocab_size: 40, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 32, tie_word_embeddings: true });

function lossOf(id: MethodId): Loss {
  return losses[id]({ ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...methods.get(id).smoke });
}

/** The model that the method trains. */
function modelOf(id: MethodId, seed: number): Promise<Model> {
  const own = methods.get(id).head === 'score' ? rewardConfig(config, 0) : config;
  return loadModel(own, initialWeights(own, seed));
}

const pairs = (id: MethodId) => (methods.get(id).accepts as readonly string[]).includes('preference') && !methods.get(id).unpaired;

/** Four rows of 20 tokens, the last 12 trained. Same shape for every seed. */
function batchOf(id: MethodId, seed: number): MicroBatch {
  const rng = createRng(seed);
  const store = createRowStore(40, 'rows');
  for (let line = 1; line <= 4; line++) {
    const ids = Array.from({ length: 20 }, () => rng.below(40));
    const side = { ids, trained: ids.map((_, i) => (i < 8 ? 0 : 1)), promptLength: 8, truncatedFrom: null, dropped: null, target: line % 2 };
    store.add({ line, problems: [], sides: pairs(id) ? [{ ...side, side: 'chosen' }, { ...side, side: 'rejected', ids: ids.toReversed() }] : [{ ...side, side: 'row' }] });
  }
  return lossOf(id).collate(store, [0, 1, 2, 3], 0);
}

/** Kernels that ran since it was emptied, each with the shapes of what it made. */
const ran: string[] = [];

function watchKernels(): void {
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    tf.unregisterKernel(kernel.kernelName, 'cpu');
    tf.registerKernel({
      ...kernel,
      kernelFunc(params) {
        const made = kernel.kernelFunc(params);
        ran.push(`${kernel.kernelName} ${JSON.stringify([made].flat().map(({ shape }) => shape))}`);
        return made;
      },
    });
  }
}

/** A pass may make tables of positions, once for each shape. */
function makeTables(id: MethodId, model: Model, other: Model): void {
  const inputs = toTensors(batchOf(id, 1).inputs);
  tf.tidy(() => void lossOf(id).compute(model, { ...inputs, ...lossOf(id).reference?.(other, inputs) }, { items: tf.scalar(1), batches: tf.scalar(1) }, {}));
  disposeAll(Object.values(inputs));
}

/** One forward and backward pass in which nothing may look into a tensor or bring numbers of its own; `other` is the reference model, `dropout` the seed of the masks. */
function pass(id: MethodId, model: Model, other: Model, seed: number, dropout = 1): { kernels: string[]; loss: number } {
  const batch = batchOf(id, seed);
  const inputs = toTensors(batch.inputs);
  const masks = model.lora && toTensors(drawDropout(model.lora, batch.padded, createRng(dropout)));
  const loss = lossOf(id);
  const scalars = { items: tf.scalar(48), batches: tf.scalar(2) };
  const closed = ['dataSync', 'data', 'arraySync', 'array', 'bytes', 'bufferSync', 'buffer'] as const;
  const prototype = tf.Tensor.prototype as unknown as Record<string, unknown>;
  const open = closed.map((name) => prototype[name]);
  for (const name of closed) {
    prototype[name] = () => {
      throw new Error(`The loss calls ${name}: it reads a tensor back.`);
    };
  }
  const engine = tf.engine();
  const makeTensor = engine.makeTensor;
  engine.makeTensor = (values, shape, ...rest) => {
    // Ones and zeros are constants of any step.
    if ([...(values as Float32Array)].some((value) => value !== (values as Float32Array)[0])) throw new Error(`The loss makes a tensor of shape [${shape.join()}] from numbers of its own.`);
    return makeTensor.call(engine, values, shape, ...rest);
  };
  ran.length = 0;
  try {
    if (loss.reference) Object.assign(inputs, tf.tidy(() => loss.reference!(other, inputs) as tf.NamedTensorMap));
    const { value, grads } = tf.variableGrads(() => loss.compute(model, inputs, scalars, { dropout: masks }).loss, [...trainableVariables(model).values()]);
    closed.forEach((name, i) => (prototype[name] = open[i]));
    const number = value.dataSync()[0]!;
    disposeAll([...Object.values(inputs), ...Object.values(masks ?? {}), ...Object.values(grads), ...Object.values(scalars), value]);
    return { kernels: [...ran], loss: number };
  } finally {
    engine.makeTensor = makeTensor;
    closed.forEach((name, i) => (prototype[name] = open[i]));
  }
}

describe('losses', () => {
  before(async () => {
    await openBackend('cpu');
    watchKernels();
  });

  for (const id of methods.ids) {
    test(`${id} is pure`, async () => {
      const model = await modelOf(id, 1);
      const reference = await modelOf(id, 2);
      makeTables(id, model, reference);
      const passOf = (seed: number) => pass(id, model, reference, seed);
      const [first, again, other] = [passOf(1), passOf(1), passOf(2)];
      assert.ok(Number.isFinite(first.loss));
      assert.equal(first.loss, again.loss, 'the same inputs give the same loss');
      assert.notEqual(first.loss, other.loss);
      assert.ok(first.kernels.length > 50);
      assert.deepEqual(first.kernels, other.kernels, 'other data of the same shape takes the same operations');
      reference.dispose();
      model.dispose();
    });

    for (const dora of [false, true]) test(`${id} is pure with ${dora ? 'DoRA' : 'LoRA'} and its dropout`, async () => {
      const model = await modelOf(id, 1);
      const lora = await attachLora(model, { r: 2, alpha: 4, dropout: 0.5, targetModules: 'all-linear', rslora: false, dora }, { seed: 1 });
      for (const { b } of lora.pairs.values()) b.assign(tf.ones(b.shape));
      const base = withoutAdapter(model);
      makeTables(id, model, base);
      const [first, again, other] = [pass(id, model, base, 1, 1), pass(id, model, base, 1, 1), pass(id, model, base, 1, 2)];
      assert.equal(first.loss, again.loss, 'the same inputs and masks give the same loss');
      assert.notEqual(first.loss, other.loss, 'the masks are used');
      assert.deepEqual(first.kernels, other.kernels);
      model.dispose();
    });

    test(`${id} names its metrics`, async () => {
      const model = await modelOf(id, 1);
      const micro = batchOf(id, 1);
      const loss = lossOf(id);
      const metrics = tf.tidy(() => {
        const inputs = toTensors(micro.inputs);
        Object.assign(inputs, loss.reference?.(model, inputs));
        const { sums } = loss.compute(model, inputs, { items: tf.scalar(48), batches: tf.scalar(1) }, {});
        return loss.metrics(Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum.dataSync()[0]!])), micro);
      });
      assert.deepEqual(Object.keys(metrics).sort(), [...methods.get(id).metrics].sort());
      assert.ok(Object.values(metrics).every(Number.isFinite), JSON.stringify(metrics));
      model.dispose();
    });
  }
});
