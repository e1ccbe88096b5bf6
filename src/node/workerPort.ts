/** The two ends of the line between a thread and its owner, as ports. */

import { parentPort, type Worker } from 'node:worker_threads';
import type { Port } from '../protocol/rpc.ts';

/** To a thread that was started. */
export function workerPort(worker: Worker): Port {
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage) {
      worker.on('message', onMessage);
      return () => worker.off('message', onMessage);
    },
  };
}

/** In a thread: to its owner. */
export function ownerPort(): Port {
  const owner = parentPort!;
  return {
    post: (message) => owner.postMessage(message),
    listen(onMessage) {
      owner.on('message', onMessage);
      return () => owner.off('message', onMessage);
    },
  };
}
