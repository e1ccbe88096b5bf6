/** Low-rank adapters (Hu et al. 2021), rank-stabilised and weight-decomposed too, on the linear layers of a frozen model, named and laid out as PEFT saves them. */

import * as tf from '@tensorflow/tfjs-core';
import { createRng, type Rng } from '../core/rng.ts';
import { UserError } from '../core/problem.ts';
import { adapterTargets, savedParameters, savedShape, type AdapterTarget, type TargetModules } from '../model/adapterTargets.ts';
import { embeddingName } from '../model/shapes.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { freeze, newVariable, param, type Model } from './model.ts';
import { weightNorms } from './ops.ts';

export interface LoraSpec {
  r: number;
  alpha: number;
  dropout: number;
  targetModules: TargetModules;
  rslora: boolean;
  /** Magnitude and direction of each matrix apart (Liu et al. 2024): the adapter changes the direction, a vector of its own the magnitude. */
  dora?: boolean;
  /** Modules that train whole, as copies beside the adapter. */
  modulesToSave?: readonly string[];
}

export interface LoraPair {
  /** [r, in] */
  a: tf.Variable;
  /** [out, r] */
  b: tf.Variable;
  /** [out], with DoRA. */
  magnitude?: tf.Variable;
}

export interface Lora {
  readonly spec: LoraSpec;
  /** alpha / r, or alpha / sqrt(r) with rslora. */
  readonly scale: number;
  readonly targets: readonly AdapterTarget[];
  /** By PEFT module path, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** Copies that stand in for base weights, by the base weight's name. */
  readonly saved: ReadonlyMap<string, tf.Variable>;
  /** By PEFT file name, e.g. `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/**
 * Adds adapters and freezes the base. A is drawn uniformly in ±1/√in (PEFT's kaiming_uniform with a = √5), B is zero, the magnitudes are
 * the lengths of the base's rows; `init` (an adapter_model.safetensors) gives all of them instead. Throws a UserError for a tensor that is
 * missing or has another shape.
 */
export async function attachLora(model: Model, spec: LoraSpec, from: { seed: number; init?: WeightSource }): Promise<Lora> {
  const { config } = model;
  if (!(spec.r >= 1) || !Number.isInteger(spec.r)) throw new UserError(`lora_r must be a positive integer, not ${spec.r}.`, 'lora-r');
  const targets = adapterTargets(config, spec.targetModules, spec.modulesToSave);
  const pairs = new Map<string, LoraPair>();
  const saved = new Map<string, tf.Variable>();
  const variables = new Map<string, tf.Variable>();
  const lora: Lora = {
    spec,
    scale: spec.rslora ? spec.alpha / Math.sqrt(spec.r) : spec.alpha / spec.r,
    targets,
    pairs,
    saved,
    variables,
    dispose() {
      for (const variable of variables.values()) variable.dispose();
    },
  };
  const rng = createRng(from.seed, 2000);
  const make = async (name: string, shape: readonly number[], fresh: () => Float32Array | Promise<Float32Array>): Promise<tf.Variable> => {
    const variable = newVariable(from.init ? await readExact(from.init, name, shape) : await fresh(), shape, name);
    variables.set(name, variable);
    return variable;
  };
  try {
    for (const { path, shape: [out, width] } of targets) {
      const file = `base_model.model.${path}`;
      const bound = 1 / Math.sqrt(width);
      const a = await make(`${file}.lora_A.weight`, [spec.r, width], () => Float32Array.from({ length: spec.r * width }, () => (2 * rng.next() - 1) * bound));
      const b = await make(`${file}.lora_B.weight`, [out, spec.r], () => new Float32Array(out * spec.r));
      const pair: LoraPair = { a, b };
      // With B zero the lengths are those of the base's rows.
      if (spec.dora) pair.magnitude = await make(`${file}.lora_magnitude_vector`, [out], () => takeData(weightNorms(param(model, `${path}.weight`), a, b, lora.scale)));
      pairs.set(path, pair);
    }
    for (const name of savedParameters(config, spec.modulesToSave ?? [])) {
      const base = model.params.get(name) ?? param(model, embeddingName);
      saved.set(name, await make(`base_model.model.${name}`, savedShape(config, name), async () => (await base.data()) as Float32Array));
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
export function drawDropout(lora: Lora, rows: number, rng: Rng): Record<string, { data: Float32Array; shape: [number, number]; dtype: 'float32' }> {
  const { dropout } = lora.spec;
  const keep = 1 / (1 - dropout);
  const draw = () => (rng.next() < dropout ? 0 : keep);
  return Object.fromEntries(Object.entries(dropoutShapes(lora, rows)).map(([path, { shape, dtype }]) => [path, { data: Float32Array.from({ length: shape[0] * shape[1] }, draw), shape, dtype }]));
}

/** What `drawDropout` draws: nothing where the adapter has no dropout. */
export function dropoutShapes({ spec, pairs }: Lora, rows: number): Record<string, { shape: [number, number]; dtype: 'float32' }> {
  return spec.dropout > 0 ? Object.fromEntries([...pairs].map(([path, { a }]) => [path, { shape: [rows, a.shape[1]!], dtype: 'float32' }])) : {};
}

async function takeData(tensor: tf.Tensor): Promise<Float32Array> {
  const data = await tensor.data();
  tensor.dispose();
  return data as Float32Array;
}

async function readExact(weights: WeightSource, name: string, shape: readonly number[]): Promise<Float32Array> {
  const found = weights.shape(name);
  if (!found) throw new UserError(`${weights.place} has no tensor "${name}", which the adapter settings ask for.`, 'weights-missing');
  if (found.join() !== shape.join()) throw new UserError(`Tensor "${name}" in ${weights.place} has shape [${found.join(', ')}]; the adapter settings say [${shape.join(', ')}].`, 'weights-shape');
  return weights.read(name);
}
