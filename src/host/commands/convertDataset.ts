/** Convert Dataset: asks what to, says what would be lost, and has a worker write the new file. */

import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import { isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { formats } from '../../dataset/formats/index.ts';
import { startConvertWorker, type ConvertEvents, type ConvertWorker } from '../../node/convertWorker.ts';
import type { ConvertRequest, Survey } from '../../protocol/convert.ts';
import type { HostContext } from '../context.ts';
import { toSignal } from '../toSignal.ts';

const extensions = ['jsonl', 'ndjson', 'json', 'csv', 'parquet'];

/** `wanted` is what another command asks for, `{to, output, lossy}`; the person is asked for what of format and new file it does not say. Resolves with the new file; undefined when it was cancelled. */
export async function convertDataset(context: HostContext, target: unknown, wanted: unknown): Promise<vscode.Uri | undefined> {
  const input = target instanceof vscode.Uri ? target : (activeDataset() ?? (await pickInput()));
  if (!input) return undefined;
  if (input.scheme !== 'file') throw new UserError(vscode.l10n.t('{0} is not on this machine, and only files on it are converted. Save a copy here first.', basename(input.path)));
  if (!(await saved(input))) return undefined;
  const events: ConvertEvents = {};
  const worker = startConvertWorker(context.asset('dist', 'convert.js').fsPath, events);
  try {
    const request = asRequest(input, wanted) ?? (await askWhat(worker, input, isObject(wanted) ? wanted.to : undefined));
    return request && (await carryOut(worker, events, request, isObject(wanted) && wanted.lossy === true));
  } catch (error) {
    if (isCancelled(error)) return undefined;
    throw error;
  } finally {
    worker.dispose();
  }
}

async function carryOut(worker: ConvertWorker, events: ConvertEvents, request: ConvertRequest, lossy: boolean): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const name = basename(request.output);
  const survey = await inProgress(events, t('Looking at what {0} can become…', basename(request.input)), (signal) => worker.survey(request, signal));
  if (survey.made === 0) throw new UserError(survey.rows === 0 ? t('{0} holds no row.', basename(request.input)) : t('None of the {0} rows can be converted. The first: {1}', survey.rows, survey.refusals[0]!.reason));
  if (!lossy && !(await goesOn(survey))) return undefined;
  const { rows } = await inProgress(events, t('Writing {0}…', name), (signal) => worker.write(request, signal));
  const uri = vscode.Uri.file(request.output);
  const open = t('Open');
  void vscode.window.showInformationMessage(t('{0}: {1} rows as {2}.', name, rows, formats.find(survey.to).label), open).then((picked) => picked === open && vscode.commands.executeCommand('vscode.open', uri));
  return uri;
}

/** Asks when something would be lost. */
async function goesOn(survey: Survey): Promise<boolean> {
  const { t } = vscode.l10n;
  if (survey.losses.every(({ change }) => change) && survey.refused === 0) return true;
  const lost = survey.losses.slice(0, 8).map(({ key, what, rows }) => t('{0}: {1} ({2} rows)', key, what, rows));
  if (survey.losses.length > 8) lost.push(t('and {0} more', survey.losses.length - 8));
  if (survey.refused > 0) lost.push(t('{0} of {1} rows cannot be converted and would be left out.', survey.refused, survey.rows));
  const convert = t('Convert All the Same');
  const show = t('Show Rows Left Out');
  const picked = await vscode.window.showWarningMessage(t('As {0}, the rows lose something.', formats.find(survey.to).label), { modal: true, detail: lost.join('\n') }, convert, ...(survey.refused > 0 ? [show] : []));
  if (picked === show) {
    const lines = survey.refusals.map(({ place, reason }) => `${place}: ${reason}`);
    if (survey.refused > lines.length) lines.push(t('and {0} more', survey.refused - lines.length));
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'plaintext', content: lines.join('\n') }));
  }
  return picked === convert;
}

function inProgress<T>(events: ConvertEvents, title: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
    let share = 0;
    events.progress = ({ fraction }) => {
      progress.report({ increment: 100 * (fraction - share) });
      share = fraction;
    };
    return work(toSignal(token));
  });
}

async function askWhat(worker: ConvertWorker, input: vscode.Uri, wanted: unknown): Promise<ConvertRequest | undefined> {
  const { t } = vscode.l10n;
  const title = t('Convert {0}', basename(input.fsPath));
  const signal = new AbortController().signal;
  let { from, targets } = await worker.choices(input.fsPath, undefined, signal);
  const found = from !== undefined;
  if (!from) {
    const picked = await vscode.window.showQuickPick(formats.entries.map(({ id, label, description }) => ({ label, description: id, detail: description })), { title, placeHolder: t('No format fits the first rows. Which one do they have?') });
    if (!picked) return undefined;
    ({ from, targets } = await worker.choices(input.fsPath, picked.description, signal));
  }
  const items = targets.map(({ id, label, description }) => ({ label, description: id === from!.id ? t('{0}, as it is: another kind of file', id) : id, detail: description, id }));
  const to = items.find(({ id }) => id === wanted) ?? await vscode.window.showQuickPick(items, { title, placeHolder: t('From {0} to which format?', from!.label), matchOnDescription: true });
  if (!to) return undefined;
  const stem = basename(input.fsPath, extname(input.fsPath));
  const output = await vscode.window.showSaveDialog({
    title,
    saveLabel: t('Convert'),
    defaultUri: vscode.Uri.file(join(dirname(input.fsPath), `${stem}.${to.id}.jsonl`)),
    filters: { [t('Rows, one a line')]: ['jsonl'], [t('Rows, one list')]: ['json'], CSV: ['csv'], Parquet: ['parquet'] },
  });
  // Whether a file that is there may be replaced, the dialog has asked.
  return output && { input: input.fsPath, output: output.fsPath, to: to.id, ...(!found && { from: from!.id }), overwrite: true };
}

function asRequest(input: vscode.Uri, wanted: unknown): ConvertRequest | undefined {
  if (!isObject(wanted) || typeof wanted.to !== 'string' || !(wanted.output instanceof vscode.Uri)) return undefined;
  return { input: input.fsPath, output: wanted.output.fsPath, to: wanted.to };
}

/** Whether the file on disk is what the person sees: a change that is not saved would not be converted. */
async function saved(input: vscode.Uri): Promise<boolean> {
  const isIt = ({ input: shown }: vscode.Tab) => (shown instanceof vscode.TabInputText || shown instanceof vscode.TabInputCustom) && shown.uri.toString() === input.toString();
  if (!vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => tab.isDirty && isIt(tab)))) return true;
  const { t } = vscode.l10n;
  const save = t('Save');
  if ((await vscode.window.showWarningMessage(t('{0} has changes that are not saved. They are converted once they are.', basename(input.fsPath)), { modal: true }, save)) !== save) return false;
  return (await vscode.workspace.save(input)) !== undefined;
}

function activeDataset(): vscode.Uri | undefined {
  const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = shown instanceof vscode.TabInputText || shown instanceof vscode.TabInputCustom ? shown.uri : undefined;
  return uri && extensions.includes(extname(uri.path).slice(1).toLowerCase()) ? uri : undefined;
}

async function pickInput(): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Convert Dataset'), openLabel: vscode.l10n.t('Convert'), filters: { [vscode.l10n.t('Datasets')]: extensions } }))?.[0];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof vscode.Uri);
}
