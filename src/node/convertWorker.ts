/** Starts a convert worker and asks it; ending it ends whatever it does. */

import { Worker } from 'node:worker_threads';
import { Cancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { ConvertChoices, ConvertClientContract, ConvertContract, ConvertRequest, RefusedRow, Survey } from '../protocol/convert.ts';
import { connectPeer } from '../protocol/rpc.ts';
import { localError, workerPort } from './workerPort.ts';

export interface ConvertWorker {
  /** What the file could become. */
  choices(input: string, from: string | undefined, signal: AbortSignal): Promise<ConvertChoices>;
  /** What would become of it; writes nothing. */
  survey(request: ConvertRequest, signal: AbortSignal): Promise<Survey>;
  /** Writes what was surveyed last. */
  write(request: ConvertRequest, signal: AbortSignal): Promise<{ rows: number }>;
  dispose(): void;
}

export interface ConvertEvents {
  progress?(event: { phase: 'survey' | 'write'; fraction: number }): void;
  refused?(row: RefusedRow): void;
}

/** One row and what tables need of many fit well into this. */
const MEMORY_MB = 2048;

/** `workerPath`: the bundle of src/main/convert.ts. */
export function startConvertWorker(workerPath: string, events: ConvertEvents, maxMemoryMb = MEMORY_MB): ConvertWorker {
  const worker = new Worker(workerPath, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb } });
  const peer = connectPeer<ConvertClientContract, ConvertContract>(workerPort(worker), {}, events);
  const lost = new Promise<never>((_, reject) => {
    worker.on('error', (error: Error & { code?: string }) => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new UserError(`Converting needed more than ${maxMemoryMb} MB of memory and was stopped. One row may be too large, or a table has too many columns.`, 'convert-memory') : error));
    worker.on('exit', () => reject(new Cancelled()));
  });
  lost.catch(() => undefined);
  const ask = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer.catch((error: Error) => Promise.reject(localError(error))), lost]);
  return {
    choices: (input, from, signal) => ask(peer.request('choices', { input, from }, signal)),
    survey: (request, signal) => ask(peer.request('survey', request, signal)),
    write: (request, signal) => ask(peer.request('write', request, signal)),
    dispose() {
      peer.dispose();
      void worker.terminate();
    },
  };
}
