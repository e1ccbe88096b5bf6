/** What the statistics page and the extension tell each other about a dataset. */

import type { Advice, DatasetStats, Feed } from '../methods/datasetStats.ts';

/** What a person may change on the page. Null: not given. */
export interface StatsChoices {
  method: string | null;
  maxLength: number | null;
  epochs: number;
  tokensPerSecond: number | null;
}

export interface StatsState {
  /** The file, as the workspace calls it. */
  name: string;
  /** Whose tokenizer counts; empty while none was chosen. */
  model: string;
  choices: StatsChoices;
  /** Of the last count that came to its end: what was counted, what it can feed, and the methods that take its rows. */
  counted: { stats: DatasetStats; feeds: Feed[]; methods: string[] } | null;
  advice: Advice[];
  /** How long training takes at the speed that was given, and at best by what was measured. */
  seconds: { given: number | null; best: number | null };
  /** How far the count under way is; null while none is. */
  fraction: number | null;
  /** Why the last count ended early; empty when it did not. */
  error: string;
  /** What a matrix product reaches here, and how many weights the model has; null until it was measured. */
  probe: { gflops: number; parameters: number } | null;
  measuring: boolean;
}

/** The extension's side. */
export type StatsViewHost = {
  requests: {
    /** First, and again whenever the page became visible. */
    'stats/open': { params: null; result: { state: StatsState; translations: Record<string, string | { message: string; comment: string[] }> | undefined; locale: string } };
    'stats/set': { params: Partial<StatsChoices>; result: null };
    'stats/chooseModel': { params: null; result: null };
    'stats/measure': { params: null; result: null };
    'stats/countAgain': { params: null; result: null };
    /** The command that converts, with the format that a method needs. */
    'stats/convert': { params: { to: string }; result: null };
  };
  events: {
    'stats/changed': StatsState;
  };
};

/** The page's side. */
export type StatsViewPage = {
  requests: Record<never, never>;
  events: Record<never, never>;
};
