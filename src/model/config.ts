/** A model's config.json: read into the numbers that the rest of the program needs, with every key we cannot honour refused by name. */

import { UserError, type Parsed, type Problem } from '../core/problem.ts';
import { didYouMean, oneLine, shownValue } from '../core/text.ts';

export interface Llama3Scaling {
  factor: number;
  lowFreqFactor: number;
  highFreqFactor: number;
  originalMaxPositions: number;
}

export interface ModelConfig {
  /** Id in the architecture registry: transformers' `model_type`. */
  architecture: 'llama';
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  ropeTheta: number;
  /** Llama 3.1's stretched frequencies, or a plain division of the position (`linear`); null for none. */
  ropeScaling: { type: 'llama3'; llama3: Llama3Scaling } | { type: 'linear'; factor: number } | null;
  rmsNormEps: number;
  initializerRange: number;
  tieWordEmbeddings: boolean;
  /** `lm`: it predicts tokens. `score`: a reward model, which gives a sequence one number. */
  head: 'lm' | 'score';
  maxPositions: number;
  bosTokenId: number | null;
  eosTokenIds: number[];
  padTokenId: number | null;
  /** The parsed file, kept so that writing it back loses no key. */
  raw: Record<string, unknown>;
}

const supported = ['llama'] as const;
/** Ten times as many as the deepest known model has; every layer has names of its own. */
const maxLayers = 2000;

/** Reads the text of a config.json. Problems carry no offsets beyond the whole text: the file is written by programs. */
export function parseModelConfig(json: string): Parsed<ModelConfig> {
  const problems: Problem[] = [];
  const fail = (code: string, message: string): undefined => {
    problems.push({ code, severity: 'error', message, start: 0, end: json.length });
    return undefined;
  };
  let raw: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
    raw = value as Record<string, unknown>;
  } catch (error) {
    return { value: fail('config-json', `config.json is no JSON object: ${(error as Error).message}.`), problems };
  }

  const type = raw.model_type;
  if (typeof type !== 'string') fail('config-model-type', 'config.json has no "model_type".');
  else if (!(supported as readonly string[]).includes(type)) {
    fail('config-architecture', `Posttrain has no architecture "${oneLine(type, 60)}".${didYouMean(type, supported)} It knows: ${supported.join(', ')}.`);
  }
  const integer = (key: string, fallback?: number, most = 2 ** 31): number => {
    const value = raw[key] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= most) return value;
    if (typeof value === 'number' && value > most) {
      fail('config-value', `"${key}" in config.json is ${value}, and ${most} is the most that makes sense.`);
      return 1;
    }
    fail('config-value', value === undefined ? `config.json has no "${key}".` : `"${key}" in config.json must be a positive integer, not ${shownValue(value)}.`);
    return 1;
  };
  const number = (key: string, fallback: number): number => {
    const value = raw[key] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    fail('config-value', `"${key}" in config.json must be a positive number, not ${shownValue(value)}.`);
    return fallback;
  };
  const heads = integer('num_attention_heads');
  const hiddenSize = integer('hidden_size');
  const kvHeads = integer('num_key_value_heads', heads);
  const headDim = integer('head_dim', Math.floor(hiddenSize / heads));
  if (heads % kvHeads !== 0) fail('config-value', `"num_attention_heads" (${heads}) must be a multiple of "num_key_value_heads" (${kvHeads}).`);
  if (headDim % 2 !== 0) fail('config-value', `"head_dim" (${headDim}) must be even for rotary positions.`);
  for (const key of ['attention_bias', 'mlp_bias']) {
    if (raw[key] === true) fail('config-unsupported', `config.json sets "${key}": true, which Posttrain's llama does not have yet.`);
  }
  if (raw.hidden_act !== undefined && raw.hidden_act !== 'silu') fail('config-unsupported', `"hidden_act" ${shownValue(raw.hidden_act)} is not supported; llama uses "silu".`);
  if (raw.quantization_config !== undefined) fail('config-unsupported', 'config.json has a "quantization_config": the weights must be F32, F16 or BF16.');

  const name = (raw.architectures as unknown[] | undefined)?.[0];
  const head = typeof name === 'string' && name.endsWith('ForSequenceClassification') ? 'score' : 'lm';
  if (head === 'score' && labelCount(raw) !== 1) fail('config-unsupported', `config.json is of a classifier with ${labelCount(raw)} labels; Posttrain has those with one, which are reward models ("num_labels": 1).`);

  const rope = readRope(raw, fail);
  const config: ModelConfig = {
    architecture: 'llama',
    vocabSize: integer('vocab_size'),
    hiddenSize,
    intermediateSize: integer('intermediate_size'),
    layers: integer('num_hidden_layers', undefined, maxLayers),
    heads,
    kvHeads,
    headDim,
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    rmsNormEps: number('rms_norm_eps', 1e-6),
    initializerRange: number('initializer_range', 0.02),
    tieWordEmbeddings: raw.tie_word_embeddings === true,
    head,
    maxPositions: integer('max_position_embeddings', 2048),
    bosTokenId: tokenIds(raw.bos_token_id)[0] ?? null,
    eosTokenIds: tokenIds(raw.eos_token_id),
    padTokenId: tokenIds(raw.pad_token_id)[0] ?? null,
    raw,
  };
  return { value: problems.length > 0 ? undefined : config, problems };
}

