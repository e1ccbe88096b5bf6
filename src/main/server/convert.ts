/** Our problems, fixes, hovers and completions in the words of the language server protocol. */

import {
  CompletionItemKind, DiagnosticSeverity, InsertTextFormat, MarkupKind,
  type CompletionItem, type Diagnostic, type Hover, type Range, type TextEdit,
} from 'vscode-languageserver/node';
import type { Problem, Severity } from '../../core/problem.ts';
import type { LineEdit } from '../../dataset/checks/check.ts';
import type { Completion } from '../../language/complete.ts';
import type { Hover as OurHover } from '../../language/hover.ts';
import type { RowDocument } from '../../language/rowDocument.ts';
import { LANGUAGE_SERVER_ID } from '../../protocol/language.ts';

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function diagnosticOf(problem: Problem, range: Range): Diagnostic {
  return { range, severity: severities[problem.severity], code: problem.code, source: LANGUAGE_SERVER_ID, message: problem.message };
}

/** Said once where not all problems are listed. */
export function moreProblems(listed: number, total: number): Diagnostic {
  const number = (n: number) => n.toLocaleString('en');
  const start = { line: 0, character: 0 };
  return { range: { start, end: start }, severity: DiagnosticSeverity.Information, code: 'more-problems', source: LANGUAGE_SERVER_ID, message: `Only the first ${number(listed)} of ${number(total)} problems of this file are listed (setting posttrain.validation.maxProblems).` };
}

/** A range within one line, which counts from 0. */
export function lineRange(line: number, { start, end }: { start: number; end: number }): Range {
  return { start: { line, character: start }, end: { line, character: end } };
}

export function textEditOf(document: RowDocument, line: number, edit: LineEdit): TextEdit {
  // The last line has no line break behind it: emptied, it is the rest after the last line break, which is no row.
  if (edit.removesLine && line < document.lineCount - 1) return { range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, newText: '' };
  return { range: lineRange(line, edit), newText: edit.newText };
}

export function hoverOf({ markdown }: OurHover, range: Range): Hover {
  return { contents: { kind: MarkupKind.Markdown, value: markdown }, range };
}

const itemKinds = { key: CompletionItemKind.Property, value: CompletionItemKind.EnumMember, row: CompletionItemKind.Snippet };

/** `written` is what stands in the range now: the editor filters by it, quotes included. */
export function completionItemOf(completion: Completion, range: Range, written: string): CompletionItem {
  return {
    label: completion.label,
    kind: itemKinds[completion.kind],
    detail: completion.detail,
    documentation: { kind: MarkupKind.Markdown, value: completion.documentation },
    filterText: written.startsWith('"') ? JSON.stringify(completion.label) : completion.label,
    sortText: completion.sort,
    insertTextFormat: completion.snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range, newText: completion.newText },
  };
}
