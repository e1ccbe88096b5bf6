/** Long work in short slices: on a thread that people wait for, other work gets a turn every few milliseconds. */

import { Cancelled, throwIfAborted } from './abort.ts';

export interface Slicer {
  /** Returns at once within a slice; after it, waits until everything else that is due has run. Throws `Cancelled` when aborted. */
  pause(): Promise<void> | void;
}

/** `await slicer.pause()` belongs into the loop, where one round takes well below a slice. */
export function createSlicer(sliceMs = 8, signal?: AbortSignal): Slicer {
  let start = performance.now();
  return {
    pause() {
      throwIfAborted(signal);
      if (performance.now() - start < sliceMs) return;
      return new Promise<void>((resolve, reject) => {
        setTimeout(() => {
          start = performance.now();
          if (signal?.aborted) reject(new Cancelled());
          else resolve();
        }, 0);
      });
    },
  };
}
