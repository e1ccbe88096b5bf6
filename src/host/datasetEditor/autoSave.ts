/** Auto save writes a dataset whole at every pause in typing: says so once where that is slow, and offers to turn it off for the file type. */

import * as vscode from 'vscode';
import type { HostContext } from '../context.ts';

/** A second or more of writing on an ordinary disk, and most of a cheap disk's life over a year of typing. */
const SLOW_BYTES = 100 * 1024 * 1024;
const SAID = 'posttrain.dataset.saidAutoSave';

export async function adviseOnAutoSave(context: HostContext, uri: vscode.Uri, sizeBytes: number): Promise<void> {
  const scope = { uri, languageId: 'jsonl' };
  const mode = vscode.workspace.getConfiguration('files', scope).get<string>('autoSave');
  if (sizeBytes < SLOW_BYTES || mode === undefined || mode === 'off' || context.extension.globalState.get(SAID)) return;
  await context.extension.globalState.update(SAID, true);
  const turnOff = vscode.l10n.t('Turn Off for JSONL');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Auto Save writes all {0} MB of {1} again after every pause. Unsaved edits are kept safe without it.', Math.round(sizeBytes / 1048576), uri.path.split('/').at(-1) ?? ''),
    turnOff,
  );
  if (answer === turnOff) await vscode.workspace.getConfiguration('files', scope).update('autoSave', 'off', vscode.ConfigurationTarget.Global, true);
}
