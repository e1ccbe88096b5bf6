/** Starts the language server for datasets and run specs: in a process of its own, when the first such document opens, never sooner. */

import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { LANGUAGE_SERVER_ID } from '../../protocol/language.ts';
import type { HostContext } from '../context.ts';

/** Untitled rows, too; nothing that only shows a file (a diff's left side, a search result). */
const schemes = ['file', 'untitled', 'vscode-vfs'];

export const languageSelector: readonly { scheme: string; language?: string; pattern?: string }[] = schemes.flatMap((scheme) => [
  { scheme, language: 'jsonl' },
  { scheme, pattern: '**/*.ndjson' },
  { scheme, pattern: '**/*.posttrain.{yaml,yml,json}' },
]);

export function registerLanguage(context: HostContext): vscode.Disposable {
  let client: Promise<LanguageClient | undefined> | undefined;
  let disposed = false;
  const isOurs = (document: vscode.TextDocument) => vscode.languages.match([...languageSelector], document) > 0;

  const startFor = (document: vscode.TextDocument) => {
    if (client || disposed || !isOurs(document)) return;
    opening.dispose();
    client = startClient(context).catch((error: unknown) => {
      // Rows can be edited and trained without it: a line in the log, no box in the way.
      context.log.error(`The language server could not be started: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return undefined;
    });
  };
  const opening = vscode.workspace.onDidOpenTextDocument(startFor);
  vscode.workspace.textDocuments.forEach(startFor);

  return new vscode.Disposable(() => {
    disposed = true;
    opening.dispose();
    void client?.then((running) => running?.dispose()).catch(() => undefined); // it may be gone already
  });
}

async function startClient(context: HostContext): Promise<LanguageClient> {
  // The client library is a third of the extension's code: it is not even evaluated before it is needed.
  const { LanguageClient, RevealOutputChannelOn, TransportKind } = await import('vscode-languageclient/node');
  const module = context.asset('dist', 'server.js').fsPath;
  const client = new LanguageClient(
    LANGUAGE_SERVER_ID,
    'Posttrain',
    { run: { module, transport: TransportKind.ipc }, debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=0'] } } },
    {
      documentSelector: languageSelector.map((filter) => ({ ...filter }) as { scheme: string; language: string }),
      outputChannel: context.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // All three are off by default; unchanged documents are answered without any work.
      diagnosticPullOptions: { onChange: true, onSave: true, onFocus: true },
      initializationFailedHandler: () => false,
    },
  );
  await client.start();
  return client;
}
