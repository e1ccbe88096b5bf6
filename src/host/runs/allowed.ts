/** Whether this window may start programs: not in Restricted Mode, not in a virtual workspace. Says why not, and what to do. */

import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';

/** The reason in one sentence, or undefined when training is allowed. */
export function trainingBlocked(): string | undefined {
  if (!vscode.workspace.isTrusted) return vscode.l10n.t('This folder is in Restricted Mode: training would run a program that its files describe. Trust the workspace to train; editing and checking datasets works without.');
  const { workspaceFolders } = vscode.workspace;
  if (workspaceFolders && workspaceFolders.length > 0 && workspaceFolders.every(({ uri }) => uri.scheme !== 'file')) {
    return vscode.l10n.t('This workspace is virtual: its files are not on a disk that a trainer could read. Open a local copy of the folder to train.');
  }
  return undefined;
}

/** True when training is allowed; otherwise tells the person why not and offers the way out. */
export async function askToTrain(): Promise<boolean> {
  const reason = trainingBlocked();
  if (reason === undefined) return true;
  if (vscode.workspace.isTrusted) throw new UserError(reason);
  const manage = vscode.l10n.t('Manage Workspace Trust');
  if ((await vscode.window.showWarningMessage(reason, manage)) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

/** A path on this machine, or a clear refusal. */
export function localPath(uri: vscode.Uri): string {
  if (uri.scheme !== 'file') throw new UserError(vscode.l10n.t('{0} is not on a disk that a trainer could read. Save a local copy first.', uri.toString(true)));
  return uri.fsPath;
}
