/** Generation with a key-value cache: a batch of prompts of any lengths, greedy or sampled with a seed; and log-probabilities of given sequences. */

import * as tf from '@tensorflow/tfjs-core';
import { throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { powerOfTwo } from '../core/powerOfTwo.ts';
import { createRng } from '../core/rng.ts';
import { answersAtOnce, estimateEvaluation, scoredAtOnce } from '../model/memory.ts';
import { hasFused } from './fused.ts';
import { createDecoder, firstSize, nextSize, type Decoder } from './kvCache.ts';
import { headLogps, hidden, type Model } from './model.ts';
import { createProgram, recordsPrograms, type Program } from './program.ts';
import { anyTables } from './rope.ts';
import { pickFor, pickFrom, type PickKind } from './sampling.ts';

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0 is greedy. Default 0. */
  temperature?: number;
  /** Default 1 (off). */
  topP?: number;
  /** Default 0 (off). */
  topK?: number;
  /** Prompt i is sampled from stream i of this seed, so a prompt's answer does not depend on its neighbours. Default 0. */
  seed?: number;
  /** Stop after any of these. Default: the config's. */
  eosIds?: readonly number[];
  /** What tensors may take beside those that are there: decides how many prompts are computed together, at most 64. Default: no limit. */
  freeBytes?: number;
  signal?: AbortSignal;
  /** Called after every token of a prompt (streaming). */
  onToken?: (index: number, id: number) => void;
  /** Awaited between two tokens; what it throws ends the generation. Default: gives signals, requests and output of the process their turn. */
  attend?: () => Promise<void>;
}

export interface Completion {
  /** Generated ids, with the end token when it came. */
  ids: number[];
  finish: 'stop' | 'length';
  /** Natural log-probability of each id under the model, before temperature, top-p and top-k. */
  logps: number[];
}

/**
 * One completion per prompt, in the prompts' order. For several answers to one prompt repeat it: each index has its own random stream.
 * Aborting rejects with `Cancelled` between two tokens. Throws a UserError for an empty prompt or one that leaves no room.
 */
export async function generate(model: Model, promptIds: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
  const { maxPositions } = model.config;
  promptIds.forEach((ids, index) => {
    if (ids.length === 0) throw new UserError(`Prompt ${index} has no tokens: a model needs at least one to start from.`, 'empty-prompt');
    if (ids.length >= maxPositions) throw new UserError(`Prompt ${index} has ${ids.length} tokens, and the model's context holds ${maxPositions}: shorten it.`, 'prompt-too-long');
  });
  const results = promptIds.map((): Completion => ({ ids: [], finish: 'length', logps: [] }));
  // Prompts of like length go together: less padding.
  const order = [...promptIds.keys()].sort((a, b) => promptIds[a]!.length - promptIds[b]!.length);
  const prompt = promptIds[order.at(-1)!]?.length ?? 0;
  const size = answersAtOnce(model.config, { prompt, length: Math.min(maxPositions, prompt + options.maxNewTokens), fused: hasFused('PosttrainAttention') }, options.freeBytes ?? Infinity);
  for (let start = 0; start < order.length; start += size) await generateBatch(model, promptIds, order.slice(start, start + size), results, options);
  return results;
}

async function generateBatch(model: Model, promptIds: readonly (readonly number[])[], batch: readonly number[], results: Completion[], options: GenerateOptions): Promise<void> {
  const { maxPositions, eosTokenIds, vocabSize } = model.config;
  const { attend = () => new Promise<void>((resolve) => setImmediate(resolve)) } = options;
  const settings = { temperature: options.temperature ?? 0, topP: options.topP ?? 1, topK: options.topK ?? 0 };
  const ends = new Set(options.eosIds ?? eosTokenIds);
  const rngs = new Map(batch.map((index) => [index, createRng(options.seed ?? 0, index)]));
  const decoder = decoderOf(model, pickFor(settings));
  const longest = Math.max(...batch.map((index) => promptIds[index]!.length));
  const { size, time } = firstSize(batch.length, longest, Math.min(options.maxNewTokens, maxPositions - longest));
  decoder.prepare(size, time);
  // Row by row the prompt that is answered there; undefined where nothing is left to do.
  let rows: (number | undefined)[] = Array.from({ length: size.batch }, (_, row) => batch[row]);
  const answers = decoder.begin(rows.map((index) => promptIds[index ?? batch[0]!]!), time, size, settings.temperature);
  try {
    for (;;) {
      throwIfAborted(options.signal);
      const scores = Object.fromEntries(await Promise.all(Object.entries(answers.scores).map(async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const)));
      rows.forEach((index, row) => {
        if (index === undefined) return;
        const { id, logp } = pickFrom(scores, row, vocabSize, settings, rngs.get(index)!);
        const result = results[index]!;
        result.ids.push(id);
        result.logps.push(logp);
        options.onToken?.(index, id);
        if (ends.has(id)) result.finish = 'stop';
        if (ends.has(id) || result.ids.length >= options.maxNewTokens || promptIds[index]!.length + result.ids.length >= maxPositions) rows[row] = undefined;
      });
      const live = rows.flatMap((index, row) => (index === undefined ? [] : [{ index, row }]));
      if (live.length === 0) return;
      await attend();
      throwIfAborted(options.signal);
      const places = live.map(({ index }) => promptIds[index]!.length + results[index]!.ids.length - 1);
      const next = nextSize(answers.size, live.length, Math.max(...places) + 1);
      if (next !== answers.size) {
        const fewer = next.batch < answers.size.batch;
        answers.take(Array.from({ length: next.batch }, (_, row) => (fewer ? (live[row] ?? live[0]!).row : row)), next.window);
        if (fewer) rows = Array.from({ length: next.batch }, (_, row) => live[row]?.index);
      }
      const at = rows.map((index) => (index === undefined ? 0 : promptIds[index]!.length + results[index]!.ids.length - 1));
      answers.next(rows.map((index) => (index === undefined ? 0 : results[index]!.ids.at(-1)!)), at);
    }
  } finally {
    answers.dispose();
  }
}

