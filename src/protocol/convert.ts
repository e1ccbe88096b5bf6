/** Between a program and the worker that converts a dataset: first what would become of it, then the new file. */

import type { Contract } from './rpc.ts';

export interface ConvertRequest {
  input: string;
  output: string;
  /** Id of the format to convert to. */
  to: string;
  /** Id of the format that the rows have; found from the first ones when not given. */
  from?: string;
  /** A file that is there already may be replaced. */
  overwrite?: boolean;
}

/** Something that rows say and the new rows do not. */
export interface ConvertLoss {
  key: string;
  what: string;
  /** All words are there, but used in another way: told, and no reason to ask. */
  change?: true;
  rows: number;
}

export interface RefusedRow {
  /** Its line, or its number where the file has no lines. */
  place: number;
  reason: string;
}

export interface Survey {
  from: string;
  to: string;
  /** Rows of the old file, and how many new ones they make. */
  rows: number;
  made: number;
  losses: ConvertLoss[];
  refused: number;
  /** The first of them; each is told by an event as well. */
  refusals: RefusedRow[];
}

/** What a file could become, by its first rows. */
export interface ConvertChoices {
  from: { id: string; label: string } | undefined;
  targets: { id: string; label: string; description: string }[];
}

export interface ConvertContract extends Contract {
  requests: {
    choices: { params: { input: string; from?: string }; result: ConvertChoices };
    survey: { params: ConvertRequest; result: Survey };
    /** Of the request that was surveyed last. */
    write: { params: ConvertRequest; result: { rows: number } };
  };
  events: {
    /** Of the whole file. */
    progress: { phase: 'survey' | 'write'; fraction: number };
    refused: RefusedRow;
  };
}

export interface ConvertClientContract extends Contract {
  requests: Record<never, never>;
  events: Record<never, never>;
}
