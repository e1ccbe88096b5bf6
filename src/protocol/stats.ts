/** Between a program and the worker that counts what a dataset holds. */

import type { DatasetStats } from '../methods/datasetStats.ts';
import type { Contract } from './rpc.ts';

export interface StatsRequest {
  path: string;
  /** Counts tokens as well: with the tokenizer of this folder, as the method prepares the rows (the usual one of their format when not given). */
  tokens?: { dir: string; method?: string; params: Record<string, unknown> };
}

export interface StatsContract extends Contract {
  requests: { count: { params: StatsRequest; result: DatasetStats } };
  /** Of the whole file. */
  events: { progress: { fraction: number } };
}

export interface StatsClientContract extends Contract {
  requests: Record<never, never>;
  events: Record<never, never>;
}
