/** The kinds of files that rows come in. */

import { extname } from 'node:path';
import type { DatasetRow } from '../../dataset/format.ts';
import { UserError } from '../../core/problem.ts';

export type Container = 'jsonl' | 'json' | 'csv' | 'parquet';

/** A row where it stands, or why it is none. */
export interface SourceRow {
  /** Its line, or its number where the file has no lines. From 1. */
  place: number;
  record?: DatasetRow;
  /** As it is written, where that is JSON. */
  text?: string;
  problem?: string;
  /** What of it the file says and a row cannot. */
  lost?: readonly { key: string; what: string }[];
}

const byExtension: Readonly<Record<string, Container>> = { '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.json': 'json', '.csv': 'csv', '.parquet': 'parquet' };

/** By the file's name. */
export function containerOf(path: string): Container {
  const container = byExtension[extname(path).toLowerCase()];
  if (!container) throw new UserError(`${path}: rows are read from and written to ${Object.keys(byExtension).join(', ')} files. Give a file with one of these endings.`, 'container');
  return container;
}

/** Whether every text in it can be written as UTF-8. JSON has escapes for what cannot. */
export function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return !/[\uD800-\uDFFF]/u.test(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isUnicode);
}
