/** Turns VS Code's CancellationToken into the AbortSignal that everything below the host understands. */

import type * as vscode from 'vscode';

export function toSignal(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  else token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
