/** Between a program and its row thread: passes over all rows of a file, with expressions of people that may never end. */

import type { Query } from '../dataset/find/query.ts';
import type { CheckRules } from '../language/checkRules.ts';
import type { LineProblem } from '../language/validate.ts';
import type { Replacement, ReplacePreview } from '../dataset/find/replaceRow.ts';
import type { Contract } from './rpc.ts';

export interface SearchRequest {
  query: Query;
  /** Id of the rows' format, for what checks say. */
  format: string | undefined;
  /** What to hand out of each row that fits: its number alone, its line as well, or its line before and after a replacement. */
  want: 'rows' | 'lines' | Replacement;
  /** How bad what checks find is taken to be, and what is ignored. */
  rules?: Pick<CheckRules, 'levels' | 'rows'> | undefined;
  /** Where annotations are, for a query about them, and whose count: everybody's when it is nobody's in particular. */
  annotations?: { sidecar: string; annotator: string | undefined } | undefined;
}

/** What was found in one piece of the file. */
export interface Found {
  rows: Uint32Array;
  lines: string[];
  /** For each line what it becomes. */
  replaced: string[];
  /** Rows that were looked at so far. */
  looked: number;
}

/** All rows in the order that the query asks for, where it does. */
export interface SearchEnd extends Found {
  order: Uint32Array | undefined;
}

/** Files made of the rows of other files. */
export type ShapeRequest = { inputs: readonly string[]; outputs: readonly string[]; /** Files that are there may be replaced: someone was asked. */ replace: boolean; format: string | undefined } & (
  | { action: 'shuffle'; seed: number }
  | { action: 'split'; seed: number; share: number; by: string }
  | { action: 'sample'; seed: number; rows: number | undefined; share: number | undefined }
  | { action: 'dedupe'; by: string }
  | { action: 'concat' }
  | { action: 'merge'; seed: number }
);
export type ShapeAction = ShapeRequest['action'];

export interface ShapeResult {
  /** Rows that were read, and rows in each output. */
  read: number;
  written: number[];
}

export interface RowWorkerContract extends Contract {
  requests: {
    /** Begins a search; another one that was not ended is forgotten. */
    'search/begin': { params: SearchRequest; result: null };
    'search/feed': { params: { bytes: Uint8Array }; result: Found };
    'search/end': { params: null; result: SearchEnd };
    /** What a replacement would change in each of some lines. */
    preview: { params: { lines: string[]; replacement: Replacement }; result: (ReplacePreview | null)[] };
    shape: { params: ShapeRequest; result: ShapeResult };
    /** Begins to hold the rows of a file against each other; what was begun before is forgotten. */
    'across/begin': { params: { format: string | undefined }; result: null };
    'across/feed': { params: { bytes: Uint8Array }; result: null };
    /** Which lines, from 0, are to be looked at again. */
    'across/end': { params: null; result: readonly number[] };
    /** These lines as they are, in the same order. */
    'across/look': { params: { lines: readonly string[] }; result: LineProblem[] };
  };
  events: {
    /** Of a shape: bytes read and bytes to read, all passes together. */
    progress: { done: number; total: number };
  };
}

export interface RowClientContract extends Contract {
  requests: Record<never, never>;
  events: Record<never, never>;
}
