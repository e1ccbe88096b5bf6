/** A tiny model and made-up rows for tests that run the loop itself, without files. */

import { resolve } from 'node:path';
import { createRng } from '../../src/core/rng.ts';
import { attachLora } from '../../src/nn/lora.ts';
import { loadModel, trainableVariables, type Model } from '../../src/nn/model.ts';
import { attachTokenRows } from '../../src/nn/tokenRows.ts';
import { openModelFolder } from '../../src/node/modelFolder.ts';
import { memoryWeights, type WeightSource } from '../../src/model/weights/source.ts';
import { losses } from '../../src/train/losses/index.ts';
import type { Loss } from '../../src/train/losses/loss.ts';
import { trainLoop, type LoopHooks, type TrainResult } from '../../src/train/loop.ts';
import type { LoopState } from '../../src/train/metricWindow.ts';
import type { Optimizer } from '../../src/train/optimizer.ts';
import { planTraining } from '../../src/train/plan.ts';
import type { Reference } from '../../src/train/reference.ts';
import { createRowStore, joinRows, type RowStore } from '../../src/train/rowStore.ts';
import { trainSettings } from '../../src/train/settings.ts';
import type { Metrics } from '../../src/run/event.ts';

const folder = resolve('test/parity/models/tied');

export interface ModelOptions {
  lora?: boolean;
  tokenRows?: number[];
  /** Trained variables from an earlier `Snapshot`. */
  from?: Snapshot;
}

/** What a checkpoint would hold. */
export interface Snapshot {
  state: LoopState;
  optimizerSteps: number;
  optimizer: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;
  variables: Map<string, { shape: number[]; data: Float32Array }>;
}

export async function tinyModel({ lora, tokenRows, from }: ModelOptions = {}): Promise<Model> {
  const opened = await openModelFolder(folder);
  const saved = from && memoryWeights(from.variables);
  const weights: WeightSource = saved ? { ...opened.weights, read: (name) => (saved.shape(name) ? saved : opened.weights).read(name) } : opened.weights;
  const model = await loadModel(opened.config, weights);
  await opened.close();
  if (lora) await attachLora(model, { r: 4, alpha: 8, dropout: 0.1, targetModules: ['q_proj', 'v_proj', 'down_proj'], rslora: false }, { seed: 7, init: saved });
  if (tokenRows) await attachTokenRows(model, tokenRows, { freezeRest: lora === true, init: saved });
  return model;
}

/** Rows of 3 to 40 random tokens, the second half of each trained. */
export function someRows(count: number, seed = 1): RowStore {
  const rng = createRng(seed);
  const store = createRowStore(512, 'test rows');
  for (let line = 1; line <= count; line++) {
    const ids = Array.from({ length: 3 + rng.below(38) }, () => rng.below(500));
    const promptLength = Math.floor(ids.length / 2);
    store.add({ line, problems: [], sides: [{ side: 'row', ids, trained: ids.map((_, i) => (i < promptLength ? 0 : 1)), promptLength, truncatedFrom: null, dropped: null }] });
  }
  return store;
}

/** Pairs of answers of 2 to 15 random tokens to prompts of 1 to 10. `swapped`: the rejected one is the chosen one. */
export function somePairs(count: number, { seed = 1, swapped = false } = {}): RowStore {
  const rng = createRng(seed);
  const store = createRowStore(512, 'test pairs');
  const tokens = (least: number, most: number) => Array.from({ length: least + rng.below(most - least + 1) }, () => rng.below(500));
  for (let line = 1; line <= count; line++) {
    const prompt = tokens(1, 10);
    const answers = [tokens(2, 15), tokens(2, 15)];
    if (swapped) answers.reverse();
    const sides = answers.map((answer, i) => {
      const ids = [...prompt, ...answer];
      return { side: i === 0 ? 'chosen' as const : 'rejected' as const, ids, trained: ids.map((_, t) => (t < prompt.length ? 0 : 1)), promptLength: prompt.length, truncatedFrom: null, dropped: null };
    });
    store.add({ line, problems: [], sides });
  }
  return store;
}

export interface LoopResult {
  model: Model;
  /** Per logged step, without what depends on the clock. */
  metrics: Map<number, Metrics>;
  warnings: { code: string; message: string; step: number }[];
  snapshots: Map<number, Snapshot>;
  weights: Map<string, Float32Array>;
  result: TrainResult;
}

export async function runLoop(options: { params: Record<string, unknown>; rows?: RowStore; evalRows?: RowStore; seed?: number; model?: ModelOptions; loss?: Loss; reference?: (model: Model) => Reference; hooks?: Partial<LoopHooks>; prepare?: (model: Model) => void; resumeFrom?: Snapshot }): Promise<LoopResult> {
  const params = { logging_steps: 1, train_sampling_strategy: 'sequential', learning_rate: 1e-3, ...options.params };
  const rows = joinRows([options.rows ?? someRows(16)]);
  const settings = trainSettings(params, options.seed ?? 3);
  const parts = [{ path: 'rows.jsonl', count: rows.count, weight: 1 }];
  const plan = planTraining({ parts, batchSize: settings.batchSize, accumulation: settings.accumulation, epochs: settings.epochs, maxSteps: settings.maxSteps });
  const model = await tinyModel({ ...options.model, from: options.resumeFrom });
  options.prepare?.(model);
  const result: Omit<LoopResult, 'result'> = { model, metrics: new Map(), warnings: [], snapshots: new Map(), weights: new Map() };
  const { resumeFrom } = options;
  const ended = await trainLoop({
    model, loss: options.loss ?? losses.sft(params), reference: options.reference?.(model), rows, parts, plan, settings, padId: 0, evalRows: options.evalRows,
    resume: resumeFrom && { state: resumeFrom.state, loadOptimizer: (optimizer) => optimizer.load(memoryWeights(resumeFrom.optimizer), resumeFrom.optimizerSteps) },
    hooks: {
      metrics(step, epoch, metrics) {
        const { tokens_per_second: _speed, step_time: _time, memory_bytes: _memory, ...rest } = metrics;
        result.metrics.set(step, { ...rest, epoch });
      },
      evaluation: () => undefined,
      warning: (code, message, step) => void result.warnings.push({ code, message, step }),
      paused: () => undefined,
      resumed: () => undefined,
      async save(step, state, optimizer) {
        const variables = new Map([...trainableVariables(model)].map(([name, variable]) => [name, { shape: variable.shape, data: (variable.dataSync() as Float32Array).slice() }]));
        result.snapshots.set(step, { state: structuredClone(state), optimizerSteps: optimizer.steps, optimizer: await momentsOf(optimizer), variables });
      },
      requests: () => Promise.resolve([]),
      ...options.hooks,
    },
  });
  for (const [name, variable] of trainableVariables(model)) result.weights.set(name, (variable.dataSync() as Float32Array).slice());
  return { ...result, result: ended };
}

/** A copy of an optimiser's moments. */
export async function momentsOf(optimizer: Optimizer): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> {
  const moments = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, read }] of optimizer.state()) moments.set(name, { shape, data: (await read()).slice() });
  return moments;
}

/** Largest absolute difference over all weights. */
export function distance(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let furthest = 0;
  for (const [name, values] of a) values.forEach((value, i) => (furthest = Math.max(furthest, Math.abs(value - b.get(name)![i]!))));
  return furthest;
}
