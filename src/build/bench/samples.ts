/** What a measurement is, and what many of them say together: medians, the best settings of a side, ratios. */

import { median } from '../../core/median.ts';

export interface MeasuredStep {
  seconds: number;
  /** Without padding. */
  tokens: number;
  rows: number;
}

export type SideId = 'trl' | 'pytorch' | 'tensorflow' | 'wasm';

/** One process: a training, or several answers, of one side. */
export interface Sample {
  side: SideId;
  /** Which of a side's settings. */
  variant: string;
  round: number;
  device: string;
  /** Those after the warm-up. */
  steps: MeasuredStep[];
  /** From the start of the process to the end of its first step. */
  firstStepSeconds: number;
  /** Above what the process had after its imports. */
  peakBytes: number;
  /** Share of the machine that others used meanwhile. */
  others: number;
}

export type Unit = 'tokens/s' | 'pairs/s';

export interface SideSummary {
  side: SideId;
  variant: string;
  device: string;
  steps: number;
  /** The median over the steps of what was done a second. */
  rate: number;
  /** The slowest and the fastest round's median. */
  spread: [number, number];
  secondsPerStep: number;
  peakBytes: number;
  /** The most of any round. */
  others: number;
  firstStepSeconds: number;
}

const rates = (samples: readonly Sample[], unit: Unit) => samples.flatMap(({ steps }) => steps.map((step) => (unit === 'tokens/s' ? step.tokens : step.rows) / step.seconds));

export const rateOf = (samples: readonly Sample[], unit: Unit): number => median(rates(samples, unit));

/** Of the settings that a side was tried with, the fastest of the first round: the later ones have only that. */
export function bestVariant(all: readonly Sample[], unit: Unit): string {
  const samples = all.filter(({ round }) => round === 0);
  const variants = [...new Set(samples.map(({ variant }) => variant))];
  const rate = (variant: string) => rateOf(samples.filter((sample) => sample.variant === variant), unit);
  return variants.reduce((best, variant) => (rate(variant) > rate(best) ? variant : best));
}

/** A side by its best settings, all rounds together. */
export function summarise(samples: readonly Sample[], side: SideId, unit: Unit): SideSummary | undefined {
  const ours = samples.filter((sample) => sample.side === side);
  if (ours.length === 0) return undefined;
  const variant = bestVariant(ours, unit);
  const best = ours.filter((sample) => sample.variant === variant);
  const rounds = best.map((sample) => rateOf([sample], unit));
  return {
    side, variant, device: best[0]!.device, steps: best.reduce((sum, { steps }) => sum + steps.length, 0), rate: rateOf(best, unit), spread: [Math.min(...rounds), Math.max(...rounds)],
    secondsPerStep: median(best.flatMap(({ steps }) => steps.map(({ seconds }) => seconds))),
    peakBytes: median(best.map(({ peakBytes }) => peakBytes)), others: Math.max(...best.map(({ others }) => others)), firstStepSeconds: median(best.map(({ firstStepSeconds }) => firstStepSeconds)),
  };
}
