/** Generation with a key-value cache: a batch of prompts of any lengths, greedy or sampled with a seed. */

import type { Model } from './model.ts';

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
  /** Prompts computed together. Default: chosen by memory, at most 64. */
  batchSize?: number;
  signal?: AbortSignal;
  /** Called after every token of a prompt (streaming). */
  onToken?: (index: number, id: number) => void;
}

export interface Completion {
  /** Generated ids, with the end token when it came. */
  ids: number[];
  finish: 'stop' | 'length';
  /** Natural log-probability of each id under the distribution it was drawn from before temperature, top-p and top-k. */
  logps: number[];
}

export function generate(_model: Model, _promptIds: readonly (readonly number[])[], _options: GenerateOptions): Promise<Completion[]> {
  throw new Error('not yet');
}

/** Log-probability of every id given those before it; entry 0 of a sequence is null (nothing comes before it). */
export function logprobs(_model: Model, _sequences: readonly (readonly number[])[], _options: { batchSize?: number; signal?: AbortSignal } = {}): Promise<(number | null)[][]> {
  throw new Error('not yet');
}
