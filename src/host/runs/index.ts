/** Runs in the window: found, started, shown, stopped, resumed and asked. Puts the parts of this folder together. */

import { resolve as resolvePath } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import { runStatus, sendRequest } from '../../node/runDirectory.ts';
import type { RunViewHost } from '../../protocol/runView.ts';
import { runPaths } from '../../run/directory.ts';
import type { Feature, HostContext } from '../context.ts';
import type { CommandId } from '../manifest/commands.ts';
import { DATASET_EDITOR } from '../manifest/editors.ts';
import { askToTrain } from './allowed.ts';
import { runName } from './facts.ts';
import { createLauncher } from './launcher.ts';
import { newRunSpec } from './newSpec.ts';
import { createRunNotifications } from './notifications.ts';
import { createRunPanels } from './panel.ts';
import { activeFile, pickRun } from './pick.ts';
import { branchRun, goOnLonger } from './goOn.ts';
import { answers, createRunStore, isLive, isRested, type RunItem } from './runStore.ts';
import { createRunsTree } from './runsTree.ts';
import { createSpecProblems } from './specProblems.ts';
import { resumeRun, startRun, type StartDependencies } from './startRun.ts';
import { createRunStatusBar } from './statusBar.ts';

type RunCommand = Extract<CommandId, `posttrain.run.${string}` | `posttrain.runs.${string}`>;

export interface RunsFeature extends Feature<RunCommand> {
  /** Resolves when the workspace has been looked through for runs once. */
  readonly ready: Promise<void>;
}

