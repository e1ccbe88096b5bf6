/** Answering with a key-value cache: the programs that read prompts, add one token to each row, and move the cache to other rows or more slots. */

import * as tf from '@tensorflow/tfjs-core';
import type { ShapesByName } from '../backend/program.ts';
import { architectures } from './arch/index.ts';
import { hasFused, runFused } from './fused.ts';
import { hidden, logits, param, type Model } from './model.ts';
import { weightNorms } from './ops.ts';
import { powerOfTwo } from '../core/powerOfTwo.ts';
import { createProgram, recordsPrograms, type Program } from './program.ts';
import { anyTables } from './rope.ts';
import { scoresOf, type PickKind } from './sampling.ts';

/** A row's token at position p has slot p; what is behind a row's last token is never seen. */
export interface CacheSize {
  /** Rows. */
  batch: number;
  /** Slots of each row. */
  window: number;
}

/** For prompts of at most so many tokens and as many new ones, and the length to which prompts are padded. Recorded programs are few: sizes are powers of two there. */
export function firstSize(prompts: number, longest: number, newTokens: number): { size: CacheSize; time: number } {
  if (!recordsPrograms()) return { size: { batch: prompts, window: slots(longest + Math.min(newTokens, slotsAtOnce)) }, time: longest };
  return { size: { batch: powerOfTwo(prompts), window: Math.max(64, powerOfTwo(longest + Math.min(newTokens, 128))) }, time: Math.max(16, powerOfTwo(longest)) };
}

/** The same size, or the one to go on with so many rows and tokens. Where programs are recorded a smaller batch has to be worth its recording. */
export function nextSize(size: CacheSize, rows: number, tokens: number): CacheSize {
  const fits = tokens <= size.window;
  if (!recordsPrograms()) return fits && rows === size.batch ? size : { batch: rows, window: fits ? size.window : slots(tokens) };
  const batch = 4 * rows <= size.batch ? powerOfTwo(rows) : size.batch;
  return fits && batch === size.batch ? size : { batch, window: fits ? size.window : 2 * size.window };
}

/** More would be looked at for nothing, fewer copied too often. */
const slotsAtOnce = 32;

function slots(tokens: number): number {
  return slotsAtOnce * Math.ceil(tokens / slotsAtOnce);
}

export interface Decoder {
  /** Records what answers to prompts up to so many tokens need, where programs are recorded. */
  prepare(size: CacheSize, time: number): void;
  /** Reads prompts of at most so many tokens, one for each row. */
  begin(prompts: readonly (readonly number[])[], time: number, size: CacheSize, temperature: number): Answers;
  dispose(): void;
}

export interface Answers {
  readonly size: CacheSize;
  /** What `scoresOf` gives for each row's next token. */
  readonly scores: tf.NamedTensorMap;
  /** Adds a token to each row at its position. */
  next(ids: readonly number[], positions: readonly number[]): void;
  /** Goes on with these rows, in that order, in a cache of that size. */
  take(rows: readonly number[], window: number): void;
  dispose(): void;
}

