/** Starts and minds a row thread: feeds it a file piece by piece, hands out what it finds, and ends it when an expression hangs. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Cancelled, orCancelled, throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { Replacement, ReplacePreview } from '../dataset/find/replaceRow.ts';
import type { LineProblem } from '../language/validate.ts';
import { connectPeer, type Peer } from '../protocol/rpc.ts';
import type { Found, RowClientContract, RowWorkerContract, SearchEnd, SearchRequest, ShapeRequest, ShapeResult } from '../protocol/rows.ts';
import { localError, workerPort } from './workerPort.ts';

export interface FoundSoFar extends Found {
  /** Bytes that were looked at. */
  bytes: number;
  /** With the last of them: all rows in the order that was asked for, where one was. */
  end: Pick<SearchEnd, 'order'> | undefined;
}

export interface AcrossRequest {
  /** The bytes of the file in order. */
  chunks: AsyncIterable<Uint8Array>;
  /** Id of its rows' format. */
  format: string | undefined;
  /** Some of its lines, which count from 0, once more. */
  again(lines: readonly number[]): Promise<readonly string[]>;
}

export interface RowThread {
  /** One search at a time: a second one is the caller's mistake. `chunks` are the bytes of the file in order. */
  search(chunks: AsyncIterable<Uint8Array>, request: SearchRequest, signal?: AbortSignal): AsyncGenerator<FoundSoFar>;
  preview(lines: string[], replacement: Replacement): Promise<(ReplacePreview | null)[]>;
  /** What is wrong with the rows of a file taken together. */
  across(file: AcrossRequest, signal?: AbortSignal): Promise<LineProblem[]>;
  shape(request: ShapeRequest, options?: { signal?: AbortSignal; onProgress?(done: number, total: number): void }): Promise<ShapeResult>;
  dispose(): void;
}

export interface RowThreadOptions {
  /** The bundle of src/main/rowWorker.ts. By default beside the running bundle. */
  workerPath?: string;
  /** How long one piece of a file may take. */
  timeoutMs?: number;
}

type Requests = RowWorkerContract['requests'];

/** The first piece is small, so that the first rows are found at once. */
const FIRST_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** What the thread makes of a row is gone a moment later: with the room that V8 gives it by default, hundreds of megabytes would wait to be freed. */
const SHORT_LIVED_MB = 16;

interface Thread {
  worker: Worker;
  peer: Peer<RowClientContract, RowWorkerContract>;
  lost: Promise<never>;
}

/** Nothing is started before the first call. A call that hangs rejects with a UserError; the next one gets a new thread. */
export function startRowThread({ workerPath = join(__dirname, 'rowWorker.js'), timeoutMs = 5000 }: RowThreadOptions = {}): RowThread {
  let thread: Thread | undefined;
  let onProgress: ((done: number, total: number) => void) | undefined;

  const start = (): Thread => {
    const worker = new Worker(workerPath, { env: {}, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: SHORT_LIVED_MB } });
    const lost = new Promise<never>((_resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => reject(new Cancelled()));
    });
    lost.catch(() => undefined);
    return { worker, lost, peer: connectPeer<RowClientContract, RowWorkerContract>(workerPort(worker), {}, { progress: ({ done, total }) => onProgress?.(done, total) }) };
  };

  const end = (which: Thread | undefined) => {
    if (thread === which) thread = undefined;
    which?.peer.dispose();
    void which?.worker.terminate();
  };

  const ask = async <M extends keyof Requests & string>(method: M, params: Requests[M]['params'], limitMs: number | undefined, signal?: AbortSignal): Promise<Requests[M]['result']> => {
    throwIfAborted(signal);
    const asked = (thread ??= start());
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<never>((_resolve, reject) => {
      if (limitMs === undefined) return;
      timer = setTimeout(() => {
        reject(new UserError(`The search was stopped: one piece of the file took more than ${limitMs / 1000} seconds. Its regular expression may try for ever on some texts. Write it without repeats inside repeats, such as (a+)+.`, 'expression-hangs'));
        end(asked);
      }, limitMs);
    });
    slow.catch(() => undefined);
    const answer = Promise.race([asked.peer.request(method, params, signal), asked.lost, slow]).catch((error: unknown) => {
      throw localError(error);
    });
    // a shape is waited for also when it is cancelled: it removes what it has begun to write
    return (signal && limitMs !== undefined ? orCancelled(answer, signal) : answer).finally(() => clearTimeout(timer));
  };

  return {
    async *search(chunks, request, signal) {
      await ask('search/begin', request, 30_000 + timeoutMs, signal);
      let bytes = 0;
      // one piece is looked at while the next one is read
      let before: { answer: Promise<Found>; bytes: number } | undefined;
      for await (const piece of pieces(chunks)) {
        throwIfAborted(signal);
        bytes += piece.byteLength;
        const answer = ask('search/feed', { bytes: piece }, 2 * timeoutMs, signal);
        answer.catch(() => undefined); // taken up below
        if (before) yield { ...(await before.answer), bytes: before.bytes, end: undefined };
        before = { answer, bytes };
      }
      if (before) yield { ...(await before.answer), bytes, end: undefined };
      const { order, ...found } = await ask('search/end', null, 4 * timeoutMs, signal);
      yield { ...found, bytes, end: { order } };
    },
    preview: (lines, replacement) => ask('preview', { lines, replacement }, timeoutMs),
    async across({ chunks, format, again }, signal) {
      await ask('across/begin', { format }, undefined, signal);
      for await (const bytes of pieces(chunks)) await ask('across/feed', { bytes }, undefined, signal);
      const lines = await again(await ask('across/end', null, undefined, signal));
      return ask('across/look', { lines }, undefined, signal);
    },
    async shape(request, options = {}) {
      onProgress = options.onProgress;
      try {
        return await ask('shape', request, undefined, options.signal);
      } finally {
        onProgress = undefined;
      }
    },
    dispose: () => end(thread),
  };
}

/** The bytes in pieces of one size, in memory that the thread reads too. Each lasts until the next but one is asked for: one is looked at while another is filled. */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const memory = [0, 1].map(() => new Uint8Array(new SharedArrayBuffer(CHUNK_BYTES)));
  let piece = memory[0]!.subarray(0, FIRST_BYTES);
  let filled = 0;
  let made = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + piece.byteLength - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < piece.byteLength) continue;
      yield piece;
      filled = 0;
      piece = memory[++made % 2]!;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
