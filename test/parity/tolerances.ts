/** How far each backend may be from TRL, and how far it was. */

/** |a - b| ≤ relative · max(|a|, |b|) + floor. */
interface Tolerance {
  relative: number;
  floor: number;
}

export interface Tolerances {
  /** Metrics, where `metrics` names none of their own. */
  metric: Tolerance;
  metrics: Readonly<Record<string, Tolerance>>;
  /** Gradients and moments, against the size of their tensor: those of the first step, and those that many steps have come to. */
  firstGradient: number;
  laterGradients: number;
  firstMoments: number;
  lastMoments: number;
  /** Absolute. */
  weights: number;
}

const usual: Tolerances = {
  metric: { relative: 1e-5, floor: 2e-6 },
  metrics: {
    grad_norm: { relative: 1e-4, floor: 2e-6 },
    // Token and reward accuracy may differ by one token or pair where two numbers tie.
    mean_token_accuracy: { relative: 1e-5, floor: 0.02 },
    'rewards/accuracies': { relative: 1e-5, floor: 0.25 },
  },
  firstGradient: 2e-5,
  laterGradients: 2e-4,
  firstMoments: 2e-5,
  lastMoments: 1e-3,
  weights: 3e-5,
};

export const tolerances = { wasm: usual, tensorflow: usual, webgpu: usual } as const;

/** The largest differences of a run: relative for metrics that are not near zero, to the size of the tensor for gradients and moments, absolute for weights. */
export type Deviations = Partial<Record<'metric' | 'gradNorm' | 'firstGradient' | 'laterGradients' | 'firstMoments' | 'lastMoments' | 'weights', number>>;

/** The largest of many runs, as a line for the test report. */
export function deviationLine(backend: string, runs: readonly Deviations[]): string {
  const most: Record<string, number> = {};
  for (const run of runs) for (const [kind, value] of Object.entries(run) as [string, number][]) most[kind] = Math.max(most[kind] ?? 0, value);
  return `METRIC parity on ${backend}: ${runs.length} runs of TRL, furthest ${Object.entries(most).map(([kind, value]) => `${kind} ${value.toExponential(1)}`).join(', ')}`;
}
