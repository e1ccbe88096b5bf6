/** Learning rates that follow the evaluations instead of the step: torch's ReduceLROnPlateau and transformers' GreedyLR (arXiv 2512.14527). */

import { numberFromJson } from '../core/text.ts';
import { UserError } from '../core/problem.ts';
import { numberOf, requireKnownKeys, wordOf } from './schedulerKwargs.ts';

/** transformers' `lr_scheduler_type`s of this kind. */
export const followers = ['reduce_lr_on_plateau', 'greedy'] as const;
type Follower = (typeof followers)[number];

/** What a resumed run needs to go on. */
export interface FollowingState {
  rate: number;
  best: number | null;
  /** Evaluations in a row that were no better, and that were (greedy). */
  bad: number;
  good: number;
  /** Evaluations that are still to be passed over after the rate fell, and after it rose (greedy). */
  cooldown: number;
  warmup: number;
  /** Falls at the lowest rate until greedy begins again. */
  untilReset: number;
  /** The last values, for greedy's smoothing. */
  recent: number[];
}

export interface FollowingRate {
  fresh(): FollowingState;
  /** Takes the metric of an evaluation that was due. */
  note(state: FollowingState, metric: number): void;
}

/** Undefined for a schedule that goes by the step. */
export function createFollowingRate({ type, learningRate, kwargs = {} }: { type: string; learningRate: number; kwargs?: Readonly<Record<string, unknown>> }): FollowingRate | undefined {
  if (!(followers as readonly string[]).includes(type)) return undefined;
  requireKnownKeys(type, kwargs, keys[type as Follower]);
  const greedy = type === 'greedy';
  const number = (name: string, fallback: number) => numberOf(kwargs, name) ?? fallback;
  const higher = wordOf(kwargs, 'mode', ['min', 'max']) === 'max';
  const relative = wordOf(kwargs, 'threshold_mode', greedy ? ['abs', 'rel'] : ['rel', 'abs']) === 'rel';
  const factor = number('factor', greedy ? 0.95 : 0.1);
  if (!(factor > 0 && factor < 1)) throw new UserError(`lr_scheduler_kwargs.factor must be above 0 and below 1, not ${factor}.`, 'bad-value');
  const [patience, threshold, epsilon] = [number('patience', 10), number('threshold', greedy ? 1e-6 : 1e-4), number('eps', 1e-8)];
  const [lowest, highest] = [number('min_lr', greedy ? 1e-3 : 0), number('max_lr', 1)];
  const [cooldown, warmup, resetStart, windowSize] = [number('cooldown', 0), number('warmup', 0), number('reset_start', 500), number('window_size', 50)];
  const better = (value: number, best: number | null) => {
    const than = best ?? (higher ? -Infinity : Infinity);
    const change = relative ? than * (1 + (higher ? threshold : -threshold)) : than + (higher ? threshold : -threshold);
    return higher ? value > change : value < change;
  };
  const lower = (state: FollowingState) => {
    const rate = Math.max(state.rate * factor, lowest);
    if (state.rate - rate > epsilon) state.rate = rate;
  };
  const fresh = (): FollowingState => ({ rate: learningRate, best: null, bad: 0, good: 0, cooldown: 0, warmup: 0, untilReset: resetStart, recent: [] });

  return {
    fresh,
    note(state, metric) {
      if (!greedy) {
        if (better(metric, state.best)) [state.best, state.bad] = [metric, 0];
        else state.bad++;
        if (state.cooldown > 0) [state.cooldown, state.bad] = [state.cooldown - 1, 0];
        if (state.bad <= patience) return;
        lower(state);
        [state.cooldown, state.bad] = [cooldown, 0];
        return;
      }
      let value = metric;
      if (kwargs.smooth === true) {
        state.recent = [...state.recent, metric].slice(-windowSize);
        value = state.recent.reduce((sum, one) => sum + one, 0) / state.recent.length;
      }
      if (state.cooldown > 0 || state.warmup > 0) {
        if (state.cooldown > 0) state.cooldown--;
        else state.warmup--;
        state.bad = state.good = 0;
        return;
      }
      if (better(value, state.best)) [state.best, state.bad, state.good] = [value, 0, state.good + 1];
      else [state.bad, state.good] = [state.bad + 1, 0];
      if (state.good > patience) {
        const rate = Math.min(state.rate / factor, highest);
        if (rate - state.rate > epsilon) state.rate = rate;
        [state.untilReset, state.warmup, state.good] = [resetStart, warmup, 0];
      } else if (state.bad > patience) {
        lower(state);
        if (state.rate <= lowest && --state.untilReset <= 0) Object.assign(state, fresh());
        [state.cooldown, state.bad] = [cooldown, 0];
      }
    },
  };
}

const keys: Record<Follower, readonly string[]> = {
  reduce_lr_on_plateau: ['mode', 'factor', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'min_lr', 'eps'],
  greedy: ['mode', 'factor', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'warmup', 'min_lr', 'max_lr', 'eps', 'smooth', 'window_size', 'reset_start'],
};

/** What a checkpoint says; null for a run without such a rate. Throws nothing. */
export function parseFollowing(raw: unknown): FollowingState | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const of = raw as Record<string, unknown>;
  const number = (key: keyof FollowingState) => numberFromJson(of[key]);
  const rate = number('rate');
  if (rate === undefined) return null;
  return {
    rate, best: number('best') ?? null, bad: number('bad') ?? 0, good: number('good') ?? 0, cooldown: number('cooldown') ?? 0, warmup: number('warmup') ?? 0, untilReset: number('untilReset') ?? 0,
    recent: Array.isArray(of.recent) ? of.recent.map((one) => numberFromJson(one) ?? NaN) : [],
  };
}
