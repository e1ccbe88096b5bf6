/** What a trainer process is asked to measure of a backend, and what it answers. */

export interface BenchQuestion {
  backend: string;
  /** One of the shapes of model/measuredShapes. */
  size: string;
  /** Measured ones, after two that are not. */
  steps: number;
  /** Rows in a step, and tokens in a row. */
  batch: number;
  length: number;
}

export interface BenchReport extends BenchQuestion {
  usable: boolean;
  /** Why nothing was measured; empty when it was. */
  reason: string;
  device: string;
  parameters: number;
  /** Of a whole training step: forward, backward and update. The median. */
  stepSeconds: number | null;
  /** Until the first one is done, with what it compiles. */
  firstStepSeconds: number | null;
  /** What such a step computes, in billions of operations a second. */
  stepGflops: number | null;
  /** The most that a product of two square matrices reaches. */
  matmulGflops: number | null;
  trainTokensPerSecond: number | null;
  /** One answer at a time, and sixteen. */
  generate1TokensPerSecond: number | null;
  generate16TokensPerSecond: number | null;
}

const numbers = ['stepSeconds', 'firstStepSeconds', 'stepGflops', 'matmulGflops', 'trainTokensPerSecond', 'generate1TokensPerSecond', 'generate16TokensPerSecond'] as const;

/** A report with nothing measured. */
export function noBench(question: BenchQuestion, reason: string): BenchReport {
  return { ...question, usable: false, reason, device: '', parameters: 0, stepSeconds: null, firstStepSeconds: null, stepGflops: null, matmulGflops: null, trainTokensPerSecond: null, generate1TokensPerSecond: null, generate16TokensPerSecond: null };
}

/** Undefined for a line that is no answer to the question. */
export function parseBench(line: string, question: BenchQuestion): BenchReport | undefined {
  let raw: Partial<Record<keyof BenchReport, unknown>> | null;
  try {
    raw = JSON.parse(line) as typeof raw;
  } catch {
    return undefined;
  }
  if (raw?.backend !== question.backend || typeof raw.usable !== 'boolean') return undefined;
  const report = { ...noBench(question, typeof raw.reason === 'string' ? raw.reason : ''), usable: raw.usable, device: typeof raw.device === 'string' ? raw.device : '', parameters: typeof raw.parameters === 'number' ? raw.parameters : 0 };
  for (const name of numbers) if (typeof raw[name] === 'number') report[name] = raw[name];
  return report;
}
