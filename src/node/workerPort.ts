/** The two ends of the line between a thread and its owner, as ports, and a thread's errors as they would be on the owner's side. */

import { parentPort, type Worker } from 'node:worker_threads';
import { Cancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
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

/** What the thread meant for a person is that on this side too. */
export function localError<E>(error: E): E | Error {
  if (!(error instanceof Error)) return error;
  if (error.name === 'Cancelled') return new Cancelled();
  return error.name === 'UserError' && !(error instanceof UserError) ? new UserError(error.message, (error as { code?: string }).code) : error;
}
