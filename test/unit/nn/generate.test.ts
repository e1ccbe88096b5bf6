/** Generation: batches of ragged prompts equal single ones, the cache equals the full forward pass, seeds repeat. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../../src/backend/index.ts';
import { isCancelled } from '../../../src/core/abort.ts';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import { generate, logprobs } from '../../../src/nn/generate.ts';
import { estimateAnswers, estimateEvaluation } from '../../../src/model/memory.ts';
import { attachLora } from '../../../src/nn/lora.ts';
import { hidden, logits, type Model } from '../../../src/nn/model.ts';
import { pickFor, pickFrom, scoresOf, type Picked, type SamplingSettings } from '../../../src/nn/sampling.ts';
import { attachTokenRows } from '../../../src/nn/tokenRows.ts';
import { peakBytes, smallConfig, smallModel } from './smallModel.ts';

const rng = createRng(3);
const prompts = [1, 5, 2, 9, 5, 13].map((length) => Array.from({ length }, () => rng.below(60)));

for (const name of ['cpu', 'wasm']) {
  describe(`generate on ${name}`, () => {
    let backend: Backend;
    let model: Model;
    before(async () => {
      backend = await openBackend(name, { threads: 2 });
      model = await smallModel(smallConfig());
    });
    after(async () => {
      model.dispose();
      await backend.dispose();
    });

    test('greedy follows the full forward pass', async () => {
      const [result] = await generate(model, [prompts[1]!], { maxNewTokens: 6, eosIds: [] });
      const ids = [...prompts[1]!];
      for (const id of result!.ids) {
        const values = tf.tidy(() => {
          const rows = hidden(model, tf.tensor2d(ids, [1, ids.length], 'int32'));
          return logits(model, tf.slice(rows, [ids.length - 1, 0], [1, -1])).dataSync() as Float32Array;
        });
        assert.equal(id, values.indexOf(Math.max(...values)));
        ids.push(id);
      }
      assert.equal(result!.finish, 'length');
    });

    test('a ragged batch gives what each prompt gives alone, greedy and sampled', async () => {
      for (const options of [{}, { temperature: 0.9, topP: 0.9, topK: 20, seed: 11 }]) {
        const four = estimateAnswers(model.config, { batch: 4, prompt: 13, length: 20, fused: name === 'wasm' });
        const all = await generate(model, prompts, { maxNewTokens: 7, freeBytes: four, ...options });
        for (const [index, prompt] of prompts.entries()) {
          // Alone, but at its own index: the stream belongs to the index.
          const copies = prompts.map(() => prompt);
          const alone = (await generate(model, copies, { maxNewTokens: 7, freeBytes: 0, ...options }))[index]!;
          assert.deepEqual(all[index]!.ids, alone.ids);
          assert.equal(all[index]!.finish, alone.finish);
          alone.logps.forEach((logp, i) => assert.ok(Math.abs(logp - all[index]!.logps[i]!) < 1e-4));
        }
      }
    });

    test('log-probabilities of what was generated are those of generation', async () => {
      const results = await generate(model, prompts, { maxNewTokens: 5, temperature: 1, seed: 2 });
      const scored = await logprobs(model, prompts.map((prompt, i) => [...prompt, ...results[i]!.ids]), { batchSize: 4 });
      results.forEach(({ ids, logps }, i) => {
        assert.equal(scored[i]![0], null);
        assert.equal(scored[i]!.length, prompts[i]!.length + ids.length);
        logps.forEach((logp, t) => assert.ok(Math.abs(logp - scored[i]![prompts[i]!.length + t]!) < 1e-4));
      });
      assert.deepEqual(await logprobs(model, [[], [4]]), [[], [null]]);
      const { numTensors } = tf.memory();
      for (let length = 10; length <= 16; length++) await logprobs(model, [new Array<number>(length).fill(1)]);
      assert.equal(tf.memory().numTensors, numTensors, 'no tables stay for each length');
      const sequences = prompts.map((prompt, i) => [...prompt, ...results[i]!.ids]);
      const time = Math.max(...sequences.map(({ length }) => length));
      // Memory for one at a time gives the same numbers, for none a refusal with them.
      const one = estimateEvaluation(model.config, { batch: 1, time }).activations;
      (await logprobs(model, sequences, { freeBytes: one * 1.5 })).forEach((values, i) => values.forEach((value, t) => assert.ok(value === null ? scored[i]![t] === null : Math.abs(value - scored[i]![t]!) < 1e-4)));
      await assert.rejects(logprobs(model, sequences, { freeBytes: one / 2 }), new RegExp(`Not enough memory: a text of ${time} tokens needs .* Shorten it`));
      await assert.rejects(logprobs(model, [[1, 2], new Array<number>(model.config.maxPositions + 1).fill(1)]), /Text 1 has \d+ tokens, and the model's context holds \d+/);
    });

    test('stops at an end token and keeps it', async () => {
      const [free] = await generate(model, [prompts[3]!], { maxNewTokens: 8, eosIds: [] });
      const end = free!.ids[3]!;
      const [stopped] = await generate(model, [prompts[3]!], { maxNewTokens: 8, eosIds: [end] });
      assert.deepEqual(stopped!.ids, free!.ids.slice(0, free!.ids.indexOf(end) + 1));
      assert.equal(stopped!.finish, 'stop');
    });

    test('can be cancelled, refuses what cannot work, and leaves no tensor behind', async () => {
      const long = [new Array<number>(62).fill(1)];
      // Tables of these lengths stay.
      await generate(model, long, { maxNewTokens: 1, eosIds: [] });
      const before = tf.memory().numTensors;
      const abort = new AbortController();
      let tokens = 0;
      await assert.rejects(generate(model, prompts, { maxNewTokens: 40, eosIds: [], signal: abort.signal, onToken: () => ++tokens === 9 && abort.abort() }), isCancelled);
      await assert.rejects(generate(model, [[]], { maxNewTokens: 1 }), /Prompt 0 has no tokens/);
      await assert.rejects(generate(model, [new Array<number>(64).fill(1)], { maxNewTokens: 1 }), /64 tokens/);
      const [full] = await generate(model, long, { maxNewTokens: 40, eosIds: [] });
      assert.equal(full!.ids.length, 2);
      assert.equal(tf.memory().numTensors, before);
    });

    test('takes about as much memory as the estimate says, and less where less is free', async () => {
      const { config } = model;
      for (const [count, length] of [[5, 12], [2, 50]] as const) {
        const rows = Array.from({ length: count }, () => Array.from({ length }, (_, i) => i % 60));
        const peak = await peakBytes(() => generate(model, rows, { maxNewTokens: 4, eosIds: [] }));
        const ratio = estimateAnswers(config, { batch: count, prompt: length, length: length + 4, fused: name === 'wasm' }) / peak;
        assert.ok(ratio > 0.8 && ratio < 1.6, `${count} × ${length}: estimated ${ratio.toFixed(2)} of ${peak} bytes`);
        const little = await peakBytes(() => generate(model, rows, { maxNewTokens: 4, eosIds: [], freeBytes: peak / 2 }));
        assert.ok(little < peak * 0.75, `${little} of ${peak}`);
      }
    });

    for (const dora of [false, true]) test(`uses ${dora ? 'DoRA' : 'LoRA'} adapters and token rows`, async () => {
      const tuned = await smallModel(smallConfig());
      const lora = await attachLora(tuned, { r: 2, alpha: 4, dropout: 0, targetModules: ['q_proj', 'down_proj'], rslora: false, dora }, { seed: 1 });
      const rows = await attachTokenRows(tuned, [prompts[1]!.at(-1)!], { freezeRest: true });
      const same = await generate(tuned, prompts, { maxNewTokens: 4, eosIds: [] });
      assert.deepEqual(same.map((r) => r.ids), (await generate(model, prompts, { maxNewTokens: 4, eosIds: [] })).map((r) => r.ids));
      for (const { b } of lora.pairs.values()) b.assign(tf.ones(b.shape));
      rows.rows.assign(tf.ones(rows.rows.shape));
      const [other] = await generate(tuned, [prompts[1]!], { maxNewTokens: 4, eosIds: [] });
      const scored = await logprobs(tuned, [[...prompts[1]!, ...other!.ids]]);
      other!.logps.forEach((logp, t) => assert.ok(Math.abs(logp - scored[0]![prompts[1]!.length + t]!) < 1e-4));
      assert.notDeepEqual(other!.logps, same[1]!.logps);
      const { numTensors } = tf.memory();
      await generate(tuned, prompts, { maxNewTokens: 4, eosIds: other!.ids });
      assert.equal(tf.memory().numTensors, numTensors);
      tuned.dispose();
    });
  });
}

/** The next token by these logits, as generation draws it. */
function sample(values: Float32Array, settings: SamplingSettings, random: Rng): Picked {
  const scores = tf.tidy(() => {
    const found = scoresOf(pickFor(settings), tf.tensor2d(values, [1, values.length]), tf.scalar(1 / (settings.temperature || 1)));
    return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]));
  });
  return pickFrom(scores, 0, values.length, settings, random);
}

