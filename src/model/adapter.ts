/** adapter_config.json, as PEFT writes it: what an adapter changes in its base model, and which base it belongs to. */

import type { Parsed, Problem } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';
import type { TargetModules } from './adapterTargets.ts';

export interface AdapterConfig {
  /** As written: a path or a hub id; null when the file has none. */
  baseModel: string | null;
  /** Null where only token rows were trained. */
  lora: { r: number; alpha: number; dropout: number; targetModules: TargetModules; rslora: boolean; dora: boolean; modulesToSave: string[] } | null;
  /** Token ids whose embedding rows are in the adapter; null for none. */
  tokenRows: number[] | null;
  /** It makes a classifier of its base: a reward model. */
  classifies: boolean;
}

/** Settings that change the arithmetic and that Posttrain does not have. */
const unsupported: Record<string, (value: unknown) => boolean> = {
  fan_in_fan_out: (value) => value === true,
  bias: (value) => value !== undefined && value !== null && value !== 'none',
  rank_pattern: hasKeys,
  alpha_pattern: hasKeys,
  layers_to_transform: (value) => value !== undefined && value !== null,
  target_parameters: (value) => Array.isArray(value) && value.length > 0,
};

export function parseAdapterConfig(json: string): Parsed<AdapterConfig> {
  const problems: Problem[] = [];
  const fail = (message: string) => problems.push({ code: 'adapter-config', severity: 'error', message, start: 0, end: json.length });
  let raw: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
    raw = value as Record<string, unknown>;
  } catch (error) {
    fail(`adapter_config.json is no JSON object: ${(error as Error).message}.`);
    return { value: undefined, problems };
  }
  const baseModel = typeof raw.base_model_name_or_path === 'string' && raw.base_model_name_or_path ? raw.base_model_name_or_path : null;
  const ids = raw.peft_type === 'TRAINABLE_TOKENS' ? raw.token_indices : raw.trainable_token_indices;
  const tokenRows = readTokenRows(ids);
  if (tokenRows === undefined) fail('Trained token rows in adapter_config.json must be a list of token ids of the embedding.');
  if (raw.peft_type === 'TRAINABLE_TOKENS') return { value: problems.length ? undefined : { baseModel, lora: null, tokenRows: tokenRows ?? null, classifies: false }, problems };
  if (raw.peft_type !== 'LORA') {
    fail(`adapter_config.json has "peft_type": ${shownValue(raw.peft_type)}; Posttrain reads LORA and TRAINABLE_TOKENS.`);
    return { value: undefined, problems };
  }
  for (const [key, present] of Object.entries(unsupported)) if (present(raw[key])) fail(`adapter_config.json sets "${key}", which Posttrain's LoRA does not have.`);
  const { r, lora_alpha: alpha, target_modules: targets } = raw;
  if (typeof r !== 'number' || !Number.isInteger(r) || r < 1) fail('"r" in adapter_config.json must be a positive integer.');
  if (typeof alpha !== 'number' || !(alpha > 0)) fail('"lora_alpha" in adapter_config.json must be a positive number.');
  const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every((name) => typeof name === 'string');
  if (typeof targets !== 'string' && !(isNames(targets) && targets.length > 0)) fail('"target_modules" in adapter_config.json must be a list of module names, or one pattern.');
  const modulesToSave = raw.modules_to_save ?? [];
  if (!isNames(modulesToSave)) fail('"modules_to_save" in adapter_config.json must be a list of module names.');
  if (problems.length > 0) return { value: undefined, problems };
  const classifies = raw.task_type === 'SEQ_CLS';
  const lora = {
    r: r as number, alpha: alpha as number, dropout: typeof raw.lora_dropout === 'number' ? raw.lora_dropout : 0, targetModules: targets as TargetModules,
    rslora: raw.use_rslora === true, dora: raw.use_dora === true, 
    // PEFT names both heads that a classifier may have; llama's is "score".
    modulesToSave: (modulesToSave as string[]).filter((name) => !classifies || name !== 'classifier'),
  };
  return { value: { baseModel, lora, tokenRows: tokenRows ?? null, classifies }, problems };
}

/** PEFT has a list for the embedding, or lists by layer name. Undefined for anything else; null for none. */
function readTokenRows(value: unknown): number[] | null | undefined {
  if (value === undefined || value === null) return null;
  const list = Array.isArray(value) ? value : typeof value === 'object' ? (value as Record<string, unknown>).embed_tokens : undefined;
  return Array.isArray(list) && list.every((id) => Number.isInteger(id) && (id as number) >= 0) ? (list as number[]) : undefined;
}

function hasKeys(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** The name under which PEFT saves trained rows of the embedding. */
export const tokenRowsName = 'base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta';

/** Module paths of the matrices that an adapter file has something for. */
export function adaptedModules(names: readonly string[]): string[] {
  return names.flatMap((name) => /^base_model\.model\.(.+)\.lora_A\.weight$/.exec(name)?.[1] ?? []);
}
