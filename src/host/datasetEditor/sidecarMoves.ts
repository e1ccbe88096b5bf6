/** Annotations and the file of checks go with their dataset when VS Code renames or moves it. A copy begins without any: what was said about rows was said there. */

import { promises as fs } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { sidecarOf } from '../../dataset/annotations/annotation.ts';
import { checksFileOf } from '../../language/checksFile.ts';
import { moveSidecar } from '../../node/annotationFile.ts';
import type { HostContext } from '../context.ts';
import type { DatasetEditors } from './provider.ts';

/** What undoes a renaming renames as well, so nothing has to be remembered. */
export function followMoves(context: HostContext, editors: DatasetEditors): vscode.Disposable {
  const before = vscode.workspace.onWillRenameFiles((event) => {
    // what an open editor has not written yet would be written where the file was
    const open = event.files.flatMap(({ oldUri }) => editors.find(oldUri) ?? []);
    event.waitUntil(Promise.all(open.map(({ annotations }) => annotations.onDisk())).catch(context.report));
  });
  const after = vscode.workspace.onDidRenameFiles(({ files }) => {
    for (const { oldUri, newUri } of files) if (newUri.scheme === 'file' && oldUri.scheme === 'file') void follow(oldUri.fsPath, newUri.fsPath).catch(context.report);
  });
  return vscode.Disposable.from(before, after);
}

async function follow(from: string, to: string): Promise<void> {
  if (!(await fs.stat(to)).isFile()) return; // what is in a folder has moved with it
  if ((await moveSidecar(checksFileOf(from), checksFileOf(to))) === 'taken') {
    void vscode.window.showWarningMessage(vscode.l10n.t('There is a file of checks for {0} already, so that of {1} stays: {2}.', basename(to), basename(from), checksFileOf(from)));
  }
  if ((await moveSidecar(sidecarOf(from), sidecarOf(to))) !== 'taken') return;
  void vscode.window.showWarningMessage(vscode.l10n.t('There are annotations for {0} already, so those of {1} stay in {2}.', basename(to), basename(from), sidecarOf(from)));
}
