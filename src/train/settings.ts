/** The run spec's parameters as the loop wants them: typed, with transformers' rules for shares of all steps. */

import { UserError } from '../core/problem.ts';
import type { BestSettings } from './best.ts';
import { followers } from './followingRate.ts';
import type { SamplingStrategy } from './plan.ts';

export type Interval = 'no' | 'steps' | 'epoch';

export interface TrainSettings {
  learningRate: number;
  schedulerType: string;
  schedulerKwargs: Record<string, unknown>;
  warmupSteps: number;
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  maxGradNorm: number;
  /** What becomes of a step whose loss or gradient norm is not finite: it is left out, or the run ends before it. */
  onNonfinite: 'skip' | 'stop';
  /** NEFTune's alpha; 0: none. */
  neftuneAlpha: number;
  batchSize: number;
  evalBatchSize: number;
  accumulation: number;
  epochs: number;
  maxSteps: number;
  sampling: SamplingStrategy;
  seed: number;
  /** Whether the adapter's dropout is used. */
  dropout: boolean;
  loggingSteps: number;
  loggingFirstStep: boolean;
  /** `best`: after an evaluation that is the best so far. */
  saveStrategy: Interval | 'best';
  saveSteps: number;
  saveTotalLimit: number | null;
  evalStrategy: Interval;
  evalSteps: number;
  /** No evaluation before this many steps, or epochs where evaluation is by epoch. */
  evalDelay: number;
  evalOnStart: boolean;
  /** Null where nothing asks which evaluation was the best. */
  best: BestSettings | null;
  loadBest: boolean;
  sampleEvery: number | null;
}

/** Reads what the run spec resolved. Defaults stand in for keys that an older run.json does not have. */
export function trainSettings(params: Readonly<Record<string, unknown>>, seed: number): TrainSettings {
  const number = (name: string, fallback: number): number => {
    const value = params[name] ?? fallback;
    if (typeof value !== 'number' || Number.isNaN(value)) throw new UserError(`${name} must be a number, not ${JSON.stringify(value)}.`, 'bad-value');
    return value;
  };
  const word = <T extends string>(name: string, fallback: T): T => (typeof params[name] === 'string' ? (params[name] as T) : fallback);
  const loggingSteps = number('logging_steps', 10);
  const samples = params.samples as { every_steps?: number } | null | undefined;
  return {
    learningRate: number('learning_rate', 5e-5),
    schedulerType: word('lr_scheduler_type', 'linear'),
    schedulerKwargs: (params.lr_scheduler_kwargs as Record<string, unknown> | null | undefined) ?? {},
    warmupSteps: number('warmup_steps', 0),
    weightDecay: number('weight_decay', 0),
    beta1: number('adam_beta1', 0.9),
    beta2: number('adam_beta2', 0.999),
    epsilon: number('adam_epsilon', 1e-8),
    maxGradNorm: number('max_grad_norm', 1),
    onNonfinite: word<TrainSettings['onNonfinite']>('on_nonfinite', 'skip'),
    neftuneAlpha: number('neftune_noise_alpha', 0),
    batchSize: number('per_device_train_batch_size', 8),
    evalBatchSize: number('per_device_eval_batch_size', 8),
    accumulation: number('gradient_accumulation_steps', 1),
    epochs: number('num_train_epochs', 3),
    maxSteps: number('max_steps', -1),
    sampling: word<SamplingStrategy>('train_sampling_strategy', 'random'),
    seed,
    dropout: params.disable_dropout !== true,
    loggingSteps,
    loggingFirstStep: params.logging_first_step === true,
    saveStrategy: word<TrainSettings['saveStrategy']>('save_strategy', 'steps'),
    saveSteps: number('save_steps', 500),
    saveTotalLimit: (params.save_total_limit as number | null | undefined) ?? null,
    evalStrategy: word<Interval>('eval_strategy', 'no'),
    evalSteps: number('eval_steps', loggingSteps),
    evalDelay: number('eval_delay', 0),
    evalOnStart: params.eval_on_start === true,
    best: bestSettings(params),
    loadBest: params.load_best_model_at_end === true,
    sampleEvery: samples ? (samples.every_steps ?? 50) : null,
  };
}

/** As transformers fills them in: the loss unless another metric is named, and more is better unless its name ends with "loss". */
function bestSettings(params: Readonly<Record<string, unknown>>): BestSettings | null {
  const named = (params.metric_for_best_model as string | null | undefined) ?? (params.load_best_model_at_end === true || (followers as readonly unknown[]).includes(params.lr_scheduler_type) ? 'loss' : null);
  if (named === null) return null;
  return {
    metric: named.startsWith('eval_') ? named : `eval_${named}`,
    greaterIsBetter: (params.greater_is_better as boolean | null | undefined) ?? !named.endsWith('loss'),
    patience: (params.early_stopping_patience as number | null | undefined) ?? null,
    threshold: (params.early_stopping_threshold as number | undefined) ?? 0,
  };
}

/** transformers' `compute_steps`: a value below 1 is a share of all steps. */
export function everySteps(value: number, totalSteps: number): number {
  return Math.max(1, value < 1 ? Math.ceil(totalSteps * value) : Math.round(value));
}
