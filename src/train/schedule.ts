/** Learning rate schedules by transformers' names and formulas: the factor of the base rate at each optimiser step. Those that follow the evaluations are in followingRate.ts. */

import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';
import { followers } from './followingRate.ts';
import { numberOf, requireKnownKeys, wordOf } from './schedulerKwargs.ts';

export interface ScheduleOptions {
  /** transformers' `lr_scheduler_type`. */
  type: string;
  /** Base rate, the peak of every schedule. */
  learningRate: number;
  /** A count from 1 on, a fraction of all steps below 1. */
  warmupSteps: number;
  totalSteps: number;
  /** transformers' `lr_scheduler_kwargs`. */
  kwargs?: Readonly<Record<string, unknown>>;
}

/** The rate used by the optimiser step with this index, the first step being 0. */
export type Schedule = (step: number) => number;

export function createSchedule(options: ScheduleOptions): Schedule {
  const { type, learningRate } = options;
  const known = [...Object.keys(schedules), ...followers];
  const schedule = schedules[type];
  if (!schedule) throw new UserError(`lr_scheduler_type "${type}" is not known.${didYouMean(type, known)} Known: ${known.join(', ')}.`, 'bad-value');
  const kwargs = options.kwargs ?? {};
  requireKnownKeys(type, kwargs, schedule.keys);
  const factor = schedule.make({ type, warmup: warmupCount(options.warmupSteps, options.totalSteps), total: options.totalSteps, rate: learningRate, kwargs });
  return (step) => learningRate * factor(step);
}

/** transformers' `get_warmup_steps`: a count, or a fraction of all steps rounded up. */
export function warmupCount(warmupSteps: number, totalSteps: number): number {
  return warmupSteps >= 1 ? Math.trunc(warmupSteps) : Math.ceil(totalSteps * warmupSteps);
}

interface Inputs {
  type: string;
  warmup: number;
  total: number;
  rate: number;
  kwargs: Readonly<Record<string, unknown>>;
}
type Factor = (step: number) => number;

const cosine = (turns: number) => 0.5 * (1 + Math.cos(Math.PI * turns));
const rise = (step: number, warmup: number) => step / Math.max(1, warmup);

/** The shared shape: a linear rise, then a curve over the progress through the rest. */
function afterWarmup({ warmup, total }: Inputs, curve: (progress: number) => number): Factor {
  return (step) => (step < warmup ? rise(step, warmup) : curve((step - warmup) / Math.max(1, total - warmup)));
}

/** A cosine that ends at a share of the base rate. */
function cosineTo(least: number, cycles: number): (progress: number) => number {
  return (progress) => Math.max(0, cosine(cycles * 2 * progress) * (1 - least) + least);
}

