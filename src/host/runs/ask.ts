/** Asks the base model and the tuned one the same question, through a trainer process in serve mode that lives as long as the panel. */

import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { Cancelled, isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { startServe, type ServeProcess } from '../../node/trainerProcess.ts';
import { connectPeer, type Peer } from '../../protocol/rpc.ts';
import type { AskAnswer, AskParams, AskSide } from '../../protocol/runView.ts';
import type { TrainerClientContract, TrainerContract } from '../../protocol/trainer.ts';
import { checkpointStep, runPaths } from '../../run/directory.ts';
import type { HostContext } from '../context.ts';
import { trainingBlocked } from './allowed.ts';
import type { FollowedRun } from './followedRun.ts';
import { trainerPath, trainerNode } from './trainer.ts';

export interface Asker extends vscode.Disposable {
  ask(params: AskParams, signal: AbortSignal, tell: { state(side: AskSide, text: string): void; text(side: AskSide, text: string): void }): Promise<Partial<Record<AskSide, AskAnswer>>>;
}

interface Serving {
  process: ServeProcess;
  peer: Peer<TrainerClientContract, TrainerContract>;
}

/** A process that nobody asks anything holds two models in memory: it is given back after a while. */
const IDLE_MS = 5 * 60_000;

export function createAsker(context: HostContext, dir: string, run: FollowedRun): Asker {
  let serving: Promise<Serving> | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Map<string, (text: string) => void>();

  const start = async (): Promise<Serving> => {
    const process = await startServe({ trainerPath: trainerPath(context), node: await trainerNode(context), backend: context.settings.get('posttrain.ask.backend'), otherBackend: 'set posttrain.ask.backend to "wasm"', cwd: dir, onLog: (line) => context.log.debug(`serve: ${line}`) });
    const peer = connectPeer<TrainerClientContract, TrainerContract>(process.port, {}, { token: ({ stream, text }) => listeners.get(stream)?.(text) });
    void process.exited.then(() => {
      peer.dispose();
      serving = undefined;
    });
    const ended = process.endWords().then((words): never => {
      throw new UserError(words);
    });
    await Promise.race([peer.ready, ended]);
    return { process, peer };
  };
  const stop = () => {
    clearTimeout(idle);
    void serving?.then(({ peer, process }) => {
      peer.dispose();
      process.dispose();
    }, () => undefined);
    serving = undefined;
  };

  return {
    async ask(params, signal, tell) {
      const blocked = trainingBlocked();
      if (blocked) throw new UserError(blocked);
      clearTimeout(idle);
      const folders = modelFolders(dir, run);
      try {
        serving ??= start();
        serving.catch(() => (serving = undefined));
        const { peer, process } = await serving;
        const gone = process.endWords().then((words): never => {
          throw new UserError(words);
        });
        const answers: Partial<Record<AskSide, AskAnswer>> = {};
        // One after the other: two at once share the same cores, and the first answer would come later.
        for (const side of params.sides) {
          if (signal.aborted) throw new Cancelled();
          tell.state(side, vscode.l10n.t('Loading {0}…', folders[side].label));
          const { model } = await Promise.race([peer.request('load', { dir: folders[side].path }, signal), gone]);
          tell.state(side, vscode.l10n.t('Thinking…'));
          answers[side] = await Promise.race([answer(peer, model, side), gone]);
        }
        return answers;
      } catch (error) {
        if (signal.aborted || isCancelled(error)) throw new Cancelled();
        throw error;
      } finally {
        idle = setTimeout(stop, IDLE_MS);
      }

      async function answer(peer: Serving['peer'], model: string, side: AskSide): Promise<AskAnswer> {
        const stream = `${params.stream}-${side}`;
        const begun = Date.now();
        let first = true;
        listeners.set(stream, (text) => {
          if (first) tell.state(side, '');
          first = false;
          tell.text(side, text);
        });
        try {
          const { completions } = await peer.request('generate', { model, prompts: [params.question], max_new_tokens: params.maxNewTokens, temperature: params.temperature, seed: params.seed, stream }, signal);
          const got = completions[0];
          return { text: got?.completion ?? '', finish: got?.finish ?? 'stop', seconds: (Date.now() - begun) / 1000, tokens: got?.ids.length ?? 0, model: folders[side].label };
        } finally {
          listeners.delete(stream);
        }
      }
    },
    dispose: stop,
  };
}

/** The base is the model that the run started from; the tuned one its result, or its newest checkpoint while there is none. */
function modelFolders(dir: string, run: FollowedRun): Record<AskSide, { path: string; label: string }> {
  const base = run.record?.spec.model_name_or_path;
  if (!base) throw new UserError(vscode.l10n.t('{0} does not say which model the run started from.', runPaths(dir).record));
  const summary = run.view.summary();
  const checkpoint = summary.checkpoints.at(-1)?.path;
  const finished = run.status === 'completed';
  const tuned = finished ? runPaths(dir).final : checkpoint && join(dir, checkpoint);
  if (!tuned) throw new UserError(vscode.l10n.t('There is nothing to ask yet: the run has written no checkpoint.'));
  const name = (path: string) => path.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1) ?? path;
  const step = checkpointStep(name(tuned));
  return {
    base: { path: isAbsolute(base) ? base : join(dir, base), label: name(base) },
    tuned: { path: tuned, label: finished ? vscode.l10n.t('result') : step === undefined ? name(tuned) : vscode.l10n.t('step {0}', step) },
  };
}