/** Kept with the model: what was recorded for one answer or text serves the next. */
function programsOf(model: Model): Programs {
  const { lora, tokenRows } = model;
  const found = programs.get(model);
  if (found && found.lora === lora && found.tokenRows === tokenRows) return found;
  for (const one of [...(found?.decoders.values() ?? []), ...(found ? [found.scoring] : [])]) one.dispose();
  const made = { lora, tokenRows, decoders: new Map(), scoring: scoringProgram(model) };
  programs.set(model, made);
  return made;
}

function decoderOf(model: Model, pick: PickKind): Decoder {
  const { decoders } = programsOf(model);
  if (!decoders.has(pick)) decoders.set(pick, createDecoder(model, pick));
  return decoders.get(pick)!;
}

interface Programs extends Pick<Model, 'lora' | 'tokenRows'> {
  decoders: Map<PickKind, Decoder>;
  scoring: Program;
}
const programs = new WeakMap<Model, Programs>();

/** ids [batch, time], and which of their places predict which targets → the targets' log-probabilities. */
function scoringProgram(model: Model): Program {
  return createProgram({
    name: 'the log-probabilities',
    compute: ({ ids, positions, targets }) => ({
      logps: headLogps(model, hidden(model, ids as tf.Tensor2D, { tables: anyTables(model.config, ids!.shape[1]!) }), positions as tf.Tensor1D, targets as tf.Tensor1D).logps,
    }),
  });
}

/** Log-probability of every id given those before it; entry 0 of a sequence is null (nothing comes before it). Throws a UserError for a sequence that is too long for the model or for `freeBytes` (as in `generate`). */
export async function logprobs(model: Model, sequences: readonly (readonly number[])[], options: { batchSize?: number; freeBytes?: number; signal?: AbortSignal } = {}): Promise<(number | null)[][]> {
  const { maxPositions } = model.config;
  const results = sequences.map((ids): (number | null)[] => (ids.length > 0 ? [null] : []));
  const order = [...sequences.keys()].filter((i) => sequences[i]!.length > 1).sort((a, b) => sequences[a]!.length - sequences[b]!.length);
  const longest = sequences[order.at(-1) ?? 0]?.length ?? 0;
  if (longest > maxPositions) throw new UserError(`Text ${order.at(-1)} has ${longest} tokens, and the model's context holds ${maxPositions}: shorten it.`, 'prompt-too-long');
  const { freeBytes = Infinity, batchSize = 16 } = options;
  // Recorded programs are few: rows, tokens and targets have sizes that are powers of two there, if there is the memory for it.
  const padTime = (tokens: number) => Math.min(maxPositions, Math.max(16, powerOfTwo(tokens)));
  const pads = recordsPrograms() && estimateEvaluation(model.config, { batch: 1, time: padTime(longest) }).activations <= freeBytes;
  const most = scoredAtOnce(model.config, pads ? padTime(longest) : longest, freeBytes, batchSize);
  const size = pads ? powerOfTwo(most + 1) / 2 : most;
  const { scoring } = programsOf(model);
  for (let start = 0; start < order.length; start += size) {
    throwIfAborted(options.signal);
    const batch = order.slice(start, start + size);
    const tokens = Math.max(...batch.map((i) => sequences[i]!.length)) - 1;
    const time = pads ? padTime(tokens) : tokens;
    const positions: number[] = [];
    const targets: number[] = [];
    batch.forEach((index, b) => {
      const ids = sequences[index]!;
      for (let t = 0; t + 1 < ids.length; t++) {
        positions.push(b * time + t);
        targets.push(ids[t + 1]!);
      }
    });
    const rows = batch.map((i) => padded(sequences[i]!.slice(0, -1), time));
    if (pads) rows.push(...Array.from({ length: powerOfTwo(rows.length) - rows.length }, () => padded([], time)));
    const count = pads ? powerOfTwo(targets.length) : targets.length;
    const inputs = { ids: tf.tensor2d(rows, [rows.length, time], 'int32'), positions: tf.tensor1d(padded(positions, count), 'int32'), targets: tf.tensor1d(padded(targets, count), 'int32') };
    const logps = scoring.run(inputs).logps!;
    const values = await logps.data();
    tf.dispose([logps, inputs] as never);
    let at = 0;
    for (const index of batch) for (let t = 0; t + 1 < sequences[index]!.length; t++) results[index]!.push(values[at++]!);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return results;
}

function padded(ids: readonly number[], length: number): number[] {
  return [...ids, ...new Array<number>(length - ids.length).fill(0)];
}
