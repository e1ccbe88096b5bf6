/** Problems of a run spec that somebody tried to start, in the Problems panel, without repeating what the language server lists. */

import * as vscode from 'vscode';
import type { Problem, Severity } from '../../core/problem.ts';
import { lineColumn } from '../../core/text.ts';
import type { LoadedSpec } from '../../node/specFile.ts';

export interface SpecProblems extends vscode.Disposable {
  show(loaded: LoadedSpec): void;
}

const OURS = 'posttrain start';

export function createSpecProblems(): SpecProblems {
  const collection = vscode.languages.createDiagnosticCollection('posttrain.start');
  // A changed spec is another one: what was wrong at the start of a run no longer holds.
  const edited = vscode.workspace.onDidChangeTextDocument(({ document }) => collection.delete(document.uri));
  const listed = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    for (const uri of uris) {
      const mine = collection.get(uri);
      if (!mine || mine.length === 0) continue;
      const left = withoutListed(uri, mine);
      if (left.length < mine.length) collection.set(uri, left);
    }
  });
  return {
    show({ file, text, problems }) {
      const uri = vscode.Uri.file(file);
      collection.set(uri, withoutListed(uri, problems.filter((problem) => typeof problem.data?.override !== 'string').map((problem) => toDiagnostic(text, problem))));
    },
    dispose: () => vscode.Disposable.from(collection, edited, listed).dispose(),
  };
}

function withoutListed(uri: vscode.Uri, mine: readonly vscode.Diagnostic[]): vscode.Diagnostic[] {
  const others = vscode.languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source !== OURS);
  return mine.filter((diagnostic) => !others.some((other) => codeOf(other) === codeOf(diagnostic) && other.range.start.isEqual(diagnostic.range.start)));
}

function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

function toDiagnostic(text: string, problem: Problem): vscode.Diagnostic {
  const from = lineColumn(text, problem.start);
  const to = lineColumn(text, problem.end);
  const diagnostic = new vscode.Diagnostic(new vscode.Range(from.line - 1, from.column - 1, to.line - 1, to.column - 1), problem.message, severities[problem.severity]);
  diagnostic.code = problem.code;
  diagnostic.source = OURS;
  return diagnostic;
}
