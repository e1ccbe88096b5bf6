/** New Run Spec: asks for method and model, writes a spec with a comment on every line beside the dataset, and opens it. */

import { dirname, join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { readFileHead } from '../../language/fileHead.ts';
import { methods, takes, type MethodId } from '../../methods/index.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { specTemplate } from '../../run/specTemplate.ts';
import { localPath } from './allowed.ts';
import { findModels } from './pick.ts';

const HEAD_BYTES = 1024 * 1024;

/** The uri of the new spec, undefined when the person changed their mind. */
export async function newRunSpec(from: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  const dataset = from ?? (await pickDataset());
  if (!dataset) return undefined;
  const file = localPath(dataset);
  const method = await pickMethod(dataset);
  if (!method) return undefined;
  const model = await pickModel();
  if (!model) return undefined;
  const stem = file.split(/[\\/]/).at(-1)!.replace(/\.(jsonl|ndjson)$/i, '');
  const folder = vscode.Uri.file(dirname(file));
  const spec = await freeFile(folder, `${stem}-${method}`);
  const from_ = (path: string) => relativePath(folder.fsPath, path);
  const text = specTemplate(method, { model_name_or_path: from_(model.fsPath), dataset: from_(file), output_dir: `runs/${stem}-${method}` });
  await vscode.workspace.fs.writeFile(spec, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(spec);
  return spec;
}

async function pickDataset(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.{jsonl,ndjson}', '**/{node_modules,runs,.git}/**', 200);
  if (found.length === 0) throw new UserError(vscode.l10n.t('There is no dataset (.jsonl or .ndjson) in this workspace. Open a folder with one, or the sample project.'));
  const picked = await vscode.window.showQuickPick(found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })).sort((a, b) => a.label.localeCompare(b.label)), { title: vscode.l10n.t('New Run Spec'), placeHolder: vscode.l10n.t('Choose the dataset to train on') });
  return picked?.uri;
}

/** Methods that can use these rows come first, those made for them before pre-training, which takes anything; the others say why they cannot. */
async function pickMethod(dataset: vscode.Uri): Promise<MethodId | undefined> {
  const format = await formatOf(dataset);
  const items = methods.ids.map((id) => {
    const method = methods.get(id);
    const fits = !format || takes(id, format);
    return { label: method.label, description: fits ? '' : vscode.l10n.t('not for rows of the format "{0}"', format.label), detail: method.description, id, fits, anything: id === 'pretrain' && !format?.kinds.includes('text') };
  });
  const picked = await vscode.window.showQuickPick(items.sort((a, b) => Number(b.fits) - Number(a.fits) || Number(a.anything) - Number(b.anything)), { title: vscode.l10n.t('New Run Spec'), placeHolder: format ? vscode.l10n.t('How to train? The rows look like "{0}".', format.label) : vscode.l10n.t('How to train?') });
  return picked?.id;
}

async function formatOf(dataset: vscode.Uri): Promise<{ label: string; kinds: Format['kinds'] } | undefined> {
  const source = await openFileSource(dataset.fsPath);
  try {
    const text = new TextDecoder().decode(await source.read(0, HEAD_BYTES));
    // The last line is probably cut; one more or less does not matter for a guess.
    const { format } = readFileHead(text.split('\n'));
    return format && { label: format.label, kinds: format.kinds };
  } finally {
    await source.close();
  }
}

async function pickModel(): Promise<vscode.Uri | undefined> {
  const folders = await findModels();
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Another folder…')}`, description: vscode.l10n.t('with config.json, model.safetensors and tokenizer.json'), uri: undefined };
  const items = [...folders.map((uri) => ({ label: `$(symbol-misc) ${vscode.workspace.asRelativePath(uri)}`, description: '', uri })), other];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('New Run Spec'), placeHolder: vscode.l10n.t('Which model to start from?') });
  if (!picked) return undefined;
  if (picked.uri) return picked.uri;
  return (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, canSelectMany: false, openLabel: vscode.l10n.t('Start from This Model') }))?.[0];
}

async function freeFile(folder: vscode.Uri, stem: string): Promise<vscode.Uri> {
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(folder, `${stem}${n === 1 ? '' : `-${n}`}.posttrain.yaml`);
    if (!(await exists(uri))) return uri;
  }
}

/** With forward slashes, as specs have them on every system; absolute where it is on another drive. */
function relativePath(from: string, to: string): string {
  const path = relative(from, to);
  return (path === '' ? '.' : /^[A-Za-z]:/.test(path) ? join(to) : path).split(sep).join('/');
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
