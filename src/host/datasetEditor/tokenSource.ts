/** Whose tokens the rows of a dataset are shown in: the model of a run spec that trains on it, or the folder that someone chose. */

import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { loadSpec } from '../../node/specFile.ts';
import type { RowTokens } from '../../protocol/datasetView.ts';
import type { HostContext } from '../context.ts';
import { findModels, findSpecs, SPECS } from '../runs/pick.ts';
import { createRowTokenizer, type RowText, type TokenSource } from './rowTokens.ts';

/** What was chosen for a dataset: kept in the workspace. */
interface Chosen {
  kind: 'spec' | 'model';
  path: string;
}

const MAX_SPECS = 50;

export interface TokenView {
  /** A row as a model gets it; undefined while nobody said which model. */
  read(dataset: vscode.Uri, row: RowText, signal: AbortSignal): Promise<RowTokens | undefined>;
  /** How many tokens texts have by themselves; undefined while nobody said which model. */
  count(dataset: vscode.Uri, texts: readonly string[], signal: AbortSignal): Promise<number[] | undefined>;
  /** True when another model was chosen. */
  choose(dataset: vscode.Uri): Promise<boolean>;
  dispose(): void;
}

export function createTokenView(context: HostContext): TokenView {
  const tokenizer = createRowTokenizer();
  const sources = new Map<string, Promise<TokenSource | undefined>>();
  const forget = () => {
    sources.clear();
    tokenizer.forget();
  };
  let watchers: vscode.FileSystemWatcher[] | undefined;
  const watch = () =>
    [SPECS, '**/{tokenizer.json,tokenizer_config.json,chat_template.jinja}'].map((pattern) => {
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) event(forget);
      return watcher;
    });
  const find = async (dataset: vscode.Uri, signal: AbortSignal) => {
    requireTrust();
    watchers ??= watch();
    const key = dataset.toString();
    let source = sources.get(key);
    if (!source) sources.set(key, (source = sourceOf(context, dataset)));
    const found = await source;
    throwIfAborted(signal);
    return found;
  };
  return {
    async read(dataset, row, signal) {
      const source = await find(dataset, signal);
      return source && tokenizer.read(source, row, signal);
    },
    async count(dataset, texts, signal) {
      const source = await find(dataset, signal);
      return source && tokenizer.count(source, texts, signal);
    },
    async choose(dataset) {
      requireTrust();
      const chosen = await chooseSource(context, dataset);
      if (chosen) sources.delete(dataset.toString());
      return chosen;
    },
    dispose() {
      forget();
      for (const watcher of watchers ?? []) watcher.dispose();
    },
  };
}

async function sourceOf(context: HostContext, dataset: vscode.Uri): Promise<TokenSource | undefined> {
  const chosen = context.extension.workspaceState.get<Chosen>(memoryKey(dataset));
  if (chosen?.kind === 'model') return { dir: chosen.path, model: vscode.workspace.asRelativePath(chosen.path) };
  const { usable, broken } = await specsOf(dataset);
  const spec = usable.find(({ file }) => file === chosen?.path) ?? usable[0];
  if (!spec && broken[0]) throw new UserError(vscode.l10n.t('{0} names this file, but cannot be used: {1}', basename(broken[0].file), broken[0].why));
  return spec?.source;
}

async function chooseSource(context: HostContext, dataset: vscode.Uri): Promise<boolean> {
  const [{ usable }, models] = await Promise.all([specsOf(dataset), findModels()]);
  const tiny = context.asset('media', 'models', 'tiny-base').fsPath;
  type Item = vscode.QuickPickItem & { chosen?: Chosen };
  const items: Item[] = [
    ...usable.map(({ file, source }): Item => ({ label: `$(file-code) ${source.spec!.name}`, description: `${source.spec!.method}, ${source.model}`, chosen: { kind: 'spec', path: file } })),
    ...models.map(({ fsPath }): Item => ({ label: `$(symbol-misc) ${vscode.workspace.asRelativePath(fsPath)}`, chosen: { kind: 'model', path: fsPath } })),
    { label: `$(symbol-misc) ${vscode.l10n.t('The tiny base model that ships with Posttrain')}`, chosen: { kind: 'model', path: tiny } },
    { label: `$(folder-opened) ${vscode.l10n.t('Another folder…')}`, description: vscode.l10n.t('with tokenizer.json') },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Tokens'), placeHolder: vscode.l10n.t('Whose tokens to show?') });
  if (!picked) return false;
  const chosen = picked.chosen ?? (await otherFolder());
  if (chosen) await context.extension.workspaceState.update(memoryKey(dataset), chosen);
  return chosen !== undefined;
}

async function otherFolder(): Promise<Chosen | undefined> {
  const [folder] = (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: vscode.l10n.t('Use This Tokenizer') })) ?? [];
  return folder && { kind: 'model', path: folder.fsPath };
}

/** Specs that train or evaluate on the dataset, by name; apart from them those that name it and have an error. */
async function specsOf(dataset: vscode.Uri): Promise<{ usable: { file: string; source: TokenSource }[]; broken: { file: string; why: string }[] }> {
  const { specs, naming } = await findSpecs(dataset);
  const named = specs.filter((uri) => uri.scheme === 'file' && naming.has(uri.toString())).slice(0, MAX_SPECS);
  const usable = [];
  const broken = [];
  for (const { fsPath: file } of named) {
    const loaded = await loadSpec(file, { cwd: dirname(file) }).catch(() => undefined); // it went away meanwhile
    const error = loaded?.problems.find(({ severity }) => severity === 'error');
    if (error) broken.push({ file, why: error.message });
    if (!loaded?.spec || ![...loaded.spec.dataset, ...loaded.spec.eval_dataset].some(({ path }) => path === dataset.fsPath)) continue;
    const { model_name_or_path: dir, method, params } = loaded.spec;
    usable.push({ file, source: { dir, model: vscode.workspace.asRelativePath(dir), spec: { name: basename(file), method, params } } });
  }
  return { usable, broken };
}

/** Its files would run a chat template, and may name a folder on another machine. */
function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw new UserError(vscode.l10n.t("This folder is in Restricted Mode: tokens are made by a model's chat template. Trust the workspace to see them."), 'untrusted');
}

function memoryKey(dataset: vscode.Uri): string {
  return `posttrain.dataset.tokens:${dataset.toString()}`;
}
