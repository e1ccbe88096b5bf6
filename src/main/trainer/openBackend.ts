/** Opens what a run computes with, and the next where `backend: auto` took one that has too little memory for it. */

import { chooseBackend, type Backend, type BackendId, type ChosenBackend } from '../../backend/index.ts';
import { computeEnvironment } from '../../backend/environment.ts';
import { UserError } from '../../core/problem.ts';
import { openingMark } from '../../node/trainerProcess.ts';
import type { BackendUse } from '../../run/directory.ts';

type Warn = (message: string) => void;

export function openRunBackend(name: string, warn: Warn, passedOver?: ChosenBackend['passedOver']): Promise<ChosenBackend> {
  return chooseBackend(name, { warn, opening: (id) => console.log(`${openingMark}${id}`) }, passedOver);
}

/** `requireFit` throws where the run does not fit into the memory of a backend. When it fits into none, what it threw first is thrown, and none is open. */
export async function openFitting(chosen: ChosenBackend, name: string, warn: Warn, requireFit: (backend: Backend) => void, open = openRunBackend): Promise<ChosenBackend> {
  let refusal: unknown;
  for (let current = chosen; ; ) {
    const { backend } = current;
    try {
      requireFit(backend);
      return current;
    } catch (error) {
      if (name !== 'auto' || !(error instanceof UserError) || error.code !== 'out-of-memory') {
        await backend.dispose();
        throw error;
      }
      refusal ??= error;
      const tooSmall = new Map<BackendId, string>([...current.passedOver, [backend.name, error.message.charAt(0).toLowerCase() + error.message.slice(1).replace(/\. .*$/s, '')]]);
      await backend.dispose();
      current = await open(name, warn, tooSmall).catch(() => {
        throw refusal;
      });
    }
  }
}

/** For run.json. */
export function backendUse({ backend, reason }: ChosenBackend): BackendUse {
  return { id: backend.name, reason, threads: backend.threads, environment: computeEnvironment() };
}
