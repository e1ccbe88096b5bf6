/** The fold from events to what a person sees of a run: a summary, a series per metric, samples. Incremental, bounded per event, the same in every reader. */

import { createSeries, type Series, type SeriesPoints } from './decimate.ts';
import { compareMetrics } from './metrics.ts';
import type { CheckpointEvent, Metrics, PreparingEvent, RunEvent, SampleEvent, WarningEvent } from './event.ts';
import { statusAfter, type SaidStatus } from './status.ts';

export type { SeriesPoints } from './decimate.ts';

/** A series beside the metrics whose value is the seconds trained up to a step: the time axis. Not among the metric names. */
export const clockSeries = 'posttrain/seconds';

/** What the events say. */
export interface RunSummary {
  status: SaidStatus;
  method: string;
  backend: string;
  device: string;
  /** Why this backend, and when it was opened last, ISO 8601. */
  reason: string;
  opened: string;
  host: string;
  pid: number;
  step: number;
  /** Of the file whose rows are being prepared, before the training begins. */
  preparing: Pick<PreparingEvent, 'what' | 'path' | 'rows' | 'total'> | null;
  /** 0 while unknown. */
  totalSteps: number;
  epoch: number;
  /** Time of the first `started`, ISO 8601. */
  started: string | null;
  /** Time of `finished`, null while it runs. */
  ended: string | null;
  /** Time of the last event. */
  updated: string | null;
  /** The last value of every metric, evaluation included, and the final ones. */
  latest: Metrics;
  checkpoints: { step: number; path: string; time: string }[];
  warnings: { code: string; message: string; step: number; time: string }[];
  /** What the trainer said at the end. */
  message: string;
  /** How often it was started again. */
  resumes: number;
  /** Seconds that it was not training are left out: stopped, paused. */
  secondsTrained: number;
  /** Of the recent past. Null while it cannot be told, as are the two below. */
  secondsPerStep: number | null;
  secondsLeft: number | null;
  tokensPerSecond: number | null;
}

export interface RunView {
  add(events: readonly RunEvent[]): void;
  /** Forgets everything: the file was replaced. */
  reset(): void;
  summary(): RunSummary;
  /** In the order in which they are shown. */
  metricNames(): string[];
  points(metric: string, maxPoints: number, from?: number, to?: number): SeriesPoints;
  /** Number of points of the series before thinning. */
  count(metric: string): number;
  samples(): readonly SampleEvent[];
  /** Raised by every change, so that a reader can tell that nothing happened. */
  readonly revision: number;
}

/** Warnings and samples kept: the first ones, which say what began it, and the latest. */
const maxWarnings = 200;
const maxSamples = 4000;
/** Speed is measured over this much of the recent past. */
const speedWindowMs = 60_000;

interface Tick {
  step: number;
  time: number;
  tokens: number | undefined;
}

