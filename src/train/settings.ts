/** The run spec's parameters as the loop wants them: typed, with transformers' rules for shares of all steps. */

import { UserError } from '../core/problem.ts';
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
  saveStrategy: Interval;
  saveSteps: number;
  saveTotalLimit: number | null;
  evalStrategy: Interval;
  evalSteps: number;
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
    saveStrategy: word<Interval>('save_strategy', 'steps'),
    saveSteps: number('save_steps', 500),
    saveTotalLimit: (params.save_total_limit as number | null | undefined) ?? null,
    evalStrategy: word<Interval>('eval_strategy', 'no'),
    evalSteps: number('eval_steps', loggingSteps),
    sampleEvery: samples ? (samples.every_steps ?? 50) : null,
  };
}

/** transformers' `compute_steps`: a value below 1 is a share of all steps. */
export function everySteps(value: number, totalSteps: number): number {
  return Math.max(1, value < 1 ? Math.ceil(totalSteps * value) : Math.round(value));
}
