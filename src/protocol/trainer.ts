/** What a trainer process in serve mode answers and tells: models are loaded by folder, then asked for text or for log-probabilities. */

import type { Message } from '../dataset/example.ts';

/** Plain text, or turns that go through the model's chat template. */
export type ServePrompt = string | Message[];

export interface LoadedModel {
  /** Names the model in later requests. The same folder and adapter give the same id. */
  model: string;
  parameters: number;
  backend: string;
  device: string;
  /** False when the folder has no chat template: prompts are then taken as plain text. */
  hasChatTemplate: boolean;
  maxPositions: number;
}

export interface GenerateParams {
  model: string;
  prompts: ServePrompt[];
  max_new_tokens?: number;
  /** 0 is greedy, the default. */
  temperature?: number;
  top_p?: number;
  top_k?: number;
  seed?: number;
  /** Take text prompts as they are; without it they become one user turn where the model has a chat template. */
  raw?: boolean;
  /** Completions per prompt. */
  n?: number;
  /** Names this request in `token` events; without it no tokens are streamed. */
  stream?: string;
}

export interface GeneratedText {
  /** Position of its prompt in the request. */
  index: number;
  /** Which of the prompt's `n` completions. */
  sample: number;
  /** The text that the model got, template applied. */
  prompt: string;
  completion: string;
  ids: number[];
  finish: 'stop' | 'length';
  seed: number;
}

export interface LogprobsParams {
  model: string;
  /** Pairs of what is given and what is scored, joined without anything between them. */
  rows: { prompt: ServePrompt; completion: string; raw?: boolean }[];
}

export interface RowLogprobs {
  ids: number[];
  tokens: string[];
  /** Natural logarithms, one per completion token. */
  logprobs: number[];
  sum: number;
}

/** The trainer's side. */
export type TrainerContract = {
  requests: {
    /** Reads a model folder, a checkpoint or an adapter folder (its base comes from its config unless `base` is given). */
    load: { params: { dir: string; base?: string }; result: LoadedModel };
    generate: { params: GenerateParams; result: { completions: GeneratedText[] } };
    logprobs: { params: LogprobsParams; result: { rows: RowLogprobs[] } };
    unload: { params: { model: string }; result: null };
    /** What is loaded now. */
    models: { params: null; result: LoadedModel[] };
    /** Ends the process after answering. */
    shutdown: { params: null; result: null };
  };
  events: {
    /** New text of one completion, in order; `done` with its last piece. */
    token: { stream: string; index: number; sample: number; text: string; done: boolean };
    /** A model was dropped because nobody asked it for a while, or the GPU that held it is broken; the next request loads it again. */
    unloaded: { model: string; reason: string };
  };
};

/** The client's side asks; it answers nothing and tells nothing. */
export type TrainerClientContract = { requests: Record<never, never>; events: Record<never, never> };
