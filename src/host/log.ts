/** Tells people and the log about errors: a sentence for what they can act on, a way to the log for what is our bug. */

import * as vscode from 'vscode';
import { isCancelled } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';

/** See `HostContext.report`. */
export function reporter(log: vscode.LogOutputChannel): (error: unknown) => void {
  return (error) => {
    if (isCancelled(error) || error instanceof vscode.CancellationError) return;
    if (isForPeople(error)) {
      log.warn(error.message);
      void vscode.window.showErrorMessage(error.message);
      return;
    }
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const show = vscode.l10n.t('Show Log');
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t('Posttrain ran into a bug of its own: {0}', message), show).then((choice) => {
      if (choice === show) log.show();
    });
  };
}

/** Across a process or webview boundary a UserError arrives as another class that kept its name. */
function isForPeople(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && error.name === 'UserError');
}
