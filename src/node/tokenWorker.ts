/** Starts and minds a token worker: answers in order, cancelling, and an end for a template or tokenizer file that hangs. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Cancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { Message } from '../dataset/example.ts';
import { connectPeer, type Peer } from '../protocol/rpc.ts';
import type { PackedRows, PrepareSettings, RenderSettings, TokenClientContract, TokenizerInfo, TokenWorkerContract, TokenWorkerData } from '../protocol/tokens.ts';
import type { PreparedRow } from '../tokens/prepare.ts';
import type { TokenizerFiles } from '../tokens/tokenizer.ts';
import { localError, workerPort } from './workerPort.ts';

export interface TokenWorker {
  info(signal?: AbortSignal): Promise<TokenizerInfo>;
  prepare(rows: readonly { line: number; text: string }[], settings: PrepareSettings, signal?: AbortSignal): Promise<PreparedRow[]>;
  /** The text of a conversation as the model reads it. */
  render(messages: readonly Message[], settings?: RenderSettings, signal?: AbortSignal): Promise<string>;
  /** Without special tokens around it unless asked for: plain text that a model is given needs them, rendered chat has them. */
  encode(text: string, opts?: { addSpecialTokens?: boolean }, signal?: AbortSignal): Promise<number[]>;
  decode(ids: readonly number[], opts?: { skipSpecialTokens?: boolean }, signal?: AbortSignal): Promise<string>;
  /** Each token as the vocabulary writes it. */
  texts(ids: readonly number[]): Promise<string[]>;
  dispose(): void;
}

export interface TokenWorkerOptions {
  /** The bundle of src/main/tokenWorker.ts. By default beside the running bundle. */
  workerPath?: string;
  /** How long one row, or a call for something else, may keep the worker busy. */
  timeoutMs?: number;
  /** How much memory the worker may use. */
  maxMemoryMb?: number;
}

type Requests = TokenWorkerContract['requests'];

interface Call {
  method: keyof Requests;
  params: unknown;
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  /** Given up by its caller: its answer is awaited, so that the order holds, and thrown away. */
  cancelled: boolean;
  abort: AbortController;
}

interface Thread {
  worker: Worker;
  peer: Peer<TokenClientContract, TokenWorkerContract>;
  running: boolean;
}

/** More than enough for a thread to begin on a busy machine. */
const startMs = 30_000;

/**
 * Nothing is started before the first call, and an idle worker keeps no process alive. Calls are answered in order. One that does not
 * get on for `timeoutMs`, or takes more memory than the worker may have, ends the thread and rejects with a UserError that names the
 * tokenizer's folder; the calls behind it go to a new thread.
 */
