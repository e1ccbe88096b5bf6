/** What the panel, the tree and the status bar say about a run, from its record and its folded events. Pure. */

import { methods } from '../../methods/index.ts';
import type { RunFacts } from '../../protocol/runView.ts';
import type { RunRecord, RunStatus } from '../../run/directory.ts';
import { formatCount, formatScientific } from '../../run/format.ts';
import type { RunSummary } from '../../run/series.ts';

export interface FactsInput {
  dir: string;
  record: RunRecord | undefined;
  recordProblem: string | null;
  summary: RunSummary;
  status: RunStatus;
  skipped: { count: number; examples: string[] };
  /** The spec file, where it still exists. */
  specFile: string | undefined;
  hasFinal: boolean;
  blocked: string | undefined;
}

export function runFacts({ dir, record, recordProblem, summary, status, skipped, specFile, hasFinal, blocked }: FactsInput): RunFacts {
  const spec = record?.spec;
  const method = summary.method || spec?.method || '';
  const params = spec?.params ?? {};
  const logging = params.logging_steps;
  const { backend: used } = record ?? {};
  const checkpoint = summary.checkpoints.at(-1);
  return {
    dir,
    name: runName(dir),
    status,
    method: { id: method, label: methods.has(method) ? methods.get(method).label : method },
    scores: scoresAnswers(method),
    settings: settingsOf(params),
    model: spec?.model_name_or_path ?? '',
    datasets: (spec?.dataset ?? []).map(({ path }) => ({ name: baseName(path), path })),
    backend: summary.backend || (used?.id ?? spec?.backend ?? ''),
    device: summary.device || (record?.device ?? ''),
    backendReason: summary.reason || (used?.reason ?? ''),
    started: summary.started ?? '',
    ended: summary.ended ?? '',
    step: summary.step,
    preparing: summary.preparing ?? undefined,
    totalSteps: summary.totalSteps,
    epoch: summary.epoch,
    loggingSteps: typeof logging === 'number' && logging >= 1 ? logging : 1,
    secondsPerStep: summary.secondsPerStep ?? undefined,
    tokensPerSecond: summary.tokensPerSecond ?? undefined,
    secondsLeft: summary.secondsLeft ?? undefined,
    trainedSeconds: summary.secondsTrained,
    lastEvent: summary.updated ? Date.parse(summary.updated) || 0 : 0,
    checkpoints: summary.checkpoints.map(({ step, path }) => ({ step, path })),
    answersFrom: hasFinal && status === 'completed' ? 'final' : checkpoint?.path,
    message: summary.message,
    results: status === 'completed' ? summary.latest : {},
    skippedLines: skipped,
    recordProblem,
    specFile,
    blocked,
  };
}

/** The last part of the path: what a person called the run. */
export function runName(dir: string): string {
  return baseName(dir);
}

function baseName(path: string): string {
  return path.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1) || path;
}

/** Whether a method makes a model that scores answers instead of writing them. */
export function scoresAnswers(method: string): boolean {
  return methods.has(method) && methods.get(method).head === 'score';
}

/** The few settings that tell runs apart. */
function settingsOf(params: Readonly<Record<string, unknown>>): string[] {
  const out: string[] = [];
  if (params.use_peft === true) out.push(`${params.use_dora === true ? 'DoRA' : 'LoRA'} r ${String(params.lora_r)}`);
  if (typeof params.beta === 'number') out.push(`β ${params.beta}`);
  if (typeof params.learning_rate === 'number') out.push(`learning rate ${formatScientific(params.learning_rate)}`);
  const batch = params.per_device_train_batch_size;
  const accumulation = params.gradient_accumulation_steps;
  if (typeof batch === 'number') out.push(`batch ${formatCount(batch * (typeof accumulation === 'number' ? accumulation : 1))}`);
  return out;
}
