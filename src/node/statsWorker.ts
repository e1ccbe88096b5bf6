/** Starts a statistics worker and asks it; ending it ends whatever it does. */

import { Worker } from 'node:worker_threads';
import { Cancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import type { DatasetStats } from '../methods/datasetStats.ts';
import { connectPeer } from '../protocol/rpc.ts';
import type { StatsClientContract, StatsContract, StatsRequest } from '../protocol/stats.ts';
import { localError, workerPort } from './workerPort.ts';

/** One row and a few thousand counters fit well into this. */
const MEMORY_MB = 2048;

/** `workerPath`: the bundle of src/main/stats.ts. The thread lives for one file. */
export async function countDataset(workerPath: string, request: StatsRequest, { onProgress, signal }: { onProgress(fraction: number): void; signal: AbortSignal }): Promise<DatasetStats> {
  const worker = new Worker(workerPath, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
  const peer = connectPeer<StatsClientContract, StatsContract>(workerPort(worker), {}, { progress: ({ fraction }) => onProgress(fraction) });
  const end = () => void worker.terminate();
  signal.addEventListener('abort', end, { once: true });
  const lost = new Promise<never>((_, reject) => {
    worker.on('error', (error: Error & { code?: string }) => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new UserError(`Counting needed more than ${MEMORY_MB} MB of memory and was stopped. One row may be too large.`, 'stats-memory') : error));
    worker.on('exit', () => reject(new Cancelled()));
  });
  lost.catch(() => undefined);
  try {
    return await Promise.race([peer.request('count', request, signal).catch((error: Error) => Promise.reject(localError(error))), lost]);
  } finally {
    signal.removeEventListener('abort', end);
    peer.dispose();
    end();
  }
}
