/** What a command is meant for when nobody said so: the active file, or a choice among the specs and runs of the workspace. */

import * as vscode from 'vscode';
import { describeRun } from './runsTree.ts';
import type { RunItem } from './runStore.ts';

/** The file of the active tab, also where that is a custom editor. */
export function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  return vscode.window.activeTextEditor?.document.uri;
}

export const SPECS = '**/*.posttrain.{yaml,yml,json}';
const ELSEWHERE = '**/{node_modules,checkpoints,.git}/**';
const MAX_SPECS = 200;
const MAX_MODELS = 200;

/** A run spec of the workspace, `new` for a new one, undefined when nobody chose. Without any spec there is nothing to choose. */
export async function pickSpec(dataset: vscode.Uri | undefined): Promise<vscode.Uri | 'new' | undefined> {
  const { specs, naming } = await findSpecs(dataset);
  if (specs.length === 0) return 'new';
  const path = (uri: vscode.Uri) => vscode.workspace.asRelativePath(uri);
  const items: (vscode.QuickPickItem & { choice: vscode.Uri | 'new' })[] = specs
    .map((uri) => ({ label: `$(file-code) ${path(uri)}`, description: naming.has(uri.toString()) ? vscode.l10n.t('trains on this dataset') : '', choice: uri }));
  items.push({ label: `$(new-file) ${vscode.l10n.t('New Run Spec…')}`, description: dataset ? vscode.l10n.t('for {0}', path(dataset)) : '', choice: 'new' });
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Start Run'), placeHolder: vscode.l10n.t('Choose a run spec: what to train, on which rows, how'), matchOnDescription: true });
  return picked?.choice;
}

/** The run specs of the workspace, those first that name the dataset, and the addresses of these. */
export async function findSpecs(dataset: vscode.Uri | undefined): Promise<{ specs: vscode.Uri[]; naming: Set<string> }> {
  const specs = await vscode.workspace.findFiles(SPECS, ELSEWHERE, MAX_SPECS);
  const naming = dataset ? await specsNaming(specs, dataset) : new Set<string>();
  const path = (uri: vscode.Uri) => vscode.workspace.asRelativePath(uri);
  specs.sort((a, b) => Number(naming.has(b.toString())) - Number(naming.has(a.toString())) || path(a).localeCompare(path(b)));
  return { specs, naming };
}

/** Folders of the workspace that hold a model with its tokenizer. */
export async function findModels(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles('**/config.json', ELSEWHERE, MAX_MODELS);
  const folders = await Promise.all(
    found.map(async (config) => {
      const folder = vscode.Uri.joinPath(config, '..');
      return vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, 'tokenizer.json')).then(() => folder, () => undefined);
    }),
  );
  return folders.filter((folder) => folder !== undefined).sort((a, b) => a.path.localeCompare(b.path));
}

/** Specs whose text holds the file's name: good enough for an order, and wrong never does harm. */
async function specsNaming(specs: readonly vscode.Uri[], dataset: vscode.Uri): Promise<Set<string>> {
  const name = dataset.path.split('/').at(-1)!;
  const named = new Set<string>();
  await Promise.all(
    specs.slice(0, 50).map(async (uri) => {
      const text = await vscode.workspace.fs.readFile(uri).then((bytes) => new TextDecoder().decode(bytes), () => '');
      if (text.includes(name)) named.add(uri.toString());
    }),
  );
  return named;
}

export async function pickRun(runs: readonly RunItem[], options: { title: string; placeHolder: string; none: string }): Promise<string | undefined> {
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(options.none);
    return undefined;
  }
  if (runs.length === 1) return runs[0]!.dir;
  const picked = await vscode.window.showQuickPick(
    runs.map((run) => ({ label: run.name, description: describeRun(run), detail: vscode.workspace.asRelativePath(run.dir), dir: run.dir })),
    { title: options.title, placeHolder: options.placeHolder, matchOnDescription: true, matchOnDetail: true },
  );
  return picked?.dir;
}
