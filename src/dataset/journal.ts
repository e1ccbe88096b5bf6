/** Unsaved edits as a file: which file they belong to, then one line for every change of its rows. What a backup and a crash leave behind. */

import { throwIfAborted } from '../core/abort.ts';
import type { Parsed, Problem } from '../core/problem.ts';
import type { Draft } from './drafts.ts';
import type { Splice } from './editLog.ts';
import { compareFingerprints, isFingerprint, type Fingerprint } from './fingerprint.ts';
import type { RecordStore } from './recordStore.ts';

export interface JournalHeader {
  /** Version of this format. */
  journal: 1;
  /** The dataset, for people who find the file. */
  uri: string;
  /** Equal in the journal and the backups of one opened document, so that the newer of two is known. */
  session: string;
  /** What the document was read from. */
  base: Fingerprint;
  /** The process that writes it, opaque here. */
  owner?: unknown;
  /** How many changes of the rows came before: of two texts of one session the higher is the newer. */
  count?: number;
  /** Sessions whose edits are among these: their journals say nothing new. */
  follows?: readonly string[];
}

export interface Journal {
  header: JournalHeader;
  /** In order; each in the row numbers that the ones before it leave. */
  steps: (readonly Splice[])[];
  /** The document was closed and its edits given up on purpose. */
  closed: boolean;
  /** Saves that were about to take place, and how many steps were in what they wrote. */
  saves: { steps: number; file: Fingerprint; copy?: string }[];
  /** What was typed and is in no row yet, in the row numbers that all steps leave. */
  drafts: readonly Draft[];
}

export function headerLine(header: JournalHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/** A line, in short parts: a replacement across a file makes it tens of megabytes, too many to be spelled without a pause. `drafts`: all that is half-typed after it. */
export function* stepParts(splices: readonly Splice[], drafts: readonly Draft[] = []): Generator<string> {
  yield '{"splices":[';
  for (const [i, { at, removed, inserted }] of splices.entries()) {
    yield `${i > 0 ? ',' : ''}{"at":${at},"removed":[`;
    yield* listParts(removed);
    yield '],"inserted":[';
    yield* listParts(inserted);
    yield ']}';
  }
  yield ']';
  if (drafts.length > 0) {
    yield ',"drafts":';
    yield* draftListParts(drafts);
  }
  yield '}\n';
}

function* listParts(lines: readonly string[]): Generator<string> {
  for (const [i, line] of lines.entries()) {
    if (i > 0) yield ',';
    yield* textParts(line);
  }
}

function* textParts(text: string): Generator<string> {
  yield '"';
  for (let from = 0; from < text.length; from += PART_CHARS) yield JSON.stringify(text.slice(from, from + PART_CHARS)).slice(1, -1);
  yield '"';
}

/** All that is half-typed: what an earlier line says of it counts no more. */
export function* draftParts(drafts: readonly Draft[]): Generator<string> {
  yield '{"drafts":';
  yield* draftListParts(drafts);
  yield '}\n';
}

function* draftListParts(drafts: readonly Draft[]): Generator<string> {
  yield '[';
  for (const [i, { row, line, place, text }] of drafts.entries()) {
    yield `${i > 0 ? ',' : ''}{"row":${row},"place":${JSON.stringify(place)},"line":`;
    yield* textParts(line);
    yield ',"text":';
    yield* textParts(text);
    yield '}';
  }
  yield ']';
}

/** About how long that line is. */
export function draftChars(drafts: readonly Draft[]): number {
  return drafts.reduce((sum, { line, text }) => sum + SPLICE_CHARS + line.length + text.length, 0);
}

const PART_CHARS = 64 * 1024;

/** About how long that line is. */
export function stepChars(splices: readonly Splice[]): number {
  let chars = 0;
  for (const { removed, inserted } of splices) {
    chars += SPLICE_CHARS;
    for (const line of removed) chars += line.length;
    for (const line of inserted) chars += line.length;
  }
  return chars;
}

/** What a splice takes besides its lines. */
const SPLICE_CHARS = 50;

/** A file like this is about to take the dataset's place; the steps before this line are in it. `copy`: where it is, when the old one is written over in place. */
export function savingLine(file: Fingerprint, copy?: string): string {
  return `${JSON.stringify({ saving: file, copy })}\n`;
}

export const closedLine = '{"closed":true}\n';

/**
 * Reads what was written, and trusts none of it. A torn last line is normal after a crash and left out. Anything else that is wrong
 * gives no value: edits are not replayed by halves.
 */
export function parseJournal(text: string): Parsed<Journal> {
  const lines = text.split('\n');
  lines.pop(); // what follows the last newline is torn or empty
  if (lines.length === 0) return failed('It holds no complete line.', 0, text.length);
  const header = parseLine(lines[0]!);
  if (!isHeader(header)) return failed('Its first line is not the header of a journal that this version of Posttrain knows.', 0, lines[0]!.length);
  const journal: Journal = { header, steps: [], closed: false, saves: [], drafts: [] };
  let offset = lines[0]!.length + 1;
  for (const [i, line] of lines.slice(1).entries()) {
    const entry = parseLine(line);
    if (isStep(entry)) {
      journal.steps.push(entry.splices);
      journal.drafts = entry.drafts ?? [];
    } else if (isDrafts(entry)) journal.drafts = entry.drafts;
    else if (isSaving(entry)) journal.saves.push({ steps: journal.steps.length, file: entry.saving, ...(entry.copy === undefined ? {} : { copy: entry.copy }) });
    else if (typeof entry === 'object' && entry !== null && (entry as { closed?: unknown }).closed === true) journal.closed = true;
    else return failed(`Its line ${i + 2} is damaged.`, offset, offset + line.length);
    offset += line.length + 1;
  }
  return { value: journal, problems: [] };
}

/** How many changes of the rows its session had made, as far as it knows. */
export function countOf({ header, steps }: Journal): number {
  return (header.count ?? 0) + steps.length;
}

/** The steps that are not in the file as it is now: the process may have ended between a save and the word that it took place. */
export function stepsSince({ header, steps, saves }: Journal, file: Fingerprint): Journal['steps'] {
  if (compareFingerprints(header.base, file) === 'same') return steps;
  return steps.slice(saves.findLast((save) => compareFingerprints(save.file, file) !== 'different')?.steps ?? 0);
}

/** Where the whole of the file is, when a save in place was cut short and left a mixture of old and new. */
export function copyOfTorn({ header, saves }: Journal, file: Fingerprint): string | undefined {
  const last = saves.at(-1);
  const isWhole = [header.base, last?.file].some((whole) => whole && compareFingerprints(whole, file) !== 'different');
  return isWhole ? undefined : last?.copy;
}

export interface Matched {
  /** Can be applied to the rows as they are, sorted. */
  matching: Splice[];
  /** Rows that these edits replaced are not there any more. In the row numbers of the old file. */
  lost: Splice[];
}

/** How far rows are looked for above and below where they were, when a file was changed by someone else. */
const SEARCH_ROWS = 2000;

/**
 * Finds the rows that edits of an older version of the file replaced, in the file as it is now. `splices` are net changes of the old
 * file (composeSteps). A row that was edited by both sides is lost here and kept in `lost`: nothing is overwritten by guess.
 */
export async function matchSplices(splices: readonly Splice[], store: RecordStore, signal?: AbortSignal): Promise<Matched> {
  const result: Matched = { matching: [], lost: [] };
  let shift = 0;
  let free = 0; // rows before this one belong to an earlier splice
  for (const splice of splices) {
    throwIfAborted(signal);
    const wanted = splice.at + shift;
    const at = splice.removed.length === 0 ? Math.min(Math.max(wanted, free), store.rows) : await findLines(splice.removed, store, wanted, free);
    if (at === undefined) {
      result.lost.push(splice);
      continue;
    }
    shift = at - splice.at;
    free = at + splice.removed.length;
    result.matching.push({ ...splice, at });
  }
  return result;
}

/** Where these lines are, from a row on: as near to where they were as can be. */
export async function findLines(lines: readonly string[], store: RecordStore, near: number, from: number): Promise<number | undefined> {
  const fits = async (at: number) => {
    if (at < from || at + lines.length > store.rows) return false;
    const texts = await store.texts(at, lines.length);
    return texts.every((text, i) => text === lines[i]);
  };
  if (await fits(near)) return near;
  const start = Math.max(from, near - SEARCH_ROWS);
  const window = await store.texts(start, near + SEARCH_ROWS - start);
  const candidates = window.flatMap((text, i) => (text === lines[0] ? [start + i] : [])).sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
  for (const at of candidates) if (await fits(at)) return at;
  return undefined;
}

function failed(message: string, start: number, end: number): Parsed<Journal> {
  const problem: Problem = { code: 'journal-unreadable', severity: 'error', message, start, end };
  return { value: undefined, problems: [problem] };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is JournalHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { journal, uri, session, base, count = 0, follows = [] } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(count) || !Array.isArray(follows)) return false;
  return journal === 1 && typeof uri === 'string' && typeof session === 'string' && isFingerprint(base);
}

