/** `backend: auto`: the fastest of what can be opened here, and why it is no faster one. */

import { mayBeSlower, yieldsTo } from '../core/yieldsTo.ts';
import { UnusableBackend, type Backend, type BackendId, type BackendOptions, type BackendSlot } from './backend.ts';

/** Where it computes is known once it is open: one slot may be a fast one here and a slow one there. */
export type BackendKind = Pick<Backend, 'name' | 'gpu'>;

export interface ChosenBackend {
  backend: Backend;
  /** Why this one, and why no faster one: "the fastest that works here; tensorflow: it is not set up". */
  reason: string;
  /** Those that were not taken, also by one that chooses again. */
  passedOver: PassedOver;
}

/** Backends that a run cannot take, with the reason in words. */
export type PassedOver = ReadonlyMap<BackendId, string>;

/** How `auto` finds out: what there is, in which order, and how fast one is that may be slower than the next. */
export interface Choice {
  slot: (id: BackendId) => BackendSlot;
  fastestFirst: readonly BackendKind[];
  measure: (backend: Backend) => Promise<number>;
}

/** Goes on to the next where one cannot be opened or is slower than that, and warns where it is set up and broken. */
export async function chooseFastest({ slot, fastestFirst, measure }: Choice, options: BackendOptions, passedOver: PassedOver): Promise<ChosenBackend> {
  const reasons = new Map(passedOver);
  const opened = new Map<BackendId, Backend>();
  const open = async (id: BackendId): Promise<Backend | undefined> => {
    if (opened.has(id) || reasons.has(id)) return opened.get(id);
    const problem = slot(id).unusable(options);
    if (problem) {
      reasons.set(id, problem.reason);
      return undefined;
    }
    options.opening?.(id);
    try {
      const backend = await slot(id).open(options);
      opened.set(id, backend);
      return backend;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reasons.set(id, error instanceof UnusableBackend ? error.problem.reason : `it does not start (${message})`);
      // Where no repair would help, as without a card, nothing is broken: every run would say it again.
      if (!(error instanceof UnusableBackend)) options.warn?.(`The ${id} backend does not start: ${message}`);
      else if (error.problem.setUp) options.warn?.(message);
      return undefined;
    }
  };
  const words = () => [...reasons].map(([id, why]) => `${id}: ${why}`);
  // Active is the one that was opened last.
  const activate = (backend: Backend) => backend.tf.setBackend(backend.name);
  const measured = async (backend: Backend) => {
    activate(backend);
    // One that fails at it is the slowest.
    return { backend: backend.name, gflops: await measure(backend).catch(() => 0) };
  };
  let first: Backend | undefined;
  for (const kind of fastestFirst) {
    const backend = await open(kind.name);
    if (backend?.gpu !== kind.gpu) {
      if (backend && !fastestFirst.some(({ name, gpu }) => name === backend.name && gpu === backend.gpu)) reasons.set(backend.name, 'there is no graphics card that it can use');
      continue;
    }
    if (first) {
      const [one, next] = [await measured(first), await measured(backend)];
      if (yieldsTo(one, next)) {
        reasons.set(first.name, `slower here (${Math.round(one.gflops)} of ${Math.round(next.gflops)} GFLOP/s)`);
        first = backend;
      }
      break;
    }
    first = backend;
    if (!mayBeSlower(backend.name)) break;
  }
  for (const other of opened.values()) if (other !== first) await other.dispose();
  if (!first) throw new UnusableBackend('auto', { reason: words().join('; '), next: '`posttrain devices` says more.', setUp: false });
  activate(first);
  return { backend: first, passedOver: reasons, reason: ['the fastest that works here', ...words()].join('; ') };
}
