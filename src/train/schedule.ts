/** Learning rate schedules by transformers' names and formulas: the factor of the base rate at each optimiser step. */

import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';

export interface ScheduleOptions {
  /** transformers' `lr_scheduler_type`. */
  type: string;
  /** Base rate, the peak of every schedule. */
  learningRate: number;
  /** A count from 1 on, a fraction of all steps below 1. */
  warmupSteps: number;
  totalSteps: number;
  /** transformers' `lr_scheduler_kwargs`: `num_cycles`, `min_lr`, `min_lr_rate`, `power`, `lr_end`. */
  kwargs?: Readonly<Record<string, unknown>>;
}

/** The rate used by the optimiser step with this index, the first step being 0. */
export type Schedule = (step: number) => number;

export function createSchedule(options: ScheduleOptions): Schedule {
  const make = schedules[options.type];
  if (!make) throw new UserError(`lr_scheduler_type "${options.type}" is not known.${didYouMean(options.type, Object.keys(schedules))} Known: ${Object.keys(schedules).join(', ')}.`, 'bad-value');
  const warmup = warmupCount(options.warmupSteps, options.totalSteps);
  const factor = make({ warmup, total: options.totalSteps, rate: options.learningRate, kwargs: options.kwargs ?? {} });
  return (step) => options.learningRate * factor(step);
}

/** transformers' `get_warmup_steps`: a count, or a fraction of all steps rounded up. */
export function warmupCount(warmupSteps: number, totalSteps: number): number {
  return warmupSteps >= 1 ? Math.trunc(warmupSteps) : Math.ceil(totalSteps * warmupSteps);
}

interface Inputs {
  warmup: number;
  total: number;
  rate: number;
  kwargs: Readonly<Record<string, unknown>>;
}
type Factor = (step: number) => number;

/** The shared shape: a linear rise, then a curve over the progress through the rest. */
function afterWarmup({ warmup, total }: Inputs, curve: (progress: number) => number): Factor {
  return (step) => (step < warmup ? step / Math.max(1, warmup) : curve((step - warmup) / Math.max(1, total - warmup)));
}

const cosine = (turns: number) => 0.5 * (1 + Math.cos(Math.PI * turns));

const schedules: Record<string, ((inputs: Inputs) => Factor) | undefined> = {
  linear: (inputs) => afterWarmup(inputs, (progress) => Math.max(0, 1 - progress)),
  cosine: (inputs) => {
    const cycles = numberOf(inputs, 'num_cycles') ?? 0.5;
    return afterWarmup(inputs, (progress) => Math.max(0, cosine(cycles * 2 * progress)));
  },
  cosine_with_restarts: (inputs) => {
    const cycles = numberOf(inputs, 'num_cycles') ?? 1;
    return afterWarmup(inputs, (progress) => (progress >= 1 ? 0 : Math.max(0, cosine((cycles * progress) % 1))));
  },
  cosine_with_min_lr: (inputs) => {
    const cycles = numberOf(inputs, 'num_cycles') ?? 0.5;
    const least = leastRate(inputs);
    return afterWarmup(inputs, (progress) => Math.max(0, cosine(cycles * 2 * progress) * (1 - least) + least));
  },
  polynomial: (inputs) => {
    const power = numberOf(inputs, 'power') ?? 1;
    const end = numberOf(inputs, 'lr_end') ?? 1e-7;
    if (!(end < inputs.rate)) throw new UserError(`lr_scheduler_kwargs.lr_end (${end}) must be below learning_rate (${inputs.rate}).`, 'bad-value');
    return afterWarmup(inputs, (progress) => (progress > 1 ? end : (inputs.rate - end) * (1 - progress) ** power + end) / inputs.rate);
  },
  constant: () => () => 1,
  constant_with_warmup: ({ warmup }) => (step) => (step < warmup ? step / Math.max(1, warmup) : 1),
};

function leastRate(inputs: Inputs): number {
  const rate = numberOf(inputs, 'min_lr_rate');
  const absolute = numberOf(inputs, 'min_lr');
  if ((rate === undefined) === (absolute === undefined)) throw new UserError('lr_scheduler_type "cosine_with_min_lr" needs lr_scheduler_kwargs with either min_lr or min_lr_rate.', 'bad-value');
  return rate ?? absolute! / inputs.rate;
}

function numberOf({ kwargs }: Inputs, name: string): number | undefined {
  const value = kwargs[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new UserError(`lr_scheduler_kwargs.${name} must be a number.`, 'bad-value');
  return value;
}