function isSaving(value: unknown): value is { saving: Fingerprint; copy?: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { saving, copy = '' } = value as Record<string, unknown>;
  return isFingerprint(saving) && typeof copy === 'string';
}

function isStep(value: unknown): value is { splices: Splice[]; drafts?: Draft[] } {
  const { splices, drafts = [] } = typeof value === 'object' && value !== null ? (value as { splices?: unknown; drafts?: unknown }) : {};
  if (!Array.isArray(splices) || !isDraftList(drafts)) return false;
  let row = 0;
  return splices.every((splice: unknown) => {
    if (typeof splice !== 'object' || splice === null) return false;
    const { at, removed, inserted } = splice as Record<string, unknown>;
    const sorted = Number.isSafeInteger(at) && (at as number) >= row && isLines(removed) && isLines(inserted);
    if (sorted) row = (at as number) + removed.length;
    return sorted;
  });
}

function isDrafts(value: unknown): value is { drafts: Draft[] } {
  return isDraftList(typeof value === 'object' && value !== null ? (value as { drafts?: unknown }).drafts : undefined);
}

function isDraftList(drafts: unknown): drafts is Draft[] {
  return Array.isArray(drafts) && drafts.every((draft: unknown) => {
    if (typeof draft !== 'object' || draft === null) return false;
    const { row, line, place, text } = draft as Record<string, unknown>;
    const isPlace = place === 'labels' || place === 'note' || (Array.isArray(place) && place.every((step) => typeof step === 'string' || Number.isSafeInteger(step)));
    return isPlace && Number.isSafeInteger(row) && (row as number) >= 0 && isLines([line]) && typeof text === 'string';
  });
}

/** A line holds no LF: one would turn into two lines in the saved file. */
function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string' && !line.includes('\n'));
}