/** As transformers counts: the names of the labels, else `num_labels`, else 2. */
function labelCount(raw: Record<string, unknown>): number {
  if (typeof raw.id2label === 'object' && raw.id2label !== null) return Object.keys(raw.id2label).length;
  return typeof raw.num_labels === 'number' ? raw.num_labels : 2;
}

/** The same model as a reward model. `padTokenId`: by which transformers finds the end of a padded text. */
export function rewardConfig(config: ModelConfig, padTokenId: number | null): ModelConfig {
  return { ...config, head: 'score', raw: { ...config.raw, architectures: ['LlamaForSequenceClassification'], id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 }, pad_token_id: padTokenId } };
}

/** Reads the text of a generation_config.json: the tokens that end a completion. No value when it names none. */
export function parseGenerationConfig(json: string): Parsed<{ eosTokenIds: number[] }> {
  try {
    const raw = JSON.parse(json) as { eos_token_id?: unknown } | null;
    const eosTokenIds = tokenIds(raw?.eos_token_id);
    return { value: eosTokenIds.length > 0 ? { eosTokenIds } : undefined, problems: [] };
  } catch (error) {
    return { value: undefined, problems: [{ code: 'config-json', severity: 'error', message: `generation_config.json is no JSON: ${(error as Error).message}.`, start: 0, end: json.length }] };
  }
}

/** As `parseModelConfig`, for callers that can only go on with a config: throws a UserError that names `place` (the file). */
export function requireModelConfig(json: string, place: string): ModelConfig {
  const { value, problems } = parseModelConfig(json);
  if (!value) throw new UserError(`${place}: ${problems.map((p) => p.message).join(' ')}`, 'model-config');
  return value;
}

/** A config for a new llama, as `parseModelConfig` would read it. */
export function newLlamaConfig(raw: Record<string, unknown>): ModelConfig {
  const full = {
    architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu', attention_bias: false, mlp_bias: false, attention_dropout: 0,
    initializer_range: 0.02, rms_norm_eps: 1e-5, rope_theta: 10000, use_cache: true, torch_dtype: 'float32', ...raw,
  };
  return requireModelConfig(JSON.stringify(full), 'new model');
}

/** The text of config.json: the original keys, with what this program may have changed written over them. */
export function modelConfigJson(config: ModelConfig, changes: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ ...config.raw, ...changes }, null, 2)}\n`;
}

function tokenIds(value: unknown): number[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((id): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0);
}

/** Older files have `rope_theta` and `rope_scaling`; transformers 5 has both in `rope_parameters`. */
function readRope(raw: Record<string, unknown>, fail: (code: string, message: string) => void): { theta: number; scaling: ModelConfig['ropeScaling'] } {
  const inner = (raw.rope_parameters ?? raw.rope_scaling ?? {}) as Record<string, unknown>;
  const theta = inner.rope_theta ?? raw.rope_theta ?? 10000;
  if (typeof theta !== 'number' || !(theta > 0)) {
    fail('config-value', `"rope_theta" in config.json must be a positive number, not ${shownValue(theta)}.`);
    return { theta: 10000, scaling: null };
  }
  const type = inner.rope_type ?? inner.type ?? 'default';
  const factor = typeof inner.factor === 'number' ? inner.factor : 1;
  if (type === 'default') return { theta, scaling: null };
  if (type === 'linear') return { theta, scaling: { type: 'linear', factor } };
  if (type === 'llama3') {
    const part = (key: string, fallback: number) => (typeof inner[key] === 'number' ? (inner[key] as number) : fallback);
    return {
      theta,
      scaling: { type: 'llama3', llama3: { factor, lowFreqFactor: part('low_freq_factor', 1), highFreqFactor: part('high_freq_factor', 4), originalMaxPositions: part('original_max_position_embeddings', 8192) } },
    };
  }
  fail('config-unsupported', `Rotary scaling ${shownValue(type)} is not supported; Posttrain knows default, linear and llama3.`);
  return { theta, scaling: null };
}
