/** Between a program and its token worker: everything that runs a model's tokenizer or chat template, which may never end. */

import type { Problem } from '../core/problem.ts';
import type { Message } from '../dataset/example.ts';
import type { PreparedSide } from '../tokens/prepare.ts';
import type { TokenizerFiles } from '../tokens/tokenizer.ts';
import type { Contract } from './rpc.ts';

export interface PrepareSettings {
  /** Id of the rows' format. */
  format: string;
  method: string;
  /** Every parameter of the method. */
  params: Readonly<Record<string, unknown>>;
  /** Leaves out what nobody reads then, and what decodes every row to find out: which ones the template or the tokenizer rewrites. */
  training?: boolean;
}

export interface RenderSettings {
  addGenerationPrompt?: boolean;
  tools?: unknown[];
  kwargs?: Record<string, unknown>;
}

export interface TokenizerInfo {
  vocabSize: number;
  bosId: number | null;
  eosId: number | null;
  padId: number | null;
  specialTokens: Readonly<Record<string, string>>;
  addsBos: boolean;
  modelMaxLength: number | null;
  chatTemplate: string | null;
}

/** Prepared rows with the tokens of all of them in two arrays, which are copied as bytes. */
export interface PackedRows {
  rows: { line: number; problems: Problem[]; sides: (Omit<PreparedSide, 'ids' | 'trained' | 'rewritten'> & { length: number })[] }[];
  ids: Uint32Array;
  trained: Uint8Array;
}

export interface TokenWorkerContract extends Contract {
  requests: {
    info: { params: null; result: TokenizerInfo };
    prepare: { params: { rows: { line: number; text: string }[]; settings: PrepareSettings }; result: PackedRows };
    render: { params: { messages: Message[]; settings: RenderSettings }; result: string };
    encode: { params: { text: string; addSpecialTokens: boolean }; result: number[] };
    decode: { params: { ids: number[]; skipSpecialTokens: boolean }; result: string };
    /** Each token as the vocabulary writes it. */
    texts: { params: { ids: number[] }; result: string[] };
  };
  /** Sent when the thread runs, and between the rows of a long request: it does not hang. */
  events: { progress: null };
}

/** The side that asks answers nothing. */
export interface TokenClientContract extends Contract {
  requests: Record<never, never>;
  events: Record<never, never>;
}

export interface TokenWorkerData {
  files: TokenizerFiles;
}
