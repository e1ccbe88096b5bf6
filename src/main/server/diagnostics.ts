/** How problems reach the editor: it asks for them (pull), or, where it cannot, they are sent after every change (push). */

import {
  DocumentDiagnosticReportKind, LSPErrorCodes, ResponseError,
  type ClientCapabilities, type Connection, type Diagnostic, type DiagnosticServerCancellationData, type TextDocuments,
} from 'vscode-languageserver/node';
import { isCancelled } from '../../core/abort.ts';
import { LANGUAGE_SERVER_ID } from '../../protocol/language.ts';
import type { OpenDocument } from './documents.ts';

export interface FoundDiagnostics {
  diagnostics: Diagnostic[];
  /** Equal keys mean equal diagnostics; undefined where they depend on more than the document. */
  key: string | undefined;
}

export interface DiagnosticsSupport {
  /** Something beside the documents changed: all of them are to be looked at again. */
  refresh(): void;
  dispose(): void;
}

/** Finds the diagnostics of a document. Throws `Cancelled` when it changed meanwhile. */
export type FindDiagnostics = (document: OpenDocument, signal: AbortSignal) => Promise<FoundDiagnostics>;
/** The key that `find` would give, without finding anything. */
export type DiagnosticsKey = (document: OpenDocument) => Promise<string | undefined>;

/** Time between the last keystroke and the look, in push mode. */
const PUSH_DELAY_MS = 150;

export function supportsPull(capabilities: ClientCapabilities): boolean {
  return capabilities.textDocument?.diagnostic !== undefined;
}

export function pullSupport(connection: Connection, documents: TextDocuments<OpenDocument>, capabilities: ClientCapabilities, find: FindDiagnostics, keyOf: DiagnosticsKey): DiagnosticsSupport {
  // A new server does not know what the last one said, so its answers must not look alike.
  const session = Math.random().toString(36).slice(2);
  const refreshes = capabilities.workspace?.diagnostics?.refreshSupport === true;
  const registered = connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
    const document = documents.get(textDocument.uri);
    if (!document) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    const abort = new AbortController();
    const cancelling = token.onCancellationRequested(() => abort.abort());
    try {
      if (previousResultId !== undefined && previousResultId === resultId(await keyOf(document))) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: previousResultId };
      const { diagnostics, key } = await find(document, abort.signal);
      return { kind: DocumentDiagnosticReportKind.Full, resultId: resultId(key), items: diagnostics };
    } catch (error) {
      if (!isCancelled(error)) throw error;
      // Also when the editor itself cancelled: it does so to ask again, and takes "do not" for its own second thoughts too. Then it
      // would show nothing until the next change.
      return new ResponseError<DiagnosticServerCancellationData>(LSPErrorCodes.ServerCancelled, 'The document changed.', { retriggerRequest: true });
    } finally {
      cancelling.dispose();
    }
  });
  const resultId = (key: string | undefined) => (key === undefined ? undefined : `${session}:${key}`);
  return {
    refresh: () => void (refreshes && connection.languages.diagnostics.refresh()),
    dispose: () => registered.dispose(),
  };
}

export function pushSupport(connection: Connection, documents: TextDocuments<OpenDocument>, find: FindDiagnostics): DiagnosticsSupport {
  const waiting = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, AbortController>();
  const stop = (uri: string) => {
    clearTimeout(waiting.get(uri));
    waiting.delete(uri);
    running.get(uri)?.abort();
    running.delete(uri);
  };
  const look = async (uri: string) => {
    waiting.delete(uri);
    const document = documents.get(uri);
    if (!document) return;
    const abort = new AbortController();
    running.set(uri, abort);
    try {
      const { diagnostics } = await find(document, abort.signal);
      if (!abort.signal.aborted) void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
    } catch (error) {
      if (!isCancelled(error)) connection.console.error(`${LANGUAGE_SERVER_ID}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      if (running.get(uri) === abort) running.delete(uri);
    }
  };
  const schedule = (uri: string) => {
    stop(uri);
    waiting.set(uri, setTimeout(() => void look(uri), PUSH_DELAY_MS));
  };
  const listening = [
    documents.onDidChangeContent(({ document }) => schedule(document.uri)),
    documents.onDidSave(({ document }) => schedule(document.uri)),
    documents.onDidClose(({ document }) => {
      stop(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    }),
  ];
  return {
    refresh: () => documents.all().forEach(({ uri }) => schedule(uri)),
    dispose() {
      listening.forEach((one) => one.dispose());
      for (const uri of [...waiting.keys(), ...running.keys()]) stop(uri);
    },
  };
}
