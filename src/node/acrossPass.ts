/** Holds the rows of an open file against each other, in a thread that lives as long as one pass, once changes rest. */

import { isCancelled } from '../core/abort.ts';
import type { LineProblem } from '../language/validate.ts';
import type { AcrossRequest, RowThread } from './rowThread.ts';

export interface AcrossPass {
  /** The rows changed: a pass that is under way is ended, and a new one begins after a rest. */
  restart(): void;
  dispose(): void;
}

export interface OpenedFile extends AcrossRequest {
  /** The rows are no longer what was opened. */
  isStale(): boolean;
}

export interface AcrossPassOptions {
  startThread(): RowThread;
  /** The rows as they are now. Undefined where there is nothing to look at. */
  open(signal: AbortSignal): Promise<OpenedFile | undefined>;
  onFound(found: readonly LineProblem[]): void;
  onError(error: unknown): void;
  restMs?: number;
}

export function createAcrossPass({ startThread, open, onFound, onError, restMs = 1000 }: AcrossPassOptions): AcrossPass {
  let timer: NodeJS.Timeout | undefined;
  let running = new AbortController();

  const look = async ({ signal }: AbortController) => {
    const thread = startThread();
    const end = () => thread.dispose();
    signal.addEventListener('abort', end, { once: true });
    let file: OpenedFile | undefined;
    try {
      file = await open(signal);
      const found = file && (await thread.across(file, signal));
      if (found && !signal.aborted && !file!.isStale()) onFound(found);
    } catch (error) {
      // rows that change while they are read may fail in any way
      if (!isCancelled(error) && !signal.aborted && !file?.isStale()) onError(error);
    } finally {
      signal.removeEventListener('abort', end);
      end();
      if (!signal.aborted && file?.isStale()) pass.restart();
    }
  };

  const stop = () => {
    clearTimeout(timer);
    running.abort();
  };

  const pass: AcrossPass = {
    restart() {
      stop();
      running = new AbortController();
      timer = setTimeout(() => void look(running), restMs);
    },
    dispose: stop,
  };
  return pass;
}
