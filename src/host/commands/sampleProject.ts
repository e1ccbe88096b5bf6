/** Open Sample Project: copies the shipped dataset, run spec and tiny base model to a new folder of the person's choice and opens it. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import type { HostContext } from '../context.ts';

const FOLDER = 'posttrain-sample';
/** What the window that opens the folder shows first; kept across the reload that opening a folder is. */
const OPEN_FIRST = 'posttrain.sample.openFirst';

/** `target` skips the questions: for tests and for a link that names a folder. */
export async function openSampleProject(context: HostContext, target?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folder = target ?? (await chooseFolder());
  if (!folder) return undefined;
  const reuse = await isSample(folder);
  if (!reuse && (await hasEntries(folder))) {
    throw new UserError(vscode.l10n.t('{0} already has files in it. Choose an empty or a new folder for the sample project.', folder.fsPath));
  }
  if (!reuse) {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Copying the sample project to {0}', folder.fsPath) }, () => copySample(context, folder));
  }
  if (vscode.workspace.workspaceFolders?.some((open) => open.uri.toString() === folder.toString())) {
    await showFirstFiles(folder);
    return folder;
  }
  await context.extension.globalState.update(OPEN_FIRST, folder.toString());
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: vscode.workspace.workspaceFolders !== undefined });
  return folder;
}

/** Called once per window: shows the sample's first files where the command asked for it, and tells the walkthrough. */
export async function welcomeToSample(context: HostContext): Promise<void> {
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (!(await isSample(uri))) continue;
    await vscode.commands.executeCommand('setContext', 'posttrain.sampleProject', true);
    if (context.extension.globalState.get(OPEN_FIRST) !== uri.toString()) continue;
    await context.extension.globalState.update(OPEN_FIRST, undefined);
    await showFirstFiles(uri);
  }
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const suggested = await freeFolder(join(homedir(), FOLDER));
  const inHome = { label: `$(new-folder) ${suggested.fsPath}`, description: vscode.l10n.t('new folder') };
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Another place…')}`, description: vscode.l10n.t('a new folder is made in the one you choose') };
  const choice = await vscode.window.showQuickPick([inHome, other], { title: vscode.l10n.t('Open Sample Project'), placeHolder: vscode.l10n.t('Where should the sample project go? It takes about 10 MB.') });
  if (choice === inHome) return suggested;
  if (choice !== other) return undefined;
  const parents = await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, canSelectMany: false, openLabel: vscode.l10n.t('Put the Sample Project Here') });
  return parents?.[0] && freeFolder(join(parents[0].fsPath, FOLDER));
}

/** The folder, or the next name that is free; one that already is the sample project is taken again. */
async function freeFolder(path: string): Promise<vscode.Uri> {
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.file(n === 1 ? path : `${path}-${n}`);
    if ((await isSample(uri)) || !(await hasEntries(uri))) return uri;
  }
}

async function copySample(context: HostContext, folder: vscode.Uri): Promise<void> {
  const { fs } = vscode.workspace;
  await fs.createDirectory(folder);
  const from = context.asset('media', 'sample');
  for (const [name] of await fs.readDirectory(from)) await fs.copy(vscode.Uri.joinPath(from, name), vscode.Uri.joinPath(folder, name), { overwrite: false });
  await fs.copy(context.asset('media', 'models', 'tiny-base'), vscode.Uri.joinPath(folder, 'models', 'tiny-base'), { overwrite: false });
}

async function showFirstFiles(folder: vscode.Uri): Promise<void> {
  const file = (name: string) => vscode.Uri.joinPath(folder, name);
  await vscode.commands.executeCommand('vscode.open', file('capitals-sft.posttrain.yaml'), { preview: false });
  await vscode.commands.executeCommand('vscode.openWith', file('train.jsonl'), 'posttrain.dataset', { preview: false });
}

async function isSample(folder: vscode.Uri): Promise<boolean> {
  return (await exists(vscode.Uri.joinPath(folder, 'capitals-sft.posttrain.yaml'))) && (await exists(vscode.Uri.joinPath(folder, 'models', 'tiny-base', 'config.json')));
}

async function hasEntries(folder: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(folder)).length > 0;
  } catch {
    return exists(folder); // a file of that name is in the way as well
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
