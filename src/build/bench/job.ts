/** What one process is to measure, in terms that both sides know. */

import type { MeasuredStep, SideId } from './samples.ts';

export interface Job {
  side: SideId;
  kind: 'sft' | 'dpo' | 'generate';
  model: string;
  dataset: string;
  warmup: number;
  /** Measured ones, after the warm-up. One more is run, so that nothing of the end is measured. */
  steps: number;
  /** Keys of the trainer's, which both sides spell alike; for `generate`: batch and max_new_tokens. */
  settings: Record<string, unknown>;
  lora?: { r: number; alpha: number; targets: readonly string[] };
  env?: Record<string, string>;
}

/** What a process was measured to do. */
export interface Measured {
  device: string;
  steps: MeasuredStep[];
  firstStepSeconds: number;
  peakBytes: number;
  others: number;
}
