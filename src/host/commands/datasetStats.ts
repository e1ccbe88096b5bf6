/** Show Dataset Statistics: a page with what a dataset holds and can feed. A worker counts; the page shows the last whole count while the next is under way. */

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { formats } from '../../dataset/formats/index.ts';
import { adviceOf, feedsOf, secondsFor } from '../../methods/datasetStats.ts';
import { methodsFor } from '../../methods/index.ts';
import { presentBackends } from '../../methods/shared.ts';
import { requireModelConfig } from '../../model/config.ts';
import { parameterCount } from '../../model/shapes.ts';
import { findDevices } from '../../node/devices.ts';
import { countDataset } from '../../node/statsWorker.ts';
import { automatic, type Device } from '../../protocol/devicesView.ts';
import { connectPeer, type Peer } from '../../protocol/rpc.ts';
import type { StatsChoices, StatsState, StatsViewHost, StatsViewPage } from '../../protocol/statsView.ts';
import type { HostContext } from '../context.ts';
import { STATS_PANEL } from '../manifest/editors.ts';
import { askToTrain, localPath } from '../runs/allowed.ts';
import { activeFile, findModels } from '../runs/pick.ts';
import { trainerNode, trainerPath } from '../runs/trainer.ts';
import { webviewHtml, webviewOptions, webviewPort } from '../webviewPage.ts';

/** Pages that are open, by the address of their file. */
const shown = new Map<string, { reveal(): void }>();

export async function showStats(context: HostContext, target: unknown): Promise<void> {
  const file = target instanceof vscode.Uri ? target : (activeFile() ?? (await pickFile()));
  if (!file) return;
  const path = localPath(file);
  const key = file.toString();
  const open = shown.get(key);
  if (open) return open.reveal();
  const name = vscode.workspace.asRelativePath(file);
  const title = vscode.l10n.t('Statistics of {0}', name.split('/').at(-1)!);
  const panel = vscode.window.createWebviewPanel(STATS_PANEL, title, vscode.ViewColumn.Active, webviewOptions(context));
  panel.iconPath = { light: context.asset('media', 'icons', 'run-light.svg'), dark: context.asset('media', 'icons', 'run-dark.svg') };

  let model = await rememberedModel(context);
  let counting = new AbortController();
  let state: StatsState = { name, model: '', choices: { method: null, maxLength: 1024, epochs: 3, tokensPerSecond: null }, counted: null, advice: [], seconds: { given: null, best: null }, fraction: null, error: '', probe: null, measuring: false };
  const change = (part: Partial<StatsState>) => {
    state = judged({ ...state, ...part });
    host.emit('stats/changed', state);
  };
  const count = async () => {
    counting.abort();
    const { signal } = (counting = new AbortController());
    const { method, maxLength } = state.choices;
    change({ fraction: 0, error: '', model: model === undefined ? '' : nameOf(model) });
    try {
      const tokens = model === undefined ? undefined : { dir: model, ...(method !== null && { method }), params: { max_length: maxLength } };
      let told = 0;
      const onProgress = (fraction: number) => {
        // Once for each hundredth of the file.
        if (signal.aborted || fraction - told < 0.01) return;
        told = fraction;
        change({ fraction });
      };
      const stats = await countDataset(context.asset('dist', 'stats.js').fsPath, { path, ...(tokens && { tokens }) }, { signal, onProgress });
      if (!signal.aborted) change({ counted: { stats, feeds: feedsOf(stats), methods: stats.format === undefined ? [] : methodsFor(formats.find(stats.format)) }, fraction: null });
    } catch (error) {
      if (!signal.aborted && !isCancelled(error)) change({ fraction: null, error: error instanceof Error ? error.message : String(error) });
    }
  };
  const measure = async () => {
    if (state.measuring || model === undefined || !(await askToTrain())) return;
    change({ measuring: true });
    try {
      const configFile = join(model, 'config.json');
      const parameters = parameterCount(requireModelConfig(await readFile(configFile, 'utf8'), configFile));
      const node = await trainerNode(context);
      const found: Device[] = [];
      for await (const device of findDevices({ node, trainerPath: trainerPath(context), backends: presentBackends, signal: closed.signal })) found.push(device);
      const gflops = automatic(found)?.probe?.matmulGflops;
      if (gflops === undefined) throw new UserError(vscode.l10n.t('No backend of this machine could be measured. See Show Devices.'));
      change({ probe: { gflops, parameters } });
    } catch (error) {
      if (!isCancelled(error)) context.report(error);
    } finally {
      change({ measuring: false });
    }
  };
  const closed = new AbortController();
  const host: Peer<StatsViewHost, StatsViewPage> = connectPeer<StatsViewHost, StatsViewPage>(
    webviewPort(panel.webview),
    {
      'stats/open': () => ({ state, translations: vscode.l10n.bundle, locale: vscode.env.language }),
      'stats/set'(choices) {
        const before = state.choices;
        change({ choices: { ...before, ...choices } });
        if (countsAnew(before, state.choices)) void count();
        return null;
      },
      async 'stats/chooseModel'() {
        const chosen = await chooseModel(context);
        if (chosen === undefined) return null;
        model = chosen;
        change({ probe: null });
        void count();
        return null;
      },
      'stats/measure': () => (void measure(), null),
      'stats/countAgain': () => (void count(), null),
      async 'stats/convert'({ to }) {
        await vscode.commands.executeCommand('posttrain.dataset.convert', file, { to });
        return null;
      },
    },
    {},
  );
  shown.set(key, {
    reveal() {
      panel.reveal();
      void count();
    },
  });
  panel.onDidDispose(() => {
    shown.delete(key);
    counting.abort();
    closed.abort();
    host.dispose();
  });
  panel.webview.html = webviewHtml(context, panel.webview, 'stats', title);
  void count();
}

