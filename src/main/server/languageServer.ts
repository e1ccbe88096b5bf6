/** Answers the editor: problems, hovers, completions and fixes of the open documents. Knows the protocol; what it says comes from src/language. */

import {
  CodeActionKind, CodeLensRefreshRequest, DidChangeWatchedFilesNotification, TextDocuments, TextDocumentSyncKind,
  type CancellationToken, type CodeAction, type Connection, type InitializeParams, type InitializeResult, type ServerCapabilities,
} from 'vscode-languageserver/node';
import { isCancelled } from '../../core/abort.ts';
import { createSlicer } from '../../core/slice.ts';
import type { Format } from '../../dataset/format.ts';
import { formats } from '../../dataset/formats/index.ts';
import { checksFileOf } from '../../language/checksFile.ts';
import { completionsAt } from '../../language/complete.ts';
import { hoverAt } from '../../language/hover.ts';
import { outlineOf } from '../../language/outline.ts';
import { specCompletions, specHover, validateSpec, type SpecFiles } from '../../language/runSpec.ts';
import type { RowThread } from '../../node/rowThread.ts';
import { FIX_ALL_KIND, LANGUAGE_SERVER_ID, type LanguageSettings } from '../../protocol/language.ts';
import { acrossSupport, type AcrossSupport } from './across.ts';
import { codeActions, fixAllEdits, specActions, workspaceEdit, type FixAllData, type Reading } from './actions.ts';
import { completionItemOf, diagnosticOf, hoverOf, lineRange, moreProblems } from './convert.ts';
import { ignoreActions, ignoreWriter, IGNORE, readIgnored } from './ignore.ts';
import { pullSupport, pushSupport, supportsPull, type DiagnosticsSupport, type FoundDiagnostics } from './diagnostics.ts';
import { openDocuments, type OpenDocument } from './documents.ts';
import { rowLenses, type ProblemCounts } from './lens.ts';
import { documentSymbols, foldingRanges } from './outline.ts';
import { documentRules } from './rules.ts';
import { documentSettings, type DocumentSettings } from './settings.ts';

/** What the server may touch besides its connection. */
export interface ServerEnvironment {
  /** Files that a run spec's paths lead to; undefined where there is no disk to look at. */
  filesBeside(uri: string): SpecFiles | undefined;
  /** Files beside a document, by address. Read: undefined where there is none, or no disk. */
  readText(uri: string): Promise<string | undefined>;
  /** Undefined where there is no disk to write to. */
  writeText(uri: string): ((text: string) => Promise<void>) | undefined;
  /** A thread that goes through all rows of a file; ended by who asked for it. */
  startRowThread(): RowThread;
}

/** Work between two looks at what the editor has sent meanwhile. */
const SLICE_MS = 5;

