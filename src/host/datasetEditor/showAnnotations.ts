/** The command that shows what annotators said about the file in front, and how far they agree: as Markdown, to be kept or copied. */

import * as vscode from 'vscode';
import { tallyMarkdown } from '../../dataset/annotations/tallyMarkdown.ts';
import { toSignal } from '../toSignal.ts';
import type { ActivePage } from './provider.ts';

export async function showAnnotations(active: ActivePage | undefined): Promise<void> {
  if (!active) return void vscode.window.showInformationMessage(vscode.l10n.t('Open a file in the dataset editor first.'));
  const { annotations, document } = active.open;
  const title = vscode.l10n.t('Counting annotations of {0}', document.file.name);
  const tally = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (_, token) => annotations.tally(toSignal(token)));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content: tallyMarkdown(tally) }));
}