const schedules: Record<string, { keys: readonly string[]; make(inputs: Inputs): Factor } | undefined> = {
  linear: { keys: [], make: ({ warmup, total }) => (step) => (step < warmup ? rise(step, warmup) : Math.max(0, (total - step) / Math.max(1, total - warmup))) },
  cosine: { keys: ['num_cycles'], make: (inputs) => afterWarmup(inputs, cosineTo(0, numberOf(inputs.kwargs, 'num_cycles') ?? 0.5)) },
  cosine_with_restarts: {
    keys: ['num_cycles'],
    make(inputs) {
      const cycles = numberOf(inputs.kwargs, 'num_cycles') ?? 1;
      return afterWarmup(inputs, (progress) => (progress >= 1 ? 0 : Math.max(0, cosine((cycles * progress) % 1))));
    },
  },
  cosine_with_min_lr: {
    keys: ['num_cycles', 'min_lr', 'min_lr_rate'],
    make: (inputs) => afterWarmup(inputs, cosineTo(leastRate(inputs), numberOf(inputs.kwargs, 'num_cycles') ?? 0.5)),
  },
  cosine_warmup_with_min_lr: {
    keys: ['num_cycles', 'min_lr', 'min_lr_rate', 'warmup_lr_rate'],
    make(inputs) {
      const { warmup, total, kwargs } = inputs;
      const start = numberOf(kwargs, 'warmup_lr_rate');
      const curve = cosineTo(leastRate(inputs), numberOf(kwargs, 'num_cycles') ?? 0.5);
      const rising = (step: number) => (start === undefined ? (step + 1) / Math.max(1, warmup) : start + ((1 - start) * step) / Math.max(1, warmup - 1));
      return (step) => (step < warmup ? rising(step) : curve((step - warmup + 1) / Math.max(1, total - warmup)));
    },
  },
  polynomial: {
    keys: ['power', 'lr_end'],
    make(inputs) {
      const power = numberOf(inputs.kwargs, 'power') ?? 1;
      const end = numberOf(inputs.kwargs, 'lr_end') ?? 1e-7;
      if (!(end < inputs.rate)) throw new UserError(`lr_scheduler_kwargs.lr_end (${end}) must be below learning_rate (${inputs.rate}).`, 'bad-value');
      return afterWarmup(inputs, (progress) => (progress > 1 ? end : (inputs.rate - end) * (1 - progress) ** power + end) / inputs.rate);
    },
  },
  inverse_sqrt: {
    keys: ['timescale'],
    make({ warmup, kwargs }) {
      const timescale = numberOf(kwargs, 'timescale') ?? (warmup || 10_000);
      return (step) => (step < warmup ? rise(step, warmup) : 1 / Math.sqrt((step + timescale - warmup) / timescale));
    },
  },
  warmup_stable_decay: {
    keys: ['num_decay_steps', 'num_stable_steps', 'warmup_type', 'decay_type', 'min_lr_ratio', 'num_cycles'],
    make({ type, warmup, total, kwargs }) {
      const decay = numberOf(kwargs, 'num_decay_steps');
      if (decay === undefined) throw new UserError(`lr_scheduler_type "${type}" needs lr_scheduler_kwargs with num_decay_steps: how many steps at the end the learning rate falls.`, 'bad-value');
      const stable = numberOf(kwargs, 'num_stable_steps') ?? total - warmup - decay;
      const least = numberOf(kwargs, 'min_lr_ratio') ?? 0;
      const turns = 2 * (numberOf(kwargs, 'num_cycles') ?? 0.5);
      const up = { linear: (p: number) => p, cosine: (p: number) => 1 - cosine(p), '1-sqrt': (p: number) => 1 - Math.sqrt(1 - p) }[wordOf(kwargs, 'warmup_type', ['linear', 'cosine', '1-sqrt'])];
      const down = { cosine: (p: number) => cosine(turns * p), linear: (p: number) => 1 - p, '1-sqrt': (p: number) => 1 - Math.sqrt(p) }[wordOf(kwargs, 'decay_type', ['cosine', 'linear', '1-sqrt'])];
      const above = (factor: number) => Math.max(0, factor * (1 - least) + least);
      return (step) => {
        if (step < warmup) return above(up(rise(step, warmup)));
        if (step < warmup + stable) return 1;
        return step < warmup + stable + decay ? above(down((step - warmup - stable) / Math.max(1, decay))) : least;
      };
    },
  },
  constant: { keys: [], make: () => () => 1 },
  constant_with_warmup: { keys: [], make: ({ warmup }) => (step) => (step < warmup ? rise(step, warmup) : 1) },
};

function leastRate({ type, rate, kwargs }: Inputs): number {
  const share = numberOf(kwargs, 'min_lr_rate');
  const absolute = numberOf(kwargs, 'min_lr');
  if ((share === undefined) === (absolute === undefined)) throw new UserError(`lr_scheduler_type "${type}" needs lr_scheduler_kwargs with either min_lr or min_lr_rate.`, 'bad-value');
  return share ?? absolute! / rate;
}
