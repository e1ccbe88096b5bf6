/** From an opened model folder to a model in memory, with its adapter attached and frozen weights marked. */

import type { AdapterConfig } from '../model/adapter.ts';
import type { ModelConfig } from '../model/config.ts';
import type { WeightSource } from '../model/weights/source.ts';
import { attachLora } from './lora.ts';
import { loadModel, type Model } from './model.ts';
import { attachTokenRows } from './tokenRows.ts';

/** What node/modelFolder.ts opens. */
export interface LoadableModel {
  config: ModelConfig;
  weights: WeightSource;
  adapter: { config: AdapterConfig; weights: WeightSource } | undefined;
}

export async function loadWithAdapter({ config, weights, adapter }: LoadableModel, options: { signal?: AbortSignal } = {}): Promise<Model> {
  const model = await loadModel(config, weights, options);
  try {
    if (adapter?.config.lora) await attachLora(model, adapter.config.lora, { seed: 0, init: adapter.weights });
    if (adapter?.config.tokenRows) await attachTokenRows(model, adapter.config.tokenRows, { freezeRest: true, init: adapter.weights });
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
