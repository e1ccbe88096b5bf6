/** Lists the problems of datasets that are open in the dataset editor in the Problems panel, unless a text editor shows the same file. */

import * as vscode from 'vscode';
import type { Problem, Severity } from '../../core/problem.ts';
import type { RowProblems } from './rowProblems.ts';

export interface EditorDiagnostics {
  /** Publishes the problems of a document and follows them; dispose to take them away. */
  follow(uri: vscode.Uri, problems: RowProblems, bomBytes: number): vscode.Disposable;
  dispose(): void;
}

/** The text editor's problems come from the language server, which sees every keystroke: where both are open, they would be there twice. */
export function createEditorDiagnostics(): EditorDiagnostics {
  const collection = vscode.languages.createDiagnosticCollection('posttrain-dataset');
  const followed = new Map<string, () => void>();
  const isOpenAsText = (uri: vscode.Uri) => vscode.workspace.textDocuments.some((document) => !document.isClosed && document.uri.toString() === uri.toString());
  const again = (document: vscode.TextDocument) => followed.get(document.uri.toString())?.();
  const listening = [vscode.workspace.onDidOpenTextDocument(again), vscode.workspace.onDidCloseTextDocument((document) => setTimeout(() => again(document), 0))];
  return {
    follow(uri, problems, bomBytes) {
      const publish = () => collection.set(uri, isOpenAsText(uri) ? [] : toDiagnostics(problems, bomBytes > 0));
      followed.set(uri.toString(), publish);
      const stop = problems.changed.on(publish);
      return new vscode.Disposable(() => {
        stop();
        followed.delete(uri.toString());
        collection.delete(uri);
      });
    },
    dispose() {
      collection.dispose();
      for (const listener of listening) listener.dispose();
    },
  };
}

function toDiagnostics({ ofFile, listed, maxListed }: RowProblems, hasBom: boolean): vscode.Diagnostic[] {
  if (maxListed === undefined) return [];
  const diagnostics = ofFile.map((problem) => toDiagnostic(problem, 0, 0));
  for (const [row, problems] of [...listed].sort(([a], [b]) => a - b)) {
    const shift = hasBom && row === 0 ? 1 : 0; // the mark is a character of the file's first line
    for (const problem of problems) {
      if (diagnostics.length >= maxListed) return diagnostics;
      diagnostics.push(toDiagnostic(problem, row, shift));
    }
  }
  return diagnostics;
}

function toDiagnostic({ code, severity, message, start, end }: Problem, row: number, shift: number): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(new vscode.Range(row, start + shift, row, end + shift), message, severities[severity]);
  diagnostic.code = code;
  diagnostic.source = 'posttrain';
  return diagnostic;
}

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};
