/** Which evaluation was the best so far, and whether training has waited long enough for a better one: as transformers and its EarlyStoppingCallback decide it. */

import { numberFromJson } from '../core/text.ts';
import { UserError } from '../core/problem.ts';
import type { Metrics } from '../run/event.ts';

export interface BestSettings {
  /** With `eval_` before it. */
  metric: string;
  greaterIsBetter: boolean;
  /** Evaluations in a row without a better one after which training ends; null: it does not. */
  patience: number | null;
  /** How much better counts as better, for the patience. */
  threshold: number;
}

export interface BestState {
  metric: number | null;
  /** The step of that evaluation. */
  step: number | null;
  /** The step of the checkpoint that counts as the best: the last best step that was saved. */
  checkpoint: number | null;
  /** Evaluations in a row that were not better. */
  waited: number;
  /** The step of the last evaluation that was noted: one that somebody asks for at the same step is not counted again. */
  seen: number;
}

export function freshBest(): BestState {
  return { metric: null, step: null, checkpoint: null, waited: 0, seen: 0 };
}

/** Takes an evaluation that was due. Returns whether it is the best so far. The patience is asked first, against the best before it, as in transformers. */
export function noteEvaluation(best: BestState, { metric, greaterIsBetter, threshold }: BestSettings, step: number, metrics: Metrics): boolean {
  const value = metrics[metric];
  if (value === undefined) throw new UserError(`metric_for_best_model: the evaluation has no "${metric}". It has ${Object.keys(metrics).join(', ')}.`, 'bad-value');
  const better = (than: number) => (greaterIsBetter ? value > than : value < than);
  best.waited = best.metric === null || (better(best.metric) && Math.abs(value - best.metric) > threshold) ? 0 : best.waited + 1;
  best.seen = step;
  best.metric ??= greaterIsBetter ? -Infinity : Infinity;
  if (!better(best.metric)) return false;
  best.metric = value;
  best.step = step;
  return true;
}

export function hasWaitedEnough(best: BestState, settings: BestSettings | null): boolean {
  return settings !== null && settings.patience !== null && best.waited >= settings.patience;
}

/** `eval_loss 1.234 at step 40`, for a sentence about it. */
export function bestWords(best: BestState, { metric }: BestSettings): string {
  return best.step === null ? `no evaluation had a usable ${metric}` : `${metric} was best at step ${best.step}: ${Number(best.metric!.toPrecision(6))}`;
}

/** What a checkpoint says; what is missing or no number is as at the start. */
export function parseBest(raw: unknown): BestState {
  const best = freshBest();
  if (typeof raw !== 'object' || raw === null) return best;
  const number = (key: keyof BestState) => numberFromJson((raw as Record<string, unknown>)[key]);
  return { metric: number('metric') ?? null, step: number('step') ?? null, checkpoint: number('checkpoint') ?? null, waited: number('waited') ?? 0, seen: number('seen') ?? 0 };
}
