/** The events of a run: what the trainer appends to events.jsonl, one object a line, and everything else reads. */

import { numberFromJson, shownValue, stringifyJson } from '../core/text.ts';

/** Metric values by name (TRL's names). Non-finite numbers are strings in the file and numbers here. */
export type Metrics = Record<string, number>;

interface Timed {
  /** ISO 8601, UTC. */
  time: string;
}
/** Before `started`, at most one a second: while a large dataset becomes token rows, and while the reference model is asked about them. */
export interface PreparingEvent extends Timed {
  type: 'preparing';
  what: 'rows' | 'reference';
  path: string;
  /** Lines done, and lines of the file; for the reference, rows of all files. */
  rows: number;
  total: number;
}
export interface StartedEvent extends Timed {
  type: 'started';
  pid: number;
  host: string;
  method: string;
  backend: string;
  device: string;
  /** Why this backend. */
  reason: string;
  versions: Record<string, string>;
  total_steps: number;
  /** The step of the checkpoint this process continues from, null on a fresh start. */
  resumed_from: number | null;
}
export interface MetricsEvent extends Timed {
  type: 'metrics';
  step: number;
  epoch: number;
  metrics: Metrics;
}
export interface EvaluationEvent extends Timed {
  type: 'evaluation';
  step: number;
  epoch: number;
  metrics: Metrics;
}
export interface SampleEvent extends Timed {
  type: 'sample';
  step: number;
  index: number;
  prompt: string;
  completion: string;
}
export interface CheckpointEvent extends Timed {
  type: 'checkpoint';
  step: number;
  /** Relative to the run directory, with forward slashes. */
  path: string;
}
export interface WarningEvent extends Timed {
  type: 'warning';
  code: string;
  message: string;
  step: number;
}
export interface PausedEvent extends Timed {
  type: 'paused';
  step: number;
}
/** Training goes on: after a pause, or after a restart from a checkpoint, when metrics of later steps are replaced. */
export interface ResumedEvent extends Timed {
  type: 'resumed';
  from_step: number;
}
export interface FinishedEvent extends Timed {
  type: 'finished';
  status: FinishedStatus;
  step: number;
  message: string;
  metrics: Metrics;
}
export type FinishedStatus = 'completed' | 'stopped' | 'failed';

export type RunEvent =
  | PreparingEvent
  | StartedEvent
  | MetricsEvent
  | EvaluationEvent
  | SampleEvent
  | CheckpointEvent
  | WarningEvent
  | PausedEvent
  | ResumedEvent
  | FinishedEvent;

export type RunEventType = RunEvent['type'];

/** The line of an event, without its newline. */
export function eventLine(event: RunEvent): string {
  return stringifyJson(event);
}

/** Reads one line. Unknown keys are kept; an unknown type or a broken line is a problem in words, never an exception. `foreign`: an object, of another version perhaps. */
export function parseEvent(line: string): { event?: RunEvent; problem?: string; foreign?: boolean } {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return { problem: 'not valid JSON' };
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { problem: 'not a JSON object' };
  const record = raw as Record<string, unknown>;
  const type = record.type;
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) return { problem: `unknown event type ${shownValue(type, 40)}`, foreign: true };
  if (typeof record.time !== 'string') return { problem: `${type}: "time" is missing`, foreign: true };
  for (const [key, read] of Object.entries(fields[type as RunEventType])) {
    const value = read(record[key]);
    if (value === undefined) return { problem: `${type}: "${key}" is missing or of the wrong type`, foreign: true };
    record[key] = value;
  }
  return { event: record as unknown as RunEvent };
}

type Read = (value: unknown) => unknown;
const number: Read = (value) => numberFromJson(value);
const text: Read = (value) => (typeof value === 'string' ? value : undefined);
const status: Read = (value) => (value === 'completed' || value === 'stopped' || value === 'failed' ? value : undefined);
const optional =
  (read: Read, otherwise: unknown): Read =>
  (value) =>
    value === undefined || value === null ? otherwise : read(value);

/** Another program's null or text among the metrics is left out; the rest of the line is still good. */
const metrics: Read = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const out: Metrics = {};
  for (const [name, raw] of Object.entries(value)) {
    const n = numberFromJson(raw);
    if (n !== undefined) out[name] = n;
  }
  return out;
};
const words: Read = (value) =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([, v]) => typeof v === 'string')) : undefined;

const fields: Record<RunEventType, Record<string, Read>> = {
  preparing: { what: optional((value) => (value === 'rows' || value === 'reference' ? value : undefined), 'rows'), path: text, rows: number, total: number },
  started: {
    pid: optional(number, 0), host: optional(text, ''), method: text, backend: optional(text, ''), device: optional(text, ''), reason: optional(text, ''),
    versions: optional(words, {}), total_steps: optional(number, 0), resumed_from: optional(number, null),
  },
  metrics: { step: number, epoch: optional(number, 0), metrics },
  evaluation: { step: number, epoch: optional(number, 0), metrics },
  sample: { step: number, index: number, prompt: text, completion: text },
  checkpoint: { step: number, path: text },
  warning: { code: text, message: text, step: optional(number, 0) },
  paused: { step: number },
  resumed: { from_step: number },
  finished: { status, step: optional(number, 0), message: optional(text, ''), metrics: optional(metrics, {}) },
};

export interface EventReader {
  /** The events whose lines became complete with this chunk. A torn last line waits for its rest. */
  feed(chunk: string): RunEvent[];
  /** Lines read past so far: unknown types and broken lines. */
  readonly skipped: number;
  /** What was wrong with the first few of them, with line numbers from 1. */
  readonly problems: readonly { line: number; problem: string }[];
  /** True while a line has begun and not ended: normal while a run is live. */
  readonly torn: boolean;
}

/** Puts chunks of an event file together into events; reads past what it does not know. `onLine` gets every line that is an object, also of a type that is not known. */
export function createEventReader(onLine?: (line: string) => void): EventReader {
  let rest: string[] = [];
  let line = 0;
  let skipped = 0;
  const problems: { line: number; problem: string }[] = [];
  return {
    feed(chunk) {
      const events: RunEvent[] = [];
      let start = 0;
      for (;;) {
        const end = chunk.indexOf('\n', start);
        if (end < 0) break;
        // The parts of a long torn line are joined once, when it ends: joining on every chunk would be quadratic.
        const whole = rest.length > 0 ? rest.join('') + chunk.slice(start, end) : chunk.slice(start, end);
        rest = [];
        start = end + 1;
        line++;
        if (whole.trim() === '') continue;
        const { event, problem, foreign } = parseEvent(whole);
        if (event || foreign) onLine?.(whole);
        if (event) events.push(event);
        else {
          skipped++;
          if (problems.length < 20) problems.push({ line, problem: problem! });
        }
      }
      if (start < chunk.length) rest.push(chunk.slice(start));
      return events;
    },
    get skipped() {
      return skipped;
    },
    get problems() {
      return problems;
    },
    get torn() {
      return rest.length > 0;
    },
  };
}