function judged(state: StatsState): StatsState {
  const { counted, choices, probe } = state;
  const tokens = counted?.stats.tokens;
  const { epochs, tokensPerSecond } = choices;
  return {
    ...state,
    advice: counted ? adviceOf(counted.stats, epochs) : [],
    seconds: { given: tokens && tokensPerSecond !== null ? secondsFor(tokens, epochs, { tokensPerSecond }) : null, best: tokens && probe ? secondsFor(tokens, epochs, probe) : null },
  };
}

function countsAnew(before: StatsChoices, after: StatsChoices): boolean {
  return before.method !== after.method || before.maxLength !== after.maxLength;
}

/** As the workspace calls the folder; one from elsewhere by its own name. */
function nameOf(folder: string): string {
  const name = vscode.workspace.asRelativePath(folder);
  return name === folder ? basename(folder) : name;
}

const MODEL = 'posttrain.stats.model';

/** The folder that was chosen last, or the only one of the workspace. A chat template runs in trusted workspaces only. */
async function rememberedModel(context: HostContext): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  const chosen = context.extension.workspaceState.get<string>(MODEL);
  if (chosen !== undefined) return chosen;
  const models = await findModels();
  return models.length === 1 ? models[0]!.fsPath : undefined;
}

async function chooseModel(context: HostContext): Promise<string | undefined> {
  if (!(await askToTrain())) return undefined;
  const { t } = vscode.l10n;
  const items: (vscode.QuickPickItem & { path?: string })[] = [
    ...(await findModels()).map(({ fsPath }) => ({ label: `$(symbol-misc) ${vscode.workspace.asRelativePath(fsPath)}`, path: fsPath })),
    { label: `$(symbol-misc) ${t('The tiny base model that ships with Posttrain')}`, path: context.asset('media', 'models', 'tiny-base').fsPath },
    { label: `$(folder-opened) ${t('Another folder…')}`, description: t('with tokenizer.json') },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: t('Tokens'), placeHolder: t('Whose tokens to count?') });
  if (!picked) return undefined;
  const path = picked.path ?? (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: t('Use This Tokenizer') }))?.[0]?.fsPath;
  if (path !== undefined) await context.extension.workspaceState.update(MODEL, path);
  return path;
}

async function pickFile(): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Show Dataset Statistics'), filters: { [vscode.l10n.t('Datasets')]: ['jsonl', 'ndjson'] } }))?.[0];
}