/** The programs for a model as it is now: its adapters must stay. */
export function createDecoder(model: Model, pick: PickKind): Decoder {
  const { config } = model;
  const { kvHeads, headDim } = config;
  const architecture = architectures.find(config.architecture);
  const layers = Array.from({ length: config.layers }, (_, layer) => ({ keys: `keys ${layer}`, values: `values ${layer}` }));
  const cached = new Set(layers.flatMap(({ keys, values }) => [keys, values]));
  const isCached = (name: string) => cached.has(name);
  const programs = new Map<string, Program>();
  const made = (key: string, make: () => Program) => {
    if (!programs.has(key)) programs.set(key, make());
    return programs.get(key)!;
  };
  /** [batch, kvHeads, time, headDim] as it is kept: one row for each slot of each head. */
  const store = (x: tf.Tensor, window: number) => tf.reshape(tf.pad(x as tf.Tensor4D, [[0, 0], [0, 0], [0, window - x.shape[2]!], [0, 0]]), [-1, headDim]);
  const name = ({ batch, window }: CacheSize) => `generation of ${batch} × ${window}`;

  let answering = false;
  const places = new Map<string, object>();
  // Programs of one size keep the cache in one place: each finds it wherever it came from.
  const placeOf = (size: CacheSize) => {
    if (!places.has(name(size))) places.set(name(size), {});
    return places.get(name(size))!;
  };

  const norms = createProgram({
    name: 'the norms for generation',
    compute: () => Object.fromEntries([...(model.lora?.pairs ?? [])].flatMap(([path, { a, b, magnitude }]) => (magnitude ? [[path, weightNorms(param(model, `${path}.weight`), a, b, model.lora!.scale)]] : []))),
    keeps: () => true,
  });
  const withDora = [...(model.lora?.pairs.values() ?? [])].some(({ magnitude }) => magnitude);

  const reading = (size: CacheSize) => made(`read ${name(size)}`, () => createProgram({
    name: name(size),
    place: placeOf(size),
    compute: ({ ids, last, inverse, ...norms }) => {
      const time = ids!.shape[1]!;
      const cache: tf.NamedTensorMap = {};
      const rows = hidden(model, ids as tf.Tensor2D, {
        norms,
        tables: anyTables(config, time),
        remember(layer, keys, values) {
          cache[layers[layer]!.keys] = store(keys, size.window);
          cache[layers[layer]!.values] = store(values, size.window);
        },
      });
      const ends = tf.add(last!, tf.tensor1d(Array.from({ length: size.batch }, (_, row) => row * time), 'int32')) as tf.Tensor1D;
      return { ...cache, ...scoresOf(pick, logits(model, tf.gather(rows, ends)), inverse!) };
    },
    keeps: isCached,
  }));

  const extending = (size: CacheSize) => made(`extend ${name(size)}`, () => createProgram({
    name: name(size),
    place: placeOf(size),
    compute: ({ ids, positions, inverse, ...rest }) => {
      const { batch, window } = size;
      const [cache, norms] = split(rest as tf.NamedTensorMap, isCached);
      const starts = tf.tensor2d(Array.from({ length: batch * kvHeads }, (_, i) => i * window), [batch, kvHeads], 'int32');
      const indices = tf.reshape(tf.add(starts, tf.reshape(positions!, [batch, 1])), [-1]) as tf.Tensor1D;
      const put = (which: string, rows: tf.Tensor) => {
        cache[which] = updateRows(cache[which]!, indices, tf.reshape(rows, [-1, headDim]));
        return tf.reshape(cache[which]!, [batch * kvHeads, window, headDim]) as tf.Tensor3D;
      };
      const rows = architecture.next(model, ids as tf.Tensor1D, {
        norms,
        window,
        positions: positions as tf.Tensor1D,
        extend: (layer, keys, values) => ({ keys: put(layers[layer]!.keys, keys), values: put(layers[layer]!.values, values) }),
      });
      return { ...cache, ...scoresOf(pick, logits(model, rows), inverse!) };
    },
    often: true,
    keeps: isCached,
    consumes: isCached,
  }));

  const moving = (from: CacheSize, to: CacheSize) => made(`move ${name(from)} to ${name(to)}`, () => createProgram({
    name: name(to),
    place: placeOf(to),
    compute: ({ rows, ...cache }) => Object.fromEntries(Object.entries(cache).map(([which, x]) => {
      const all = tf.reshape(x, [from.batch, kvHeads, from.window, headDim]);
      return [which, store(tf.gather(all, rows as tf.Tensor1D), to.window)];
    })),
    keeps: isCached,
    consumes: isCached,
  }));

  return {
    prepare(size, time) {
      const given = withDora ? norms.prepare({}) : {};
      const scalar = { shape: [], dtype: 'float32' as const };
      const rows = { shape: [size.batch], dtype: 'int32' as const };
      const outputs = given && reading(size).prepare({ ids: { shape: [size.batch, time], dtype: 'int32' }, last: rows, inverse: scalar, ...given });
      if (!outputs) return;
      const kept: ShapesByName = Object.fromEntries(Object.entries(outputs).filter(([key]) => isCached(key)));
      extending(size).prepare({ ids: rows, positions: rows, inverse: scalar, ...kept, ...given });
    },

    begin(prompts, time, first, temperature) {
      if (answering) throw new Error('answers of a model were begun while others were not done: they would share one cache');
      const dora = withDora ? norms.run({}) : {};
      const inverse = tf.scalar(1 / (temperature || 1));
      const run = (program: Program, rows: tf.NamedTensorMap, cache: tf.NamedTensorMap, others: tf.NamedTensorMap) => {
        const outputs = program.run({ ...rows, ...cache, ...others }) as tf.NamedTensorMap;
        tf.dispose(rows);
        return split(outputs, isCached);
      };
      const rows = prompts.map((ids) => [...ids, ...new Array<number>(time - ids.length).fill(0)]);
      const read = { ids: tf.tensor2d(rows, [rows.length, time], 'int32'), last: tf.tensor1d(prompts.map((ids) => ids.length - 1), 'int32') };
      let size = first;
      let [cache, scores] = run(reading(size), read, {}, { inverse, ...dora });
      answering = true;
      return {
        get size() {
          return size;
        },
        get scores() {
          return scores;
        },
        next(ids, positions) {
          tf.dispose(scores);
          [cache, scores] = run(extending(size), { ids: tf.tensor1d(ids as number[], 'int32'), positions: tf.tensor1d(positions as number[], 'int32') }, cache, { inverse, ...dora });
        },
        take(rows, window) {
          const to = { batch: rows.length, window };
          [cache] = run(moving(size, to), { rows: tf.tensor1d(rows as number[], 'int32') }, cache, {});
          size = to;
        },
        dispose() {
          answering = false;
          tf.dispose([cache, scores, dora, inverse] as never);
        },
      };
    },

    dispose() {
      norms.dispose();
      for (const program of programs.values()) program.dispose();
    },
  };
}

/** x [m, width] with these rows [n, width] at the indices; x itself is not to be used any more. */
export function updateRows(x: tf.Tensor, indices: tf.Tensor1D, rows: tf.Tensor): tf.Tensor {
  if (hasFused('PosttrainUpdateRows')) return runFused('PosttrainUpdateRows', { x, indices, rows })[0]!;
  return tf.tensorScatterUpdate(x, tf.reshape(indices, [-1, 1]), rows);
}

function split(tensors: tf.NamedTensorMap, first: (name: string) => boolean): [tf.NamedTensorMap, tf.NamedTensorMap] {
  const of = (which: boolean) => Object.fromEntries(Object.entries(tensors).filter(([name]) => first(name) === which));
  return [of(true), of(false)];
}
