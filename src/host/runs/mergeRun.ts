/** Merge Adapter of Run: a whole model folder beside the run directory, made by the command-line program so that the window stays free. */

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import type { HostContext } from '../context.ts';
import { toSignal } from '../toSignal.ts';
import { askToTrain } from './allowed.ts';
import { runName } from './facts.ts';
import { cliPath, trainerNode } from './trainer.ts';

/** Resolves with the new folder; undefined when the person cancelled. */
export async function mergeRun(context: HostContext, dir: string): Promise<string | undefined> {
  const { t } = vscode.l10n;
  if (!(await askToTrain())) return undefined;
  const target = `${dir}-merged`;
  const done = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: t('Merging the adapter of {0}…', runName(dir)), cancellable: true }, (progress, token) =>
    runMerge(context, dir, target, toSignal(token), (share) => progress.report({ increment: share })),
  );
  if (!done) return undefined;
  const reveal = t('Reveal');
  void vscode.window.showInformationMessage(t('{0} is a whole model.', basename(target)), reveal).then((picked) => picked === reveal && vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(target)));
  return target;
}

/** False when it was cancelled. `report` gets shares of 100. */
async function runMerge(context: HostContext, dir: string, target: string, signal: AbortSignal, report: (share: number) => void): Promise<boolean> {
  const node = await trainerNode(context);
  const child = spawn(node.command, [cliPath(context), 'merge', dir, '--output', target, '--json'], { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  const exited = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const end = () => void child.kill();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  createInterface({ input: child.stdout }).on('line', (line) => report(100 / (JSON.parse(line) as { total: number }).total));
  try {
    const code = await exited;
    if (signal.aborted) return false;
    if (code !== 0) throw new UserError(errors.trim().split('\n').at(-1)?.replace(/^posttrain: /, '') || vscode.l10n.t('The merge ended with code {0}.', String(code)));
    return true;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
