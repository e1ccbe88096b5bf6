/** `trainer --bench`: how fast a backend trains and answers, with a model of random weights, through the same loop and generation as ever. */

import { openBackend } from '../../backend/index.ts';
import { measureMatmul } from '../../backend/measureMatmul.ts';
import { systemMemoryBytes } from '../../backend/systemMemory.ts';
import { median } from '../../core/median.ts';
import { UserError } from '../../core/problem.ts';
import { createRng } from '../../core/rng.ts';
import { paramsOf } from '../../methods/index.ts';
import { estimateTraining, requireMemory } from '../../model/memory.ts';
import { measuredConfig, trainingOperations, type ShapeId } from '../../model/measuredShapes.ts';
import { parameterCount } from '../../model/shapes.ts';
import { initialWeights } from '../../model/weights/source.ts';
import { generate } from '../../nn/generate.ts';
import { loadModel, type Model } from '../../nn/model.ts';
import { recordsPrograms } from '../../nn/program.ts';
import { noBench, type BenchQuestion, type BenchReport } from '../../protocol/bench.ts';
import { losses } from '../../train/losses/index.ts';
import { trainLoop } from '../../train/loop.ts';
import { planTraining } from '../../train/plan.ts';
import { createRowStore } from '../../train/rowStore.ts';
import { trainSettings } from '../../train/settings.ts';

const warmup = 2;

export async function benchBackend(question: BenchQuestion): Promise<BenchReport> {
  try {
    const backend = await openBackend(question.backend);
    const config = measuredConfig(question.size as ShapeId);
    const { batch, length } = question;
    requireMemory(estimateTraining(config, { batch, time: length, fused: backend.name === 'wasm', recorded: recordsPrograms() }), { process: systemMemoryBytes(), tensors: backend.memoryLimitBytes() }, 'Take a smaller --size, --batch or --length.');
    const matmulGflops = await measureMatmul(backend);
    const model = await loadModel(config, initialWeights(config, 0));
    const seconds = await stepSeconds(model, question);
    const middle = median(seconds.slice(warmup));
    const tokens = batch * length;
    const alone = await generationRate(model, 1, question);
    const together = await generationRate(model, 16, question);
    model.dispose();
    return {
      ...question, usable: true, reason: '', device: backend.device, parameters: parameterCount(config), stepSeconds: middle, firstStepSeconds: seconds[0]!, stepGflops: trainingOperations(config, tokens, length) / middle / 1e9,
      matmulGflops, trainTokensPerSecond: tokens / middle, generate1TokensPerSecond: alone, generate16TokensPerSecond: together,
    };
  } catch (error) {
    if (error instanceof UserError) return noBench(question, error.message);
    throw error;
  }
}

/** Seconds of each step of a supervised training on rows of random tokens. */
async function stepSeconds(model: Model, { steps, batch, length }: BenchQuestion): Promise<number[]> {
  const rows = createRowStore(model.config.vocabSize, 'the bench');
  const rng = createRng(1);
  for (let line = 1; line <= batch; line++) {
    const ids = Array.from({ length }, () => rng.below(model.config.vocabSize));
    rows.add({ line, problems: [], sides: [{ side: 'row', ids, trained: ids.map(() => 1), promptLength: 0, truncatedFrom: null, dropped: null }] });
  }
  const params = { ...Object.fromEntries(paramsOf('sft').map((param) => [param.name, param.default])), per_device_train_batch_size: batch, max_steps: warmup + steps, logging_steps: 1, save_strategy: 'no', learning_rate: 1e-5 };
  const settings = trainSettings(params, 0);
  const parts = [{ count: rows.count, weight: 1 }];
  const seconds: number[] = [];
  const nothing = () => undefined;
  await trainLoop({
    model, loss: losses.sft(params), rows, parts, plan: planTraining({ parts, ...settings }), settings, padId: 0,
    hooks: { metrics: (_step, _epoch, metrics) => void seconds.push(metrics.step_time!), evaluation: nothing, warning: nothing, paused: nothing, resumed: nothing, save: () => Promise.resolve(), requests: () => Promise.resolve([]) },
  });
  return seconds;
}

/** Tokens a second of answers an eighth as long a prompt as a row, and a quarter as long themselves; the better of two. */
async function generationRate(model: Model, answers: number, { length }: BenchQuestion): Promise<number> {
  const rng = createRng(2);
  const prompts = Array.from({ length: answers }, () => Array.from({ length: Math.ceil(length / 8) }, () => rng.below(model.config.vocabSize)));
  let best = 0;
  for (let seed = 0; seed < 2; seed++) {
    const began = performance.now();
    const completions = await generate(model, prompts, { maxNewTokens: Math.ceil(length / 4), temperature: 1, seed });
    best = Math.max(best, completions.reduce((sum, { ids }) => sum + ids.length, 0) / ((performance.now() - began) / 1000));
  }
  return best;
}
