/** One line of a sidecar: what one person said about one row, and when. Read without ever throwing: a line that is none of ours is data. */

import { parseRecord, withoutCr } from '../lineText.ts';

const ENDING = '.annotations.jsonl';

/** Where the annotations of a file are. */
export function sidecarOf(dataset: string): string {
  return dataset + ENDING;
}

export function isSidecar(path: string): boolean {
  return path.endsWith(ENDING);
}

export const choices = ['a', 'b', 'tie', 'good', 'bad', 'skip'] as const;
export type Choice = (typeof choices)[number];

/** Only what was said is there: a note leaves an earlier choice alone. */
export interface Annotation {
  /** The row's hash (`rowIdentity`). */
  row: string;
  annotator: string;
  /** ISO 8601, UTC. */
  time: string;
  /** Null takes it back. */
  choice?: Choice | null;
  /** With a choice about a pair: the hashes of the answers that were shown as A and as B. */
  shown?: readonly [string, string];
  labels?: readonly string[];
  note?: string;
  /** The hash that the row had when this was said; it was edited since, and this line repeats what was said for the row as it is now. */
  from?: string;
}

/** Undefined for anything that is not an annotation. Keys and choices of a later version are passed over. */
export function readAnnotation(line: string): Annotation | undefined {
  const record = parseRecord(withoutCr(line).replace(/^\ufeff/, ''));
  if (!record) return undefined;
  const { row, annotator, time, choice, shown, labels, note, from } = record;
  if (typeof row !== 'string' || typeof annotator !== 'string' || typeof time !== 'string' || !Number.isFinite(Date.parse(time))) return undefined;
  const known = choice === null || choices.some((each) => each === choice);
  return {
    row,
    annotator,
    time,
    ...(known ? { choice: choice as Choice | null } : {}),
    ...(known && isPair(shown) ? { shown } : {}),
    ...(Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? { labels } : {}),
    ...(typeof note === 'string' ? { note } : {}),
    ...(typeof from === 'string' ? { from } : {}),
  };
}

export function writeAnnotation(annotation: Annotation): string {
  return `${JSON.stringify(annotation)}\n`;
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'string');
}