export function registerRuns(context: HostContext): RunsFeature {
  const { t } = vscode.l10n;
  const launcher = createLauncher(context, () => store);
  const store = createRunStore(context, launcher);
  const panels = createRunPanels(context, store, { act });
  const problems = createSpecProblems();
  const open = (dir: string) => panels.open(dir);
  const dependencies: StartDependencies = { context, launcher, problems, open, resume };
  const ready = store.refresh().catch(context.report);
  const parts = vscode.Disposable.from(
    createRunsTree(store),
    createRunStatusBar(store),
    createRunNotifications(context, store, { isInView: panels.isInView, open, ask, resume, openLog, message: (dir) => store.messageOf(dir) }),
    panels,
    problems,
    store,
  );

  // `npm start -- --ui` opens a window on the run that it made.
  const asked = process.env.POSTTRAIN_OPEN_RUN;
  if (asked) ready.then(() => open(asked)).catch(context.report);

  async function act(dir: string, { action, path }: RunViewHost['requests']['run/act']['params']): Promise<void> {
    switch (action) {
      case 'stop':
        return stop(dir);
      case 'pause':
        return pause(dir);
      case 'continue':
        return goOn(dir);
      case 'resume':
        return resume(dir);
      case 'openLog':
        return openLog(dir);
      case 'openEvents':
        return show(vscode.Uri.file(runPaths(dir).events));
      case 'openSpec':
        return openSpec(dir);
      case 'reveal':
        return reveal(dir);
      case 'openDataset':
        if (path) await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), DATASET_EDITOR);
        return;
      case 'manageTrust':
        await vscode.commands.executeCommand('workbench.trust.manage');
        return;
    }
  }

  async function stop(dir: string): Promise<void> {
    if (launcher.cancel(dir)) return; // still loading: there is nothing to save
    await sendRequest(dir, 'stop');
  }

  /** Answers at once: the trainer pauses after its step, and the views show that. */
  async function pause(dir: string): Promise<void> {
    if ((await runStatus(dir)) !== 'running') throw new UserError(t('{0} is not running, so there is nothing to pause.', runName(dir)));
    await sendRequest(dir, 'pause');
  }

  async function goOn(dir: string): Promise<void> {
    if ((await runStatus(dir)) !== 'paused') throw new UserError(t('{0} is not paused. To go on with a run that was stopped or interrupted, resume it.', runName(dir)));
    await sendRequest(dir, 'resume');
  }

  async function resume(dir: string): Promise<void> {
    await resumeRun(dependencies, dir);
  }

  async function ask(dir: string): Promise<void> {
    if (await askToTrain()) await panels.open(dir, { tab: 'ask' });
  }

  async function openLog(dir: string): Promise<void> {
    await show(vscode.Uri.file(runPaths(dir).log));
  }

  async function openSpec(dir: string): Promise<void> {
    const file = await store.specFileOf(dir);
    if (!file) throw new UserError(t('{0} does not say which spec file it came from. Its settings are in run.json.', runName(dir)));
    await show(vscode.Uri.file(file));
  }

  async function reveal(dir: string): Promise<void> {
    const uri = vscode.Uri.file(dir);
    // Inside the workspace the explorer shows it, also in a remote window; elsewhere the system's own file manager does.
    await vscode.commands.executeCommand(vscode.workspace.getWorkspaceFolder(uri) ? 'revealInExplorer' : 'revealFileInOS', uri);
  }

  async function show(uri: vscode.Uri): Promise<void> {
    try {
      await vscode.window.showTextDocument(uri, { preview: true });
    } catch {
      throw new UserError(t('{0} cannot be opened: it does not exist (yet), or is too large for a text editor.', uri.fsPath));
    }
  }

  /** The run a command is meant for: from the tree, a panel, a link; else the panel in front; else a choice. */
  async function target(argument: unknown, wanted: (run: RunItem) => boolean, words: { title: string; placeHolder: string; none: string }): Promise<string | undefined> {
    const given = runOf(argument);
    if (given) return given;
    await ready;
    const fitting = store.runs.filter(wanted);
    const front = panels.active;
    if (front && fitting.some((run) => run.dir === front)) return front;
    return pickRun(fitting, words);
  }

  return {
    ready,
    commands: {
      'posttrain.run.start': (argument) => startRun(dependencies, argument instanceof vscode.Uri ? argument : undefined),
      'posttrain.run.new': (argument) => newRunSpec(argument instanceof vscode.Uri ? argument : datasetInFront()),
      async 'posttrain.run.stop'(argument) {
        const dir = await target(argument, (run) => isLive(run.status), { title: t('Stop Run'), placeHolder: t('Which run? It writes a checkpoint and can be resumed.'), none: t('No run is going.') });
        if (dir) await stop(dir);
      },
      async 'posttrain.run.pause'(argument) {
        const dir = await target(argument, (run) => run.status === 'running', { title: t('Pause Run'), placeHolder: t('Which run? It waits after this step and keeps its memory.'), none: t('No run is going.') });
        if (dir) await pause(dir);
      },
      async 'posttrain.run.continue'(argument) {
        const dir = await target(argument, (run) => run.status === 'paused', { title: t('Continue Paused Run'), placeHolder: t('Which run?'), none: t('No run is paused.') });
        if (dir) await goOn(dir);
      },
      async 'posttrain.run.resume'(argument) {
        const dir = await target(argument, (run) => !isLive(run.status) && run.status !== 'completed', { title: t('Resume Run'), placeHolder: t('Which run?'), none: t('There is no run to resume: none was stopped, failed or interrupted.') });
        if (dir) await resume(dir);
      },
      async 'posttrain.run.longer'(argument) {
        const dir = await target(argument, isRested, { title: t('Let Run Go On Longer'), placeHolder: t('Which run?'), none: t('There is no run that could go on longer: none has ended.') });
        if (dir) await goOnLonger(dependencies, dir);
      },
      async 'posttrain.run.branch'(argument) {
        const dir = await target(argument, isRested, { title: t('Branch Run from Checkpoint'), placeHolder: t('Which run?'), none: t('There is no run to branch from: none has ended.') });
        if (dir) await branchRun(dependencies, dir);
      },
      async 'posttrain.run.open'(argument) {
        const dir = await target(argument, () => true, { title: t('Open Run'), placeHolder: t('Which run?'), none: t('No runs in this workspace yet. Start one with "Posttrain: Start Run".') });
        if (dir) await panels.open(dir);
      },
      async 'posttrain.run.ask'(argument) {
        const dir = await target(argument, answers, { title: t('Ask Base and Tuned Model'), placeHolder: t('Which run?'), none: t('No run has a result yet. Start one with "Posttrain: Start Run".') });
        if (dir) await ask(dir);
      },
      async 'posttrain.run.merge'(argument) {
        const dir = await target(argument, (run) => run.step > 0, { title: t('Merge Adapter of Run'), placeHolder: t('Which run? The whole model is written beside it.'), none: t('No run has a result yet. Start one with "Posttrain: Start Run".') });
        if (!dir) return undefined;
        const { mergeRun } = await import('./mergeRun.ts');
        return mergeRun(context, dir);
      },
      async 'posttrain.run.openLog'(argument) {
        const dir = runOf(argument) ?? panels.active;
        if (dir) await openLog(dir);
      },
      async 'posttrain.run.openSpec'(argument) {
        const dir = runOf(argument) ?? panels.active;
        if (dir) await openSpec(dir);
      },
      async 'posttrain.run.reveal'(argument) {
        const dir = runOf(argument) ?? panels.active;
        if (dir) await reveal(dir);
      },
      'posttrain.runs.refresh': () => store.refresh(),
    },
    dispose: () => parts.dispose(),
  };
}

/** A tree item, a path, or a uri of a run directory; always written the same way, so that one run has one panel. */
function runOf(argument: unknown): string | undefined {
  const dir = argument instanceof vscode.Uri ? argument.fsPath : typeof argument === 'string' ? argument : (argument as Partial<RunItem> | undefined)?.dir;
  return typeof dir === 'string' ? resolvePath(dir) : undefined;
}

function datasetInFront(): vscode.Uri | undefined {
  const file = activeFile();
  return file && /\.(jsonl|ndjson)$/i.test(file.path) ? file : undefined;
}
