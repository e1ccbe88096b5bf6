/** Answers and scores of compiled programs on native TensorFlow are those of the same model op by op and on WebAssembly; where it is not set up this is left out. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendId } from '../../src/backend/index.ts';
import type { GraphRecorder } from '../../src/backend/tensorflow/graph/programs.ts';
import { createRng } from '../../src/core/rng.ts';
import { generate, logprobs, type Completion, type GenerateOptions } from '../../src/nn/generate.ts';
import { attachLora } from '../../src/nn/lora.ts';
import type { Model } from '../../src/nn/model.ts';
import { attachTokenRows } from '../../src/nn/tokenRows.ts';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';
import { smallConfig, smallModel } from '../unit/nn/smallModel.ts';

const rng = createRng(3);
const prompts = [1, 5, 2, 9, 5, 13, 30].map((length) => Array.from({ length }, () => rng.below(60)));
const config = smallConfig({ max_position_embeddings: 300 });

const settings: Record<string, GenerateOptions> = {
  greedy: { maxNewTokens: 9, eosIds: [] },
  sampled: { maxNewTokens: 9, temperature: 1, seed: 4, eosIds: [] },
  'to their ends': { maxNewTokens: 100, temperature: 1.5, seed: 4, eosIds: [60, 7] },
  cut: { maxNewTokens: 9, temperature: 0.8, topP: 0.9, topK: 20, seed: 11, eosIds: [] },
};
const models: Record<string, () => Promise<Model>> = {
  plain: () => smallModel(config),
  LoRA: () => tuned(false),
  'DoRA with token rows': () => tuned(true),
};
/** More slots than the first cache has. */
const long: GenerateOptions = { maxNewTokens: 265, temperature: 1, seed: 9, eosIds: [] };

async function tuned(dora: boolean): Promise<Model> {
  const model = await smallModel(config);
  const lora = await attachLora(model, { r: 2, alpha: 4, dropout: 0, targetModules: ['q_proj', 'down_proj'], rslora: false, dora }, { seed: 1 });
  for (const { b } of lora.pairs.values()) b.assign(tf.fill(b.shape, 0.1));
  if (dora) (await attachTokenRows(model, [3, 5], { freezeRest: true })).rows.assign(tf.randomNormal([2, config.hiddenSize], 0, 0.3, 'float32', 8));
  return model;
}

type Answers = Record<string, Completion[]>;

/** Texts of many lengths: together, and one after another. */
async function scoreAll(model: Model): Promise<(number | null)[][]> {
  const text = (length: number) => Array.from({ length }, (_, i) => (7 * i * i + length) % 60);
  const together = await logprobs(model, [40, ...Array.from({ length: 16 }, (_, i) => 2 + i), 0, 1].map(text));
  const alone: (number | null)[][] = [];
  for (let length = 20; length <= 30; length++) alone.push(...(await logprobs(model, [text(length)])));
  return [...together, ...alone];
}

/** With how many programs were recorded, for answers and for the scores of a model, and what a second round of answers leaves behind: tensors of tfjs, and more recordings. */
async function answerAll(): Promise<{ answers: Answers; scores: Record<string, (number | null)[][]>; recorded: number; forScores: number[]; grown: number[] }> {
  const answers: Answers = {};
  const scores: Record<string, (number | null)[][]> = {};
  const forScores: number[] = [];
  const recordings = () => (tf.backend() as { recorder?: GraphRecorder }).recorder?.recorded ?? 0;
  const grown: number[] = [];
  for (const [which, make] of Object.entries(models)) {
    const model = await make();
    const asked = Object.entries(settings).filter(([how]) => which === 'plain' || how === 'sampled');
    for (const [how, options] of asked) answers[`${which}, ${how}`] = await generate(model, prompts, options);
    if (which === 'plain') answers.long = await generate(model, prompts.slice(-2), long);
    const forAnswers = recordings();
    scores[which] = await scoreAll(model);
    forScores.push(recordings() - forAnswers);
    const before = tf.memory().numTensors + recordings();
    for (const [how, options] of asked) assert.deepEqual(await generate(model, prompts, options), answers[`${which}, ${how}`], 'the same again');
    assert.deepEqual(await scoreAll(model), scores[which], 'the same again');
    grown.push(tf.memory().numTensors + recordings() - before);
    model.dispose();
  }
  return { answers, scores, recorded: recordings(), forScores, grown };
}

const works = {
  compiled: answerAll,
  async opByOp() {
    delete (tf.backend() as { recorder?: unknown }).recorder;
    return answerAll();
  },
};

if (!answerAsked(works)) {
  describe('answers on tensorflow', () => {
    const missing = missingBackend('tensorflow');
    const of = (id: BackendId, work: keyof typeof works) => inProcessOf<Awaited<ReturnType<typeof answerAll>>>(__filename, id, work);
    test('compiled, they are those of op by op and of wasm, and leave nothing behind', { skip: missing }, async () => {
      const [compiled, ...others] = await Promise.all([of('tensorflow', 'compiled'), of('tensorflow', 'opByOp'), of('wasm', 'opByOp')]);
      assert.deepEqual(compiled!.grown, compiled!.grown.map(() => 0));
      const ended = compiled!.answers['plain, to their ends']!;
      assert.ok(ended.some(({ ids }) => ids.length < 20) && ended.some(({ ids }) => ids.length > 64), 'rows end at different times');
      assert.ok(compiled!.recorded > 0);
      assert.deepEqual(compiled!.forScores, [3, 3, 3], '16 short texts, a long one, and one of about 30 tokens');
      for (const { answers, scores, recorded } of others) {
        assert.equal(recorded, 0);
        for (const [which, texts] of Object.entries(scores)) {
          assert.deepEqual(compiled!.scores[which]!.map(({ length }) => length), texts.map(({ length }) => length));
          texts.forEach((logps, i) => logps.forEach((logp, t) => {
            const mine = compiled!.scores[which]![i]![t];
            assert.ok(t === 0 ? mine === null : Math.abs(mine! - logp!) < 1e-4, `${which}, text ${i}, token ${t}: ${mine} and ${logp}`);
          }));
        }
        for (const [name, completions] of Object.entries(answers)) {
          completions.forEach(({ ids, finish, logps }, i) => {
            const mine = compiled!.answers[name]![i]!;
            assert.deepEqual({ ids: mine.ids, finish: mine.finish }, { ids, finish }, `${name}, answer ${i}`);
            mine.logps.forEach((logp, t) => assert.ok(Math.abs(logp - logps[t]!) < 1e-4, `${name}, answer ${i}, token ${t}: ${logp} and ${logps[t]}`));
          });
        }
      }
    });
  });
}
