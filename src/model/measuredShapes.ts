/** The model shapes that speed is measured with, and how many operations a training step of one takes. */

import { modelConfigJson, newLlamaConfig, type ModelConfig } from './config.ts';
import { linearModules, linearShape } from './shapes.ts';

const shapes = {
  tiny: { hidden_size: 64, intermediate_size: 176, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 4096 },
  small: { hidden_size: 256, intermediate_size: 688, num_hidden_layers: 8, num_attention_heads: 4, num_key_value_heads: 4, vocab_size: 4096 },
  /** SmolLM2-135M. */
  '135m': { hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3, vocab_size: 49152 },
  /** SmolLM2-360M. */
  '360m': { hidden_size: 960, intermediate_size: 2560, num_hidden_layers: 32, num_attention_heads: 15, num_key_value_heads: 5, vocab_size: 49152 },
  /** Llama-3.2-1B, with SmolLM2's vocabulary. */
  '1b': { hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 49152 },
  /** SmolLM2-1.7B. */
  '1.7b': { hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 24, num_attention_heads: 32, num_key_value_heads: 32, vocab_size: 49152 },
  /** Llama-3.2-3B, with SmolLM2's vocabulary. */
  '3b': { hidden_size: 3072, intermediate_size: 8192, num_hidden_layers: 28, num_attention_heads: 24, num_key_value_heads: 8, vocab_size: 49152 },
} as const;

export type ShapeId = keyof typeof shapes;
export const shapeIds = Object.keys(shapes) as ShapeId[];

/** Without an end token, so that no answer ends early. */
export function measuredConfig(id: ShapeId): ModelConfig {
  return newLlamaConfig({ ...shapes[id], max_position_embeddings: 2048, tie_word_embeddings: true, bos_token_id: null, eos_token_id: null, pad_token_id: 0 });
}

export const measuredConfigJson = (id: ShapeId): string => modelConfigJson(measuredConfig(id));

/** Operations of forward and backward pass over `tokens` tokens in sequences of `time`: two per weight and token for each of the three products, and those of attention, counted whole. */
export function trainingOperations(config: ModelConfig, tokens: number, time: number): number {
  const matrices = linearModules.reduce((sum, module) => sum + linearShape(config, module)[0] * linearShape(config, module)[1], 0);
  const attention = 2 * config.heads * config.headDim * time;
  return 6 * tokens * (config.layers * (matrices + attention) + config.vocabSize * config.hiddenSize);
}
