/** "New File from Rows…": shuffles, splits, samples, joins, in a thread. The files that rows come from stay as they are. */

import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import { isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { startRowThread } from '../../node/rowThread.ts';
import type { ShapeAction, ShapeRequest } from '../../protocol/rows.ts';
import { toSignal } from '../toSignal.ts';
import { openAsDataset } from './provider.ts';

const { t } = vscode.l10n;

interface Choice extends vscode.QuickPickItem {
  action: ShapeAction;
  /** What the names of the results get, the smaller part of a split first. */
  endings: readonly string[];
}

const choices = (): Choice[] => [
  { action: 'shuffle', label: t('Shuffle'), detail: t('All rows in random order'), endings: ['shuffled'] },
  { action: 'split', label: t('Split'), detail: t('Two files, without one prompt in both: such as a tenth held back for evaluation'), endings: ['test', 'train'] },
  { action: 'sample', label: t('Sample'), detail: t('Some rows, chosen at random, in their order'), endings: ['sample'] },
  { action: 'dedupe', label: t('Remove Duplicates'), detail: t('The first of rows that are the same'), endings: ['distinct'] },
  { action: 'concat', label: t('Join Files'), detail: t('The rows of several files, one file after the other'), endings: ['joined'] },
  { action: 'merge', label: t('Mix Files'), detail: t('The rows of several files mixed evenly, each file in its own order'), endings: ['mixed'] },
];

/** `files`: where rows come from. `save`: writes what is unsaved in them, if the person agrees. `format` is that of the first, where it is known. */
export async function newFileFromRows(files: readonly vscode.Uri[], options: { save(file: vscode.Uri): Promise<boolean>; format: string | undefined }): Promise<void> {
  for (const file of files) if (file.scheme !== 'file') throw new UserError(t('This works on files of a disk. {0} is in a virtual workspace.', basename(file.path)), 'virtual-file');
  const many = files.length > 1;
  const chosen = await vscode.window.showQuickPick(choices().filter(({ action }) => !many || action === 'concat' || action === 'merge'), { title: t('New File from Rows'), placeHolder: files.map(({ path }) => basename(path)).join(', '), matchOnDetail: true });
  if (!chosen) return;
  const inputs = many || (chosen.action !== 'concat' && chosen.action !== 'merge') ? files : await withOthers(files[0]!);
  const specific = inputs && (await ask(chosen.action));
  if (!specific) return;
  const outputs: vscode.Uri[] = [];
  for (const ending of chosen.endings) {
    const output = await vscode.window.showSaveDialog({ title: chosen.endings.length > 1 ? (outputs.length === 0 ? t('Save the Part Held Back') : t('Save All Other Rows')) : chosen.label, defaultUri: beside(files[0]!, ending), filters: { JSONL: ['jsonl', 'ndjson'] } });
    if (!output) return;
    outputs.push(output);
  }
  for (const file of inputs) if (!(await options.save(file))) return;
  const paths = outputs.map(({ fsPath }) => fsPath);
  // the dialog has asked about files that are there
  const request: ShapeRequest = { ...specific, inputs: inputs.map(({ fsPath }) => fsPath), outputs: specific.action === 'split' ? paths.toReversed() : paths, replace: true, format: options.format };
  const result = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: chosen.label, cancellable: true }, async (progress, token) => {
    const thread = startRowThread();
    let shown = 0;
    try {
      return await thread.shape(request, {
        signal: toSignal(token),
        onProgress(done, total) {
          const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
          progress.report({ increment: percent - shown, message: `${percent} %` });
          shown = percent;
        },
      });
    } catch (error) {
      if (isCancelled(error)) return undefined;
      throw error;
    } finally {
      thread.dispose();
    }
  });
  if (!result) return;
  const open = t('Open');
  const said = request.outputs.map((path, i) => t('{0}: {1} rows', basename(path), result.written[i]!)).join(', ');
  if ((await vscode.window.showInformationMessage(t('{0}, of {1} rows.', said, result.read), open)) === open) await openAsDataset(outputs[0]!);
}

type Specific<T> = T extends unknown ? Omit<T, 'inputs' | 'outputs' | 'replace' | 'format'> : never;

async function ask(action: ShapeAction): Promise<Specific<ShapeRequest> | undefined> {
  switch (action) {
    case 'concat':
      return { action };
    case 'dedupe': {
      const by = await sameBy();
      return by === undefined ? undefined : { action, by };
    }
    case 'split': {
      const percent = await number(t('How many percent of the rows to hold back'), '10', 0, 100);
      const seed = percent === undefined ? undefined : await askSeed();
      return percent === undefined || seed === undefined ? undefined : { action, share: percent / 100, seed, by: 'prompt' };
    }
    case 'sample': {
      const rows = await number(t('How many rows'), '100', 1, Number.MAX_SAFE_INTEGER);
      const seed = rows === undefined ? undefined : await askSeed();
      return rows === undefined || seed === undefined ? undefined : { action, rows: Math.round(rows), share: undefined, seed };
    }
    default: {
      const seed = await askSeed();
      return seed === undefined ? undefined : { action, seed };
    }
  }
}

const askSeed = () => number(t('Seed: the same number gives the same rows'), '0', 0, Number.MAX_SAFE_INTEGER);

async function number(prompt: string, value: string, least: number, most: number): Promise<number | undefined> {
  const fits = (text: string) => text.trim() !== '' && Number(text) >= least && Number(text) <= most;
  const answer = await vscode.window.showInputBox({ prompt, value, validateInput: (text) => (fits(text) ? undefined : most === Number.MAX_SAFE_INTEGER ? t('Type a number from {0} on.', least) : t('Type a number from {0} to {1}.', least, most)) });
  return answer === undefined || !fits(answer) ? undefined : Number(answer);
}

async function sameBy(): Promise<string | undefined> {
  const key = t('The value of a key…');
  const picked = await vscode.window.showQuickPick([{ label: t('The whole row'), by: 'row' }, { label: t('The prompt'), by: 'prompt' }, { label: key, by: undefined }], { title: t('Rows are the same when this is the same') });
  if (!picked || picked.by !== undefined) return picked?.by;
  const name = await vscode.window.showInputBox({ prompt: t('The key; dots lead to keys inside: meta.id'), value: 'id' });
  return name?.trim() === '' ? undefined : name?.trim();
}

async function withOthers(first: vscode.Uri): Promise<readonly vscode.Uri[] | undefined> {
  const others = await vscode.window.showOpenDialog({ title: t('Files to Add'), canSelectMany: true, defaultUri: vscode.Uri.joinPath(first, '..'), filters: { JSONL: ['jsonl', 'ndjson'] }, openLabel: t('Add') });
  return others && [first, ...others];
}

function beside(file: vscode.Uri, ending: string): vscode.Uri {
  const extension = extname(file.fsPath);
  return vscode.Uri.file(join(dirname(file.fsPath), `${basename(file.fsPath, extension)}-${ending}${extension}`));
}