export function createRunView(): RunView {
  let revision = 0;
  let state = empty();

  const apply = (event: RunEvent) => {
    state.updated = event.time;
    const time = Date.parse(event.time);
    switch (event.type) {
      case 'preparing':
        state.preparing = { what: event.what, path: event.path, rows: event.rows, total: event.total };
        return;
      case 'started':
        state.preparing = null;
        if (state.started !== null) state.resumes++;
        state.started ??= event.time;
        Object.assign(state, { method: event.method, backend: event.backend, device: event.device, reason: event.reason, opened: event.time, host: event.host, pid: event.pid, ended: null, message: '' });
        if (event.total_steps > 0) state.totalSteps = event.total_steps;
        if (event.resumed_from !== null) replaceAfter(event.resumed_from, true);
        state.ticks = [];
        state.runningSince = time;
        return;
      case 'resumed':
        // What a killed process did after its checkpoint is done again; after a pause nothing is.
        replaceAfter(event.from_step, state.status !== 'paused');
        state.ticks = [];
        state.runningSince = Number.isNaN(time) ? state.runningSince : time;
        return;
      case 'metrics':
      case 'evaluation':
        for (const [name, value] of Object.entries(event.metrics)) {
          if (name === 'epoch') continue;
          state.latest[name] = value;
          seriesOf(name).set(event.step, value);
        }
        state.step = Math.max(state.step, event.step);
        state.epoch = event.epoch || state.epoch;
        if (event.type === 'metrics') tick({ step: event.step, time, tokens: event.metrics.num_tokens });
        return;
      case 'sample':
        state.samples.push(event);
        if (state.samples.length > maxSamples) state.samples.splice(Math.floor(maxSamples / 4), Math.floor(maxSamples / 4));
        return;
      case 'checkpoint':
        state.checkpoints = [...state.checkpoints.filter((c) => c.step !== event.step), { step: event.step, path: (event satisfies CheckpointEvent).path, time: event.time }];
        state.step = Math.max(state.step, event.step);
        return;
      case 'warning':
        state.warnings.push(warning(event));
        if (state.warnings.length > maxWarnings) state.warnings.splice(maxWarnings / 2, 1);
        return;
      case 'paused':
        rest(time);
        state.step = Math.max(state.step, event.step);
        return;
      case 'finished':
        rest(time);
        state.preparing = null;
        Object.assign(state, { ended: event.time, message: event.message, step: Math.max(state.step, event.step) });
        Object.assign(state.latest, event.metrics);
        return;
    }
  };

  const seriesOf = (name: string) => {
    let series = state.series.get(name);
    if (!series) state.series.set(name, (series = createSeries()));
    return series;
  };
  const replaceAfter = (step: number, timeIsReplaced: boolean) => {
    for (const series of state.series.values()) series.truncateAfter(step);
    state.samples = state.samples.filter((s) => s.step <= step);
    state.checkpoints = state.checkpoints.filter((c) => c.step <= step);
    state.step = Math.min(state.step, step);
    for (const [name, series] of state.series) {
      if (name === clockSeries) {
        if (timeIsReplaced) state.secondsTrained = series.length > 0 ? series.valueAt(series.length - 1) : 0;
      } else if (series.length > 0) state.latest[name] = series.valueAt(series.length - 1);
      else delete state.latest[name];
    }
  };
  const tick = (next: Tick) => {
    if (Number.isNaN(next.time)) return;
    if (state.runningSince !== undefined) {
      state.secondsTrained += Math.max(0, next.time - state.runningSince) / 1000;
    }
    state.runningSince = next.time;
    seriesOf(clockSeries).set(next.step, state.secondsTrained);
    state.ticks.push(next);
    while (state.ticks.length > 2 && next.time - state.ticks[1]!.time > speedWindowMs) state.ticks.shift();
    if (state.ticks.length > 2000) state.ticks.splice(1, state.ticks.length - 1000);
  };
  const rest = (time: number) => {
    if (state.runningSince !== undefined && !Number.isNaN(time)) state.secondsTrained += Math.max(0, time - state.runningSince) / 1000;
    state.runningSince = undefined;
  };

  return {
    add(events) {
      for (const event of events) {
        apply(event);
        state.status = statusAfter(state.status, event);
      }
      if (events.length > 0) revision++;
    },
    reset() {
      state = empty();
      revision++;
    },
    summary() {
      const { series: _series, ticks: _ticks, runningSince: _since, samples: _samples, ...rest } = state;
      return { ...rest, latest: { ...state.latest }, checkpoints: [...state.checkpoints], warnings: [...state.warnings], ...speed(state) };
    },
    metricNames: () => [...state.series].filter(([name, series]) => series.length > 0 && name !== clockSeries).map(([name]) => name).sort(compareMetrics),
    points: (metric, maxPoints, from, to) => state.series.get(metric)?.points(maxPoints, from, to) ?? { steps: [], values: [] },
    count: (metric) => state.series.get(metric)?.length ?? 0,
    samples: () => state.samples,
    get revision() {
      return revision;
    },
  };
}

type State = Omit<RunSummary, 'secondsPerStep' | 'secondsLeft' | 'tokensPerSecond'> & {
  series: Map<string, Series>;
  samples: SampleEvent[];
  ticks: Tick[];
  /** When the time since was last counted as training, ms. */
  runningSince: number | undefined;
};

function empty(): State {
  return {
    status: 'created', method: '', backend: '', device: '', reason: '', opened: '', host: '', pid: 0, step: 0, preparing: null, totalSteps: 0, epoch: 0, started: null, ended: null, updated: null,
    latest: {}, checkpoints: [], warnings: [], message: '', resumes: 0, secondsTrained: 0, series: new Map(), samples: [], ticks: [], runningSince: undefined,
  };
}

function warning({ code, message, step, time }: WarningEvent): RunSummary['warnings'][number] {
  return { code, message, step, time };
}

/** From the first to the last tick of the recent past. One tick alone says nothing: loading and warming up are in it. */
function speed(state: State): Pick<RunSummary, 'secondsPerStep' | 'secondsLeft' | 'tokensPerSecond'> {
  const first = state.ticks[0];
  const last = state.ticks.at(-1);
  const logged = state.latest.tokens_per_second;
  if (!first || !last || last.time <= first.time || last.step <= first.step) return { secondsPerStep: null, secondsLeft: null, tokensPerSecond: logged ?? null };
  const seconds = (last.time - first.time) / 1000;
  const secondsPerStep = seconds / (last.step - first.step);
  const secondsLeft = state.status === 'running' && state.totalSteps > 0 ? Math.max(0, state.totalSteps - state.step) * secondsPerStep : null;
  const tokens = first.tokens !== undefined && last.tokens !== undefined && last.tokens >= first.tokens ? (last.tokens - first.tokens) / seconds : undefined;
  return { secondsPerStep, secondsLeft, tokensPerSecond: logged ?? tokens ?? null };
}
