/** What the run panel and the extension tell each other. The extension reads the run directory; the panel draws and asks. */

import type { RunStatus } from '../run/directory.ts';

/** Everything about a run but its curves: small, sent whole whenever something in it changed. */
export interface RunFacts {
  /** Absolute path of the run directory. */
  dir: string;
  name: string;
  status: RunStatus;
  /** Its label, "Supervised fine-tuning (SFT)", and its id. */
  method: { id: string; label: string };
  /** It makes a reward model, which scores answers and writes none: there are no samples and nothing to ask. */
  scores: boolean;
  /** Settings worth a glance: "LoRA r 16", "learning rate 5e−4". */
  settings: string[];
  model: string;
  datasets: { name: string; path: string }[];
  backend: string;
  device: string;
  /** Why this backend and no faster one. */
  backendReason: string;
  /** ISO 8601; empty before the trainer said so. */
  started: string;
  ended: string;
  step: number;
  /** Lines of a dataset turned into rows so far, or rows that the reference model was asked about, of how many; undefined when the training has begun. */
  preparing: { what: 'rows' | 'reference'; rows: number; total: number } | undefined;
  /** 0 while unknown. */
  totalSteps: number;
  epoch: number;
  /** Steps between two metrics lines. */
  loggingSteps: number;
  /** Of the training itself, without what came before a resume; undefined before two steps were logged. */
  secondsPerStep: number | undefined;
  tokensPerSecond: number | undefined;
  secondsLeft: number | undefined;
  /** Seconds of training over all processes that worked on this run. */
  trainedSeconds: number;
  /** Time of the last event, ms since 1970; 0 before the first. */
  lastEvent: number;
  checkpoints: { step: number; path: string }[];
  /** Where the result lies, or the newest checkpoint, relative to the run directory; undefined while there is none. */
  answersFrom: string | undefined;
  /** Of `finished`: why it failed or what it says. */
  message: string;
  /** Final figures, as `finished` gave them. */
  results: Record<string, number>;
  /** Lines of events.jsonl that could not be read, with the first reasons. */
  skippedLines: { count: number; examples: string[] };
  /** Why run.json cannot be used, by another version perhaps; null when it can. */
  recordProblem: string | null;
  /** The spec file it came from, where it is still there. */
  specFile: string | undefined;
  /** Why it cannot be started, resumed or asked here (restricted mode, virtual workspace); undefined when it can. */
  blocked: string | undefined;
}

/** Values of one metric, evaluation metrics (`eval_…`) and the clock (`clockSeries` of run/series) among them. The arrays have one length; `step` ascends. */
export interface MetricSeries {
  name: string;
  step: Float64Array;
  value: Float64Array;
}

/** New points, or with `whole` everything, when the panel starts over (opened, or a resumed run replaced steps). */
export interface SeriesChange {
  whole: boolean;
  series: MetricSeries[];
}

/** One answer of the model to one of the run's sample prompts. */
export interface SampleAnswer {
  step: number;
  index: number;
  prompt: string;
  completion: string;
}

export interface RunNote {
  time: string;
  step: number;
  severity: 'info' | 'warning' | 'error';
  message: string;
}

/** Kept for every run of a method: how a person likes to look at its charts. */
export interface ChartPreferences {
  smoothing: number;
  axis: 'step' | 'tokens' | 'time';
  hidden: string[];
  pinned: string[];
}

export interface RunSnapshot {
  facts: RunFacts;
  series: SeriesChange;
  samples: SampleAnswer[];
  notes: RunNote[];
  preferences: ChartPreferences;
  /** Metrics that the method logs: their charts are shown empty until values come. */
  expected: string[];
  /** `vscode.l10n.bundle`. */
  translations: Record<string, string | { message: string; comment: string[] }> | undefined;
  locale: string;
}

/** Sent at most four times a second, and only while the panel is visible. */
export interface RunChange {
  facts: RunFacts;
  series: SeriesChange | undefined;
  /** New answers, in order; all of them when `series.whole`, and so are the notes. */
  samples: SampleAnswer[];
  notes: RunNote[];
}

export interface AskParams {
  question: string;
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature: number;
  seed: number;
  /** Ask these; the base is the model that the run started from. */
  sides: AskSide[];
  /** Names this question in `ask/text` events. */
  stream: string;
}
export type AskSide = 'base' | 'tuned';
export interface AskAnswer {
  text: string;
  /** Why it ended; `cancelled` keeps what had come. */
  finish: 'stop' | 'length' | 'cancelled';
  seconds: number;
  tokens: number;
  /** What answered: "tiny-base", "step-000200". */
  model: string;
}

export type RunAction = 'stop' | 'pause' | 'continue' | 'resume' | 'openLog' | 'openSpec' | 'openEvents' | 'reveal' | 'openDataset' | 'manageTrust';

/** The extension's side. */
export type RunViewHost = {
  requests: {
    /** First, and again whenever the panel became visible: everything, decimated to what can be drawn. */
    'run/open': { params: null; result: RunSnapshot };
    'run/act': { params: { action: RunAction; path?: string }; result: null };
    /** The end of log.txt. */
    'log/read': { params: { maxBytes: number }; result: { text: string; cut: boolean } };
    ask: { params: AskParams; result: Partial<Record<AskSide, AskAnswer>> };
    'preferences/write': { params: ChartPreferences; result: null };
  };
  events: {
    'run/changed': RunChange;
    /** Loading a model, in words, while an answer is waited for; empty when it began to answer. */
    'ask/state': { stream: string; side: AskSide; text: string };
    'ask/text': { stream: string; side: AskSide; text: string };
    /** From the command "Ask Base and Tuned Model" and from links elsewhere. */
    'tab/show': { tab: 'samples' | 'ask' | 'log' };
  };
};

/** The panel's side. */
export type RunViewPage = {
  requests: Record<never, never>;
  events: Record<never, never>;
};
