/** The parameters of a model by their Hugging Face names, with the shapes they have on disk: [out, in] for matrices. */

import type { ModelConfig } from './config.ts';

export const embeddingName = 'model.embed_tokens.weight';
export const headName = 'lm_head.weight';
/** The head of a reward model. */
export const scoreName = 'score.weight';
export const finalNormName = 'model.norm.weight';

/** The seven matrices of a layer, as PEFT's `target_modules` and file names call them. */
export const linearModules = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj', 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'] as const;
export type LinearModule = (typeof linearModules)[number];

export function layerName(layer: number, rest: string): string {
  return `model.layers.${layer}.${rest}.weight`;
}

/** [out, in] of one matrix of a layer. */
export function linearShape(config: ModelConfig, module: LinearModule): [number, number] {
  const { hiddenSize: d, intermediateSize: f } = config;
  const q = config.heads * config.headDim;
  const kv = config.kvHeads * config.headDim;
  switch (module) {
    case 'self_attn.q_proj': return [q, d];
    case 'self_attn.k_proj': return [kv, d];
    case 'self_attn.v_proj': return [kv, d];
    case 'self_attn.o_proj': return [d, q];
    case 'mlp.gate_proj': return [f, d];
    case 'mlp.up_proj': return [f, d];
    case 'mlp.down_proj': return [d, f];
  }
}

/** Every parameter in the order in which transformers lists them. A tied head has no tensor of its own. */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const shapes = new Map<string, number[]>([[embeddingName, [config.vocabSize, config.hiddenSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const module of linearModules) shapes.set(layerName(layer, module), linearShape(config, module));
    shapes.set(layerName(layer, 'input_layernorm'), [config.hiddenSize]);
    shapes.set(layerName(layer, 'post_attention_layernorm'), [config.hiddenSize]);
  }
  shapes.set(finalNormName, [config.hiddenSize]);
  if (config.head === 'score') shapes.set(scoreName, [1, config.hiddenSize]);
  else if (!config.tieWordEmbeddings) shapes.set(headName, [config.vocabSize, config.hiddenSize]);
  return shapes;
}

export function parameterCount(config: ModelConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += sizeOf(shape);
  return count;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
