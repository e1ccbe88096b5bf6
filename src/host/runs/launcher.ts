/** Starts trainers and knows which ones are still loading, so that the window can say so before the first event is written. */

import { createEmitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import { inspectLock } from '../../node/runDirectory.ts';
import { startTrainer } from '../../node/trainerProcess.ts';
import * as vscode from 'vscode';
import type { HostContext } from '../context.ts';
import type { RunStore } from './runStore.ts';
import { trainerNode, trainerPath } from './trainer.ts';

export interface RunLauncher {
  /** Resolves when it trains; rejects with what it said when it ended before. */
  launch(dir: string, options: { resume: boolean }): Promise<void>;
  isLaunching(dir: string): boolean;
  /** Ends a trainer that is still loading. False when none is. */
  cancel(dir: string): boolean;
  onDidChange(listener: () => void): () => void;
}

export function createLauncher(context: HostContext, store: () => RunStore): RunLauncher {
  const launching = new Map<string, AbortController>();
  const changed = createEmitter<void>();
  return {
    async launch(dir, { resume }) {
      if (launching.has(dir)) throw new UserError(vscode.l10n.t('{0} is being started already.', dir));
      const abort = new AbortController();
      launching.set(dir, abort);
      changed.emit();
      try {
        const { state, record } = await inspectLock(dir);
        if (state === 'held') throw new UserError(vscode.l10n.t('{0}: a trainer works here already (process {1} on {2}). Stop it first.', dir, record?.pid ?? '?', record?.host ?? '?'), 'run-locked');
        const { pid, started } = await startTrainer({ trainerPath: trainerPath(context), runDir: dir, node: await trainerNode(context), resume, signal: abort.signal });
        context.log.info(`${dir}: process ${pid} trains on ${started.backend}, ${started.device}`);
      } finally {
        launching.delete(dir);
        changed.emit();
        await store().add(dir);
      }
    },
    isLaunching: (dir) => launching.has(dir),
    cancel(dir) {
      launching.get(dir)?.abort();
      return launching.has(dir);
    },
    onDidChange: (listener) => changed.on(listener),
  };
}
