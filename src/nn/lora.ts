/** Low-rank adapters (Hu et al. 2021) on the linear layers of a frozen model, named and laid out as PEFT saves them. */

import * as tf from '@tensorflow/tfjs-core';
import { didYouMean } from '../core/text.ts';
import { createRng, type Rng } from '../core/rng.ts';
import { UserError } from '../core/problem.ts';
import { linearModules, linearShape, type LinearModule } from '../model/shapes.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { freeze, newVariable, type Model } from './model.ts';

export interface LoraSpec {
  r: number;
  alpha: number;
  dropout: number;
  /** Module names or path ends ("q_proj", "self_attn.q_proj"), or "all-linear" (every matrix but embedding and head). */
  targetModules: readonly string[] | 'all-linear';
  rslora: boolean;
}

export interface LoraPair {
  /** [r, in] */
  a: tf.Variable;
  /** [out, r] */
  b: tf.Variable;
}

export interface Lora {
  readonly spec: LoraSpec;
  /** alpha / r, or alpha / sqrt(r) with rslora. */
  readonly scale: number;
  /** By PEFT module path, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** By PEFT file name, e.g. `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/** PEFT's defaults for llama: the query and value projections. */
export const defaultTargetModules: readonly string[] = ['q_proj', 'v_proj'];

/** Which modules of a layer the names mean. Throws a UserError for a name that fits none. */
export function resolveTargets(targets: readonly string[] | 'all-linear'): LinearModule[] {
  if (targets === 'all-linear' || (targets.length === 1 && targets[0] === 'all-linear')) return [...linearModules];
  const shortNames = linearModules.map((module) => module.split('.')[1]!);
  for (const name of targets) {
    if (!linearModules.some((module) => module === name || module.endsWith(`.${name}`))) {
      throw new UserError(`lora_target_modules: the model has no module "${name}".${didYouMean(name, shortNames)} Known: ${shortNames.join(', ')}, all-linear.`, 'lora-target');
    }
  }
  return linearModules.filter((module) => targets.some((name) => module === name || module.endsWith(`.${name}`)));
}

/**
 * Adds adapters and freezes the base. A is drawn uniformly in ±1/√in (PEFT's kaiming_uniform with a = √5), B is zero; `init` (an
 * adapter_model.safetensors) gives both instead. Throws a UserError for a tensor that is missing or has another shape.
 */
export async function attachLora(model: Model, spec: LoraSpec, from: { seed: number; init?: WeightSource }): Promise<Lora> {
  const modules = resolveTargets(spec.targetModules);
  if (!(spec.r >= 1) || !Number.isInteger(spec.r)) throw new UserError(`lora_r must be a positive integer, not ${spec.r}.`, 'lora-r');
  const pairs = new Map<string, LoraPair>();
  const variables = new Map<string, tf.Variable>();
  const lora: Lora = {
    spec,
    scale: spec.rslora ? spec.alpha / Math.sqrt(spec.r) : spec.alpha / spec.r,
    pairs,
    variables,
    dispose() {
      for (const variable of variables.values()) variable.dispose();
    },
  };
  const rng = createRng(from.seed, 2000);
  const make = async (name: string, shape: [number, number], draw: () => number): Promise<tf.Variable> => {
    const data = from.init ? await readExact(from.init, name, shape) : Float32Array.from({ length: shape[0] * shape[1] }, draw);
    const variable = newVariable(data, shape, name);
    variables.set(name, variable);
    return variable;
  };
  try {
    for (let layer = 0; layer < model.config.layers; layer++) {
      for (const module of modules) {
        const path = `model.layers.${layer}.${module}`;
        const [out, width] = linearShape(model.config, module);
        const bound = 1 / Math.sqrt(width);
        const a = await make(`base_model.model.${path}.lora_A.weight`, [spec.r, width], () => (2 * rng.next() - 1) * bound);
        const b = await make(`base_model.model.${path}.lora_B.weight`, [out, spec.r], () => 0);
        pairs.set(path, { a, b });
      }
    }
  } catch (error) {
    lora.dispose();
    throw error;
  }
  freeze(model);
  model.lora = lora;
  return lora;
}

/**
 * Masks for LoRA's dropout over `rows` positions, by PEFT module path: 0 with the probability of the spec, else 1/(1-p). Drawn here and fed
 * to the step like its other inputs, so that the step stays a pure function.
 */
export function drawDropout({ spec, pairs }: Lora, rows: number, rng: Rng): Record<string, { data: Float32Array; shape: [number, number]; dtype: 'float32' }> {
  const keep = 1 / (1 - spec.dropout);
  const draw = () => (rng.next() < spec.dropout ? 0 : keep);
  return Object.fromEntries([...pairs].map(([path, { a }]) => {
    const width = a.shape[1]!;
    return [path, { data: Float32Array.from({ length: rows * width }, draw), shape: [rows, width], dtype: 'float32' }];
  }));
}

async function readExact(weights: WeightSource, name: string, shape: readonly number[]): Promise<Float32Array> {
  const found = weights.shape(name);
  if (!found) throw new UserError(`${weights.place} has no tensor "${name}", which the adapter settings ask for.`, 'weights-missing');
  if (found.join() !== shape.join()) throw new UserError(`Tensor "${name}" in ${weights.place} has shape [${found.join(', ')}]; the adapter settings say [${shape.join(', ')}].`, 'weights-shape');
  return weights.read(name);
}
