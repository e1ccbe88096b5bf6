/** What the loop remembers besides weights and moments: its position, what it still owes, and the metrics since the last log, averaged as transformers and TRL do. */

import type { Parsed } from '../core/problem.ts';
import { numberFromJson, shownValue, stringifyJson } from '../core/text.ts';
import type { Metrics } from '../run/event.ts';
import { parseFollowing, type FollowingState } from './followingRate.ts';
import { freshBest, parseBest, type BestState } from './best.ts';

/** Everything that a resumed run needs to write the same numbers as one that was never stopped. */
export interface LoopState {
  /** Optimiser steps done. */
  step: number;
  /** Real tokens so far: TRL's `num_tokens`. */
  numTokens: number;
  /** Steps in a row without a finite loss. */
  badSteps: number;
  /** For `train_loss`: the mean over all steps. */
  lossTotal: number;
  lossSteps: number;
  /** What was due after this step and is not done yet: a stop may come first. */
  owed: { evaluate: boolean; sample: boolean };
  best: BestState;
  /** Of the next step. A run that goes on longer than planned begins with it, as torch's optimizer does; null: what the schedule says. */
  nextLearningRate: number | null;
  /** Where the learning rate follows the evaluations. */
  following: FollowingState | null;
  /** Since the last log. */
  window: {
    steps: number;
    loss: number;
    tokens: number;
    seconds: number;
    /** Per metric: sum over micro-batches and how many. */
    metrics: Record<string, { sum: number; count: number }>;
  };
}

export function freshState(): LoopState {
  return { step: 0, numTokens: 0, badSteps: 0, lossTotal: 0, lossSteps: 0, owed: { evaluate: false, sample: false }, best: freshBest(), nextLearningRate: null, following: null, window: emptyWindow() };
}

function emptyWindow(): LoopState['window'] {
  return { steps: 0, loss: 0, tokens: 0, seconds: 0, metrics: {} };
}

export function foldWindow(state: LoopState, step: { loss: number; tokens: number; metrics: readonly Record<string, number>[] }, seconds: number): void {
  const { window } = state;
  window.steps++;
  window.loss += step.loss;
  window.tokens += step.tokens;
  window.seconds += seconds;
  for (const metrics of step.metrics) {
    for (const [name, value] of Object.entries(metrics)) {
      const entry = (window.metrics[name] ??= { sum: 0, count: 0 });
      entry.sum += value;
      entry.count++;
    }
  }
  if (Number.isFinite(step.loss)) {
    state.lossTotal += step.loss;
    state.lossSteps++;
  }
}

/** Closes the window: TRL's metrics in TRL's order, then ours (`tokens_per_second`, `step_time` in seconds, `memory_bytes` of tensors and moments). */
export function logWindow(state: LoopState, now: { grad_norm: number; learning_rate: number }, memoryBytes: number): Metrics {
  const { window } = state;
  const metrics: Metrics = { loss: window.loss / window.steps, ...now };
  for (const [name, { sum, count }] of Object.entries(window.metrics)) metrics[name] = sum / count;
  metrics.num_tokens = state.numTokens;
  metrics.tokens_per_second = window.tokens / window.seconds;
  metrics.step_time = window.seconds / window.steps;
  metrics.memory_bytes = memoryBytes;
  state.window = emptyWindow();
  return metrics;
}

export function stateJson(state: LoopState, more: Record<string, unknown> = {}): string {
  return `${stringifyJson({ version: 1, ...more, ...state })}\n`;
}

/** Reads what `stateJson` wrote. A checkpoint may come from another version or be damaged: nothing is taken on trust. */
export function parseState(text: string): Parsed<LoopState> {
  const bad = (message: string): Parsed<LoopState> => ({ value: undefined, problems: [{ code: 'checkpoint-state', severity: 'error', message, start: 0, end: text.length }] });
  let raw: Partial<Record<keyof LoopState | 'version', unknown>>;
  try {
    raw = JSON.parse(text) as typeof raw;
  } catch {
    return bad('is not valid JSON');
  }
  if (typeof raw !== 'object' || raw === null) return bad('is not an object');
  if (raw.version !== 1) return bad(`was written by another version of Posttrain (format ${shownValue(raw.version)}, this one reads 1)`);
  const state = freshState();
  for (const key of ['step', 'numTokens', 'badSteps', 'lossTotal', 'lossSteps'] as const) {
    const value = numberFromJson(raw[key]);
    if (value === undefined) return bad(`has no number "${key}"`);
    state[key] = value;
  }
  const owed = raw.owed as Partial<LoopState['owed']> | null | undefined;
  state.owed = { evaluate: owed?.evaluate === true, sample: owed?.sample === true };
  state.best = parseBest(raw.best);
  state.nextLearningRate = numberFromJson(raw.nextLearningRate) ?? null;
  state.following = parseFollowing(raw.following);
  const window = raw.window as Partial<LoopState['window']> | undefined;
  if (typeof window !== 'object' || window === null) return bad('has no "window"');
  for (const key of ['steps', 'loss', 'tokens', 'seconds'] as const) state.window[key] = numberFromJson(window[key]) ?? 0;
  for (const [name, entry] of Object.entries(window.metrics ?? {})) {
    const [sum, count] = [numberFromJson(entry?.sum), numberFromJson(entry?.count)];
    if (sum !== undefined && count !== undefined) state.window.metrics[name] = { sum, count };
  }
  return { value: state, problems: [] };
}
