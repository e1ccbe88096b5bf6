/** Named tensors that can be read one at a time: a safetensors file, a folder of shards, or freshly drawn initial weights. */

import { createRng } from '../../core/rng.ts';
import { UserError } from '../../core/problem.ts';
import type { ModelConfig } from '../config.ts';
import { parameterShapes, sizeOf } from '../shapes.ts';

export interface WeightSource {
  readonly names: readonly string[];
  /** What messages call it: a file or folder. */
  readonly place: string;
  /** Undefined when there is no such tensor. */
  shape(name: string): readonly number[] | undefined;
  dtype(name: string): string | undefined;
  /** The tensor as 32-bit floats, row-major; a model that is loaded takes the array over. Throws a UserError that names the tensor. */
  read(name: string): Promise<Float32Array>;
}

/** Weights that are already in memory. */
export function memoryWeights(tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>, place = 'memory'): WeightSource {
  return {
    names: [...tensors.keys()],
    place,
    shape: (name) => tensors.get(name)?.shape,
    dtype: (name) => (tensors.has(name) ? 'F32' : undefined),
    read(name) {
      const tensor = tensors.get(name);
      return tensor ? Promise.resolve(tensor.data.slice()) : Promise.reject(new UserError(`There is no tensor "${name}" in ${place}.`, 'weights-missing'));
    },
  };
}

/** A source with what it lacks of the model drawn new: the head of a reward model that begins with one that predicts tokens. */
export function withInitial(weights: WeightSource, config: ModelConfig, name: string, seed: number): WeightSource {
  if (weights.shape(name)) return weights;
  const drawn = initialWeights(config, seed);
  const of = (asked: string) => (asked === name ? drawn : weights);
  return { names: [...weights.names, name], place: weights.place, shape: (asked) => of(asked).shape(asked), dtype: (asked) => of(asked).dtype(asked), read: (asked) => of(asked).read(asked) };
}

/** Initial weights as transformers draws them: normal with `initializer_range` for matrices, ones for norms. One stream per tensor, so the order of reading does not matter. */
export function initialWeights(config: ModelConfig, seed: number): WeightSource {
  const shapes = parameterShapes(config);
  const names = [...shapes.keys()];
  return {
    names,
    place: 'initial weights',
    shape: (name) => shapes.get(name),
    dtype: (name) => (shapes.has(name) ? 'F32' : undefined),
    read(name) {
      const shape = shapes.get(name);
      if (!shape) return Promise.reject(new UserError(`There is no parameter "${name}".`, 'weights-missing'));
      const data = new Float32Array(sizeOf(shape));
      if (shape.length === 1) return Promise.resolve(data.fill(1));
      const rng = createRng(seed, 1000 + names.indexOf(name));
      for (let i = 0; i < data.length; i++) data[i] = rng.normal() * config.initializerRange;
      return Promise.resolve(data);
    },
  };
}
