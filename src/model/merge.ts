/** An adapter folded into its base model, tensor by tensor: the weights of a whole model that answers as the base with the adapter does. No tensors in memory but one. */

import { UserError } from '../core/problem.ts';
import { adaptedModules, tokenRowsName, type AdapterConfig } from './adapter.ts';
import { adapterTargets, savedParameters, savedShape } from './adapterTargets.ts';
import type { ModelConfig } from './config.ts';
import { embeddingName, headName, parameterShapes } from './shapes.ts';
import type { WeightSource } from './weights/source.ts';

export interface Merged {
  /** Every parameter of the whole model, in the base's types. */
  weights: WeightSource;
  /** The head is not the embedding any more: an adapter's copy of one of them took its place. */
  untied: boolean;
}

/** Sums are in double precision and rounded once. Throws a UserError for a tensor of the adapter that is missing, misshapen or of no use here. */
export function mergeAdapter(config: ModelConfig, base: WeightSource, adapter: { config: AdapterConfig; weights: WeightSource }): Merged {
  const { lora, tokenRows } = adapter.config;
  const used = new Set<string>();
  const take = (name: string, shape: readonly number[]): (() => Promise<Float32Array>) => {
    const found = adapter.weights.shape(name);
    if (found?.join() !== shape.join()) throw new UserError(`Tensor "${name}" in ${adapter.weights.place} ${found ? `has shape [${found.join(', ')}]` : 'is missing'}; needed: [${shape.join(', ')}].`, 'weights-shape');
    used.add(name);
    return () => adapter.weights.read(name);
  };
  /** What becomes of a base weight, by its name. */
  const changed = new Map<string, () => Promise<Float32Array>>();
  if (lora) {
    const scale = lora.rslora ? lora.alpha / Math.sqrt(lora.r) : lora.alpha / lora.r;
    for (const { path, shape: [out, width] } of adapterTargets(config, adaptedModules(adapter.weights.names), lora.modulesToSave)) {
      const file = `base_model.model.${path}`;
      const [a, b] = [take(`${file}.lora_A.weight`, [lora.r, width]), take(`${file}.lora_B.weight`, [out, lora.r])];
      const magnitude = lora.dora ? take(`${file}.lora_magnitude_vector`, [out]) : undefined;
      changed.set(`${path}.weight`, async () => addProduct(await base.read(`${path}.weight`), { a: await a(), b: await b(), magnitude: await magnitude?.(), r: lora.r, scale }));
    }
    for (const name of savedParameters(config, lora.modulesToSave)) changed.set(name, take(`base_model.model.${name}`, savedShape(config, name)));
  }
  if (tokenRows) {
    const ids = [...new Set(tokenRows)];
    const rows = take(tokenRowsName, [ids.length, config.hiddenSize]);
    changed.set(embeddingName, async () => {
      const [embedding, values] = [await base.read(embeddingName), await rows()];
      ids.forEach((id, row) => embedding.set(values.subarray(row * config.hiddenSize, (row + 1) * config.hiddenSize), id * config.hiddenSize));
      return embedding;
    });
  }
  const unused = adapter.weights.names.find((name) => !used.has(name));
  if (unused !== undefined) throw new UserError(`${adapter.weights.place} holds the tensor "${unused}", which adapter_config.json does not speak of: it cannot be merged.`, 'weights-unused');

  // Trained rows of a tied embedding are rows of the head as well; a copied module is a copy of that module alone.
  const copied = new Set(lora ? savedParameters(config, lora.modulesToSave) : []);
  const untied = config.tieWordEmbeddings && (copied.has(embeddingName) || copied.has(headName));
  const names = [...parameterShapes(config).keys(), ...(untied ? [headName] : [])];
  const original = (name: string) => (untied && name === headName ? embeddingName : name);
  return {
    untied,
    weights: {
      names,
      place: 'the merged model',
      shape: (name) => (names.includes(name) ? savedShape(config, name) : undefined),
      dtype: (name) => base.dtype(original(name)),
      read: (name) => changed.get(name)?.() ?? base.read(original(name)),
    },
  };
}

/** w + s b a, each row stretched to its magnitude where there are magnitudes. w [out, in], a [r, in], b [out, r]. */
function addProduct(w: Float32Array, { a, b, magnitude, r, scale }: { a: Float32Array; b: Float32Array; magnitude?: Float32Array; r: number; scale: number }): Float32Array {
  const width = a.length / r;
  const merged = new Float32Array(w.length);
  const row = new Float64Array(width);
  for (let out = 0; out < w.length / width; out++) {
    const start = out * width;
    for (let i = 0; i < width; i++) row[i] = w[start + i]!;
    for (let k = 0; k < r; k++) {
      const factor = scale * b[out * r + k]!;
      for (let i = 0; i < width; i++) row[i]! += factor * a[k * width + i]!;
    }
    let stretch = 1;
    if (magnitude) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += row[i]! * row[i]!;
      stretch = magnitude[out]! / Math.sqrt(squares);
    }
    for (let i = 0; i < width; i++) merged[start + i] = row[i]! * stretch;
  }
  return merged;
}