/** The same in the plainest way: sort all, cut, draw. */
function sampleSorted(values: Float32Array, { temperature, topK, topP }: SamplingSettings, random: Rng): number {
  let ids = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
  if (topK > 0) ids = ids.slice(0, topK);
  const top = values[ids[0]!]!;
  const weight = (id: number) => Math.exp((values[id]! - top) / temperature);
  const sum = (some: readonly number[]) => some.reduce((total, id) => total + weight(id), 0);
  const total = sum(ids);
  let mass = 0;
  const kept = topP < 1 ? ids.filter((id) => ((mass += weight(id)), mass === weight(id) || mass - weight(id) < topP * total)) : ids;
  let point = random.next() * sum(kept);
  return kept.find((id) => (point -= weight(id)) < 0) ?? kept.at(-1)!;
}

describe('sampling', () => {
  let backend: Backend;
  before(async () => void (backend = await openBackend('cpu')));
  after(() => backend.dispose());
  const values = Float32Array.from([1, 3, 2, -1, 3]);
  const draw = (settings: Partial<{ temperature: number; topP: number; topK: number }>, count = 4000) => {
    const random = createRng(1);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < count; i++) counts[sample(values, { temperature: 1, topP: 1, topK: 0, ...settings }, random).id]! += 1 / count;
    return counts;
  };
  const softmax = (list: readonly number[]) => {
    const e = list.map(Math.exp);
    const z = e.reduce((a, b) => a + b);
    return e.map((x) => x / z);
  };
  const near = (actual: number[], expected: number[]) => actual.forEach((p, i) => assert.ok(Math.abs(p - expected[i]!) < 0.03, `${actual.join()} ${expected.join()}`));

  test('follows the softmax, with temperature', () => {
    near(draw({}), softmax([1, 3, 2, -1, 3]));
    near(draw({ temperature: 2 }), softmax([0.5, 1.5, 1, -0.5, 1.5]));
  });
  test('temperature 0 takes the first of the best', () => near(draw({ temperature: 0 }, 10), [0, 1, 0, 0, 0]));
  test('top-k and top-p cut', () => {
    near(draw({ topK: 2 }), [0, 0.5, 0, 0, 0.5]);
    near(draw({ topK: 1 }), [0, 1, 0, 0, 0]);
    // 0.397 + 0.397 reaches 0.75; 0.8 needs the third.
    near(draw({ topP: 0.75 }), [0, 0.5, 0, 0, 0.5]);
    assert.ok(draw({ topP: 0.85 })[2]! > 0.1);
    near(draw({ topP: 0.01 }), [0, 1, 0, 0, 0]);
  });
  test('cuts without sorting are those of a sorted vocabulary, also among equal ones', () => {
    const random = createRng(5);
    for (let round = 0; round < 200; round++) {
      // Whole numbers are often equal.
      const values = Float32Array.from({ length: 1 + random.below(round % 10 === 0 ? 900 : 80) }, () => (round % 2 ? random.below(6) : 3 * random.normal()));
      for (const [topK, topP] of [[1, 1], [3, 1], [20, 1], [100, 1], [0, 0.1], [0, 0.5], [0, 0.95], [5, 0.7], [20, 0.9]] as const) {
        const settings = { temperature: 0.4 + random.next(), topK, topP };
        assert.equal(sample(values, settings, createRng(round)).id, sampleSorted(values, settings, createRng(round)), `round ${round}, top ${topK}, ${topP}`);
      }
    }
  });
  test('the log-probability is the model\'s own', () => {
    const { id, logp } = sample(values, { temperature: 0.3, topP: 0.5, topK: 2 }, createRng(0));
    assert.ok(Math.abs(logp - Math.log(softmax([1, 3, 2, -1, 3])[id]!)) < 1e-6);
  });
});