export function startTokenWorker(files: TokenizerFiles, options: TokenWorkerOptions = {}): TokenWorker {
  const { workerPath = join(__dirname, 'tokenWorker.js'), timeoutMs = 20_000, maxMemoryMb = 2048 } = options;
  let calls: Call[] = [];
  let thread: Thread | undefined;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;

  const start = (): Thread => {
    const data: TokenWorkerData = { files };
    const worker = new Worker(workerPath, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb }, env: {}, execArgv: [] });
    const progress = () => {
      started.running = true;
      if (thread === started) watch();
    };
    const started: Thread = { worker, peer: connectPeer(workerPort(worker), {}, { progress }), running: false };
    worker.on('error', (error) => lose(started, crash(error)));
    worker.on('exit', () => lose(started, new Error('The token worker ended by itself.')));
    for (const call of calls) send(started, call);
    return started;
  };

  const send = (to: Thread, call: Call) => {
    to.peer.request(call.method, call.params as never, call.abort.signal).then(
      (result) => settle(to, call, () => call.resolve(result as never)),
      (error: Error) => settle(to, call, () => call.reject(localError(error))),
    );
  };

  /** The thread answers in order, so the first call is the one that it works on. */
  const settle = (from: Thread, call: Call, answer: () => void) => {
    if (from !== thread) return; // a lost thread's calls were answered or sent again when it was lost
    calls = calls.filter((c) => c !== call);
    if (!call.cancelled) answer();
    watch();
  };

  const watch = () => {
    clearTimeout(timer);
    if (calls.length === 0) return thread?.worker.unref();
    thread?.worker.ref();
    timer = setTimeout(() => {
      if (thread) lose(thread, tooSlow(calls[0]!));
    }, thread?.running === false ? startMs + timeoutMs : timeoutMs);
  };

  /** Ends the thread; the call that it worked on gets the blame, those behind it a new thread. */
  const lose = (lost: Thread, blame: Error) => {
    if (thread !== lost) return;
    thread = undefined;
    const [first, ...rest] = calls;
    calls = rest;
    lost.peer.dispose();
    void lost.worker.terminate();
    if (first && !first.cancelled) first.reject(blame);
    calls = calls.filter((call) => !call.cancelled);
    if (calls.length > 0 && !disposed) thread = start();
    watch();
  };

  const tooSlow = (call: Call) => {
    const what = call.method === 'render' || call.method === 'prepare' ? 'chat template or tokenizer' : 'tokenizer';
    return new UserError(`The ${what} of ${files.name} gave no answer within ${timeoutMs / 1000} seconds and was stopped. It may loop without end: check chat_template.jinja and tokenizer.json there.`, 'tokenizer-hangs');
  };

  const crash = (error: Error & { code?: string }) =>
    error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? new UserError(`The chat template or tokenizer of ${files.name} needed more than ${maxMemoryMb} MB and was stopped. Check chat_template.jinja and tokenizer.json there.`, 'tokenizer-memory')
      : error;

  const ask = <M extends keyof Requests>(method: M, params: Requests[M]['params'], signal?: AbortSignal): Promise<Requests[M]['result']> =>
    new Promise((resolve, reject) => {
      if (disposed) return reject(new Error('The token worker is disposed.'));
      if (signal?.aborted) return reject(new Cancelled());
      const call: Call = { method, params, resolve, reject, cancelled: false, abort: new AbortController() };
      const onAbort = () => {
        if (!calls.includes(call)) return;
        call.cancelled = true;
        call.abort.abort();
        reject(new Cancelled());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // A file of a million rows makes thousands of calls with one signal.
      const unlisten = () => signal?.removeEventListener('abort', onAbort);
      call.resolve = (value) => (unlisten(), resolve(value));
      call.reject = (error) => (unlisten(), reject(error));
      calls.push(call);
      if (thread) send(thread, call);
      else thread = start();
      if (calls.length === 1) watch();
    });

  return {
    info: (signal) => ask('info', null, signal),
    prepare: async (rows, settings, signal) => unpack(await ask('prepare', { rows: [...rows], settings }, signal)),
    render: (messages, settings = {}, signal) => ask('render', { messages: [...messages], settings }, signal),
    encode: (text, opts, signal) => ask('encode', { text, addSpecialTokens: opts?.addSpecialTokens ?? false }, signal),
    decode: (ids, opts, signal) => ask('decode', { ids: [...ids], skipSpecialTokens: opts?.skipSpecialTokens ?? false }, signal),
    texts: (ids) => ask('texts', { ids: [...ids] }),
    dispose() {
      disposed = true;
      clearTimeout(timer);
      const waiting = calls;
      calls = [];
      const ended = thread;
      thread = undefined;
      ended?.peer.dispose();
      void ended?.worker.terminate();
      for (const call of waiting) if (!call.cancelled) call.reject(new Cancelled());
    },
  };
}

function unpack({ rows, ids, trained }: PackedRows): PreparedRow[] {
  let at = 0;
  return rows.map(({ line, problems, sides }) => ({
    line,
    problems,
    sides: sides.map(({ length, ...side }) => {
      const from = at;
      at += length;
      return { ...side, ids: Array.from(ids.subarray(from, at)), trained: Array.from(trained.subarray(from, at)) };
    }),
  }));
}
