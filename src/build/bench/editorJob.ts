/** One file in one process: what opening, reading, editing, searching and saving it take, and how much memory. Printed as JSON. */

import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { median } from '../../core/median.ts';
import { createRng } from '../../core/rng.ts';
import type { FindRequest } from '../../protocol/datasetView.ts';
import { diskFile } from '../../host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../host/datasetEditor/documentJournal.ts';
import { createFindRows } from '../../host/datasetEditor/findRows.ts';
import { pagerMs } from './pager.ts';

export interface SearchTimes {
  text: string;
  firstMs: number;
  totalMs: number;
  rows: number;
  peakMb: number;
}

export interface EditorTimes {
  sizeBytes: number;
  rows: number;
  plainReadMs: number;
  firstRowsMs: number;
  indexMs: number;
  indexedMb: number;
  anyRowMs: { median: number; worst: number };
  editMs: { row: number; median: number; worst: number }[];
  searches: SearchTimes[];
  saveMs: number;
  savePeakMb: number;
  tools: { command: string; ms: number }[];
}

const MB = 1024 * 1024;
const SCREEN_ROWS = 60;

export const usualSearches: readonly string[] = ['zebra', 'quickly', '/colou?r (of|in) /', 'completion.length>1200', 'problem:error', 'sort:-length'];

export async function measureEditor(path: string, rowWorker: string, queries: readonly string[]): Promise<EditorTimes> {
  const scratch = mkdtempSync(join(os.tmpdir(), 'posttrain-editor-'));
  try {
    const { size: sizeBytes } = statSync(path);
    plainRead(path); // so that what follows reads from memory, as the tools do
    const plainReadMs = plainRead(path);
    global.gc?.();
    const idleMb = process.memoryUsage.rss() / MB;
    const nowMb = () => process.memoryUsage.rss() / MB - idleMb;

    const started = performance.now();
    const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(scratch, 'journals'), owner: null, isAlive: () => Promise.resolve(false), onError: fail });
    const document = await DatasetDocument.open(diskFile(path, scratch), journal);
    await document.read(0, SCREEN_ROWS, MB);
    const firstRowsMs = performance.now() - started;
    await document.indexed();
    const indexMs = performance.now() - started;
    global.gc?.();
    const indexedMb = nowMb();

    const rng = createRng(1);
    const reads: number[] = [];
    for (let i = 0; i < 300; i++) reads.push(await timed(() => document.read(rng.below(document.rows), 1, MB)));

    const editMs: EditorTimes['editMs'] = [];
    for (const row of new Set([Math.min(10, document.rows - 1), Math.min(1_000_000, document.rows - 1)])) {
      const times: number[] = [];
      for (let i = 0; i < 40; i++) times.push(await timed(() => document.setText({ row, revision: document.revision }, ['completion'], `Edited ${i}`, undefined, () => 'Edit')));
      editMs.push({ row: row + 1, median: median(times), worst: Math.max(...times) });
    }
    await journal.flush();

    const searches: SearchTimes[] = [];
    for (const text of queries) {
      const { result, peakMb } = await watched(nowMb, () => search(document, text, rowWorker));
      searches.push({ ...result, peakMb });
    }

    const { result: saveMs, peakMb: savePeakMb } = await watched(nowMb, () => timed(() => document.save(new AbortController().signal)));
    await document.dispose();
    const last = lastId(path);
    const tools = [
      tool('wc', ['-l', path]),
      tool('grep', ['-ciF', 'zebra', path]),
      tool('sed', ['-n', `${Math.min(1_000_000, document.rows)}{p;q}`, path]),
      { command: 'less +G', ms: pagerMs(path, 'G') },
      { command: 'less +Ng', ms: pagerMs(path, `${Math.min(1_000_000, document.rows)}g`) },
      { command: 'less +/WORD_OF_THE_LAST_ROW', ms: pagerMs(path, `/${last}\n`) },
      { command: 'cp', ms: await timed(async () => copyFileSync(path, join(scratch, 'copy'))) },
    ];
    return { sizeBytes, rows: document.rows, plainReadMs, firstRowsMs, indexMs, indexedMb, anyRowMs: { median: median(reads), worst: Math.max(...reads) }, editMs, searches, saveMs, savePeakMb, tools };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The most memory meanwhile. */
async function watched<T>(nowMb: () => number, task: () => Promise<T>): Promise<{ result: T; peakMb: number }> {
  let peakMb = nowMb();
  const watching = setInterval(() => (peakMb = Math.max(peakMb, nowMb())), 10);
  try {
    const result = await task();
    return { result, peakMb };
  } finally {
    clearInterval(watching);
  }
}

/** What only the last row holds. */
function lastId(path: string): string {
  const buffer = Buffer.alloc(40);
  const file = openSync(path, 'r');
  const size = readSync(file, buffer, 0, buffer.length, statSync(path).size - buffer.length);
  closeSync(file);
  return /"id":\d+/.exec(buffer.toString('latin1', 0, size))![0];
}

async function search(document: DatasetDocument, text: string, workerPath: string): Promise<Omit<SearchTimes, 'peakMb'>> {
  let firstMs = NaN;
  let rows = 0;
  const started = performance.now();
  const find = createFindRows(document, (found) => {
    if (found.rows.length > 0 && Number.isNaN(firstMs)) firstMs = performance.now() - started;
    rows += found.rows.length;
  }, { workerPath });
  try {
    const request: FindRequest = { text, matchCase: false, regex: false, with: undefined };
    const { order } = await find.run({ id: 1, find: request }, new AbortController().signal);
    const totalMs = performance.now() - started;
    return { text, firstMs: order ? totalMs : firstMs, totalMs, rows: order?.length ?? rows };
  } finally {
    find.dispose();
  }
}

function plainRead(path: string): number {
  const buffer = Buffer.alloc(256 * 1024);
  const started = performance.now();
  const file = openSync(path, 'r');
  while (readSync(file, buffer, 0, buffer.length, null) > 0);
  closeSync(file);
  return performance.now() - started;
}

function tool(command: string, args: string[]): { command: string; ms: number } {
  const started = performance.now();
  const { error } = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { command: [command, ...args.slice(0, -1)].join(' '), ms: error ? NaN : performance.now() - started };
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