export function startLanguageServer(connection: Connection, environment: ServerEnvironment): void {
  const documents = new TextDocuments<OpenDocument>(openDocuments);
  let settings: DocumentSettings;
  let diagnostics: DiagnosticsSupport;
  const across: AcrossSupport = acrossSupport({ startThread: environment.startRowThread, onFound: () => diagnostics.refresh(), onError: (error) => connection.console.error(String(error)) });
  const rules = documentRules((uri) =>
    environment.readText(uri).catch((error: unknown) => {
      connection.console.error(String(error));
      return undefined;
    }),
  );
  const reading = async (uri: string): Promise<Reading> => {
    const own = await settings.of(uri);
    return { format: wantedFormat(own), rules: (await rules.of(uri, own)).rules };
  };
  const ignore = ignoreWriter(environment);
  /** Of documents that were looked at to their end, as they were then. */
  const counted = new Map<string, ProblemCounts>();
  const refreshLenses = () => void (capabilities.workspace?.codeLens?.refreshSupport && connection.sendRequest(CodeLensRefreshRequest.type));
  let capabilities: InitializeParams['capabilities'] = {};

  connection.onInitialize((params): InitializeResult => {
    capabilities = params.capabilities;
    settings = documentSettings(connection, capabilities);
    const pull = supportsPull(capabilities);
    diagnostics = pull ? pullSupport(connection, documents, capabilities, find, keyOf) : pushSupport(connection, documents, find);
    return { capabilities: serverCapabilities(pull), serverInfo: { name: LANGUAGE_SERVER_ID } };
  });
  connection.onInitialized(() => {
    settings.watch(() => {
      diagnostics.refresh();
      refreshLenses();
    });
    if (capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: checksFileOf('**/*') }] });
  });
  connection.onDidChangeWatchedFiles(() => diagnostics.refresh());
  connection.onShutdown(() => {
    diagnostics.dispose();
    across.dispose();
  });
  documents.onDidClose(({ document }) => {
    settings.forget(document.uri);
    rules.forget(document.uri);
    counted.delete(document.uri);
    across.forget(document.uri);
  });

  const keyOf = async (document: OpenDocument): Promise<string | undefined> => {
    if (document.kind !== 'rows') return undefined; // what a spec names may come and go
    const own = await settings.of(document.uri);
    return keyBy(document, own, await rules.of(document.uri, own));
  };
  const keyBy = ({ uri, version }: OpenDocument, { enabled, maxProblems, format }: LanguageSettings, ruled: { version: number }) => [version, across.found(uri), enabled, maxProblems, format, ruled.version].join(' ');

  const find = async (document: OpenDocument, signal: AbortSignal): Promise<FoundDiagnostics> => {
    const own = await settings.of(document.uri);
    if (document.kind === 'other') return { diagnostics: [], key: undefined };
    if (document.kind === 'spec') {
      if (!own.enabled) return { diagnostics: [], key: undefined };
      const problems = await validateSpec(document.text.getText(), { json: document.json }, environment.filesBeside(document.uri));
      // The editor's own JSON service says the same about broken JSON.
      const shown = document.json ? problems.filter(({ code }) => code !== 'spec-syntax') : problems;
      return { diagnostics: shown.map((problem) => diagnosticOf(problem, { start: document.text.positionAt(problem.start), end: document.text.positionAt(problem.end) })), key: undefined };
    }
    const ruled = await rules.of(document.uri, own);
    const key = keyBy(document, own, ruled);
    if (!own.enabled) return { diagnostics: [], key };
    const { problems, total, counts, format } = await document.rows.validate({ format: wantedFormat(own), maxProblems: own.maxProblems, rules: ruled.rules }, createSlicer(SLICE_MS, signal));
    across.want(document.rows, format);
    if (JSON.stringify(counted.get(document.uri)) !== JSON.stringify(counts)) {
      counted.set(document.uri, counts);
      refreshLenses();
    }
    const found = problems.map(({ line, problem }) => diagnosticOf(problem, lineRange(line - 1, problem)));
    if (total > found.length) found.unshift(moreProblems(found.length, total));
    return { diagnostics: found, key };
  };

  /** Answers, whatever happens: an error is a line in the log and the answer is the empty one. */
  const answer = async <T>(token: CancellationToken, empty: T, make: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const abort = new AbortController();
    const cancelling = token.onCancellationRequested(() => abort.abort());
    try {
      return await make(abort.signal);
    } catch (error) {
      if (!isCancelled(error)) connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return empty;
    } finally {
      cancelling.dispose();
    }
  };

  connection.onHover(({ textDocument, position }, token) =>
    answer(token, null, async () => {
      const document = documents.get(textDocument.uri);
      if (document?.kind === 'rows') {
        const format = document.rows.format(wantedFormat(await settings.of(document.uri)));
        const hover = hoverAt(document.rows.lineAt(position.line), position.character, format);
        return hover ? hoverOf(hover, lineRange(position.line, hover)) : null;
      }
      if (document?.kind !== 'spec') return null;
      const hover = specHover(document.text.getText(), document.text.offsetAt(position), { json: document.json });
      return hover ? hoverOf(hover, { start: document.text.positionAt(hover.start), end: document.text.positionAt(hover.end) }) : null;
    }),
  );

  connection.onCompletion(({ textDocument, position }, token) =>
    answer(token, [], async () => {
      const document = documents.get(textDocument.uri);
      if (document?.kind === 'rows') {
        const format = document.rows.format(wantedFormat(await settings.of(document.uri)));
        const line = document.rows.lineAt(position.line);
        return completionsAt(line, position.character, format).map((one) => completionItemOf(one, lineRange(position.line, one), line.slice(one.start, one.end)));
      }
      if (document?.kind !== 'spec') return [];
      const text = document.text.getText();
      return specCompletions(text, document.text.offsetAt(position), { json: document.json }).map((one) =>
        completionItemOf(one, { start: document.text.positionAt(one.start), end: document.text.positionAt(one.end) }, text.slice(one.start, one.end)),
      );
    }),
  );

  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    answer(token, [], async () => {
      const document = documents.get(uri);
      const own = await settings.of(uri);
      return document?.kind === 'rows' ? rowLenses(document.rows, document.rows.format(wantedFormat(own)), own.enabled ? counted.get(uri) : undefined) : [];
    }),
  );

  connection.onDocumentSymbol(({ textDocument: { uri } }, token) =>
    answer(token, null, async (signal) => {
      const document = documents.get(uri);
      if (document?.kind !== 'rows') return null;
      const { rows } = document;
      return documentSymbols(rows, await outlineOf(rows, rows.format(wantedFormat(await settings.of(uri))), createSlicer(SLICE_MS, signal)));
    }),
  );

  connection.onFoldingRanges(({ textDocument: { uri } }, token) =>
    answer(token, null, async () => {
      const document = documents.get(uri);
      // what is no rows, such as a list over many lines, has its indentation
      return document?.kind === 'rows' && document.rows.format(wantedFormat(await settings.of(uri))) ? foldingRanges(document.rows) : null;
    }),
  );

  connection.onCodeAction((params, token) =>
    answer<CodeAction[]>(token, [], async (signal) => {
      const document = documents.get(params.textDocument.uri);
      const own = await settings.of(params.textDocument.uri);
      if (!document || !own.enabled) return [];
      if (document.kind === 'rows') {
        const by = await reading(document.uri);
        const actions = await codeActions(document.rows, by, params, capabilities, signal);
        return environment.writeText(document.uri) ? [...actions, ...ignoreActions(document.rows, by, params)] : actions;
      }
      return document.kind === 'spec' ? specActions(document.text, await validateSpec(document.text.getText(), { json: document.json }), document.json, params) : [];
    }),
  );

  connection.onCodeActionResolve((action, token) =>
    answer(token, action, async (signal) => {
      const data = readFixAllData(action.data);
      const document = data && documents.get(data.uri);
      if (!data || document?.kind !== 'rows') return action;
      const edits = await fixAllEdits(document.rows, await reading(data.uri), { code: data.code }, signal);
      return { ...action, edit: workspaceEdit(document.rows, edits, capabilities, action.title) };
    }),
  );

  connection.onExecuteCommand(({ command, arguments: given }, token) =>
    answer(token, null, async () => {
      const what = command === IGNORE ? readIgnored(given?.[0]) : undefined;
      if (!what) return null;
      try {
        await ignore(what);
        diagnostics.refresh();
      } catch (error) {
        // somebody chose it, and waits for something to happen
        void connection.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      }
      return null;
    }),
  );

  documents.listen(connection);
  connection.listen();
}

function serverCapabilities(pull: boolean): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    hoverProvider: true,
    completionProvider: { triggerCharacters: ['"'] },
    codeLensProvider: {},
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    executeCommandProvider: { commands: [IGNORE] },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL_KIND], resolveProvider: true },
    ...(pull && { diagnosticProvider: { identifier: LANGUAGE_SERVER_ID, interFileDependencies: false, workspaceDiagnostics: false } }),
  };
}

function wantedFormat({ format }: LanguageSettings): Format | undefined {
  return formats.has(format) ? formats.get(format) : undefined;
}

function readFixAllData(data: unknown): FixAllData | undefined {
  const { uri, code } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return typeof uri === 'string' && typeof code === 'string' ? { uri, code } : undefined;
}
