/** Quick fixes as code actions: for one problem, one row, every row of a kind, and all that is safe in the file. */

import { CodeActionKind, type ClientCapabilities, type CodeAction, type CodeActionParams, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Problem } from '../../core/problem.ts';
import { createSlicer } from '../../core/slice.ts';
import type { Format } from '../../dataset/format.ts';
import type { CheckRules } from '../../language/checkRules.ts';
import { combined, fixesOf } from '../../language/fixes.ts';
import type { RowDocument } from '../../language/rowDocument.ts';
import { specFixOf } from '../../language/runSpec.ts';
import { FIX_ALL_KIND } from '../../protocol/language.ts';
import { textEditOf } from './convert.ts';

/** What is handed back to us when the user picks "fix all": then the edits are worked out. */
export interface FixAllData {
  uri: string;
  code: string;
}

/** What rows are taken for, and what is said of them. */
export interface Reading {
  format: Format | undefined;
  rules: CheckRules;
}

/** More lines than anybody selects to fix one by one. */
const MOST_LINES = 200;

export async function codeActions(document: RowDocument, reading: Reading, { range, context }: CodeActionParams, capabilities: ClientCapabilities, signal: AbortSignal): Promise<CodeAction[]> {
  const wants = (kind: string) => !context.only || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) actions.push(...quickFixes(document, reading, range.start.line, Math.min(range.end.line, range.start.line + MOST_LINES), context));
  // Worked out only when asked for by name: on save, or from the menu of source actions.
  if (context.only?.some((only) => FIX_ALL_KIND.startsWith(only))) {
    const edits = await fixAllEdits(document, reading, { onlySafe: true }, signal);
    if (edits.length > 0) actions.push({ title: 'Fix what can safely be fixed in this dataset', kind: FIX_ALL_KIND, edit: workspaceEdit(document, edits, capabilities) });
  }
  return actions;
}

/** For a run spec: the name that was meant. */
export function specActions(text: TextDocument, problems: readonly Problem[], json: boolean, { range, context }: CodeActionParams): CodeAction[] {
  return problems.flatMap((problem) => {
    const fix = specFixOf(problem, { json });
    if (!fix || (context.only && !context.only.includes(CodeActionKind.QuickFix))) return [];
    const place = { start: text.positionAt(fix.start), end: text.positionAt(fix.end) };
    if (place.start.line > range.end.line || place.end.line < range.start.line) return [];
    const diagnostics = context.diagnostics.filter((one) => one.code === problem.code && one.range.start.line === place.start.line);
    return [{ title: fix.title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred: true, edit: { changes: { [text.uri]: [{ range: place, newText: fix.newText }] } } }];
  });
}

function quickFixes(document: RowDocument, reading: Reading, from: number, to: number, context: CodeActionParams['context']): CodeAction[] {
  const actions: CodeAction[] = [];
  const codes = new Map<string, { title: string }>();
  for (let line = from; line <= to; line++) {
    const fixes = fixesOf(document.problemsOf(line, reading.format, reading.rules));
    for (const fix of fixes) {
      const diagnostics = context.diagnostics.filter(({ code, range }) => range.start.line === line && fix.codes.includes(String(code)));
      const edit: WorkspaceEdit = { changes: { [document.uri]: fix.edits.map((one) => textEditOf(document, line, one)) } };
      actions.push({ title: fix.title, kind: CodeActionKind.QuickFix, diagnostics, edit, isPreferred: fix.codes.length === 1 && fix.safe });
      if (fix.codes.length === 1) codes.set(fix.codes[0]!, { title: fix.title });
    }
  }
  for (const code of codes.keys()) {
    const data: FixAllData = { uri: document.uri, code };
    actions.push({ title: `Fix every "${code}" in this file`, kind: CodeActionKind.QuickFix, diagnostics: context.diagnostics.filter((one) => one.code === code), data });
  }
  return actions;
}

/** The edits that mend the whole file; lines that were looked at before cost nothing. */
export async function fixAllEdits(document: RowDocument, reading: Reading, options: { code?: string; onlySafe?: boolean }, signal: AbortSignal): Promise<TextEdit[]> {
  await document.validate({ format: reading.format, maxProblems: 0 }, createSlicer(5, signal));
  const edits: TextEdit[] = [];
  for (let line = 0; line < document.lineCount; line++) {
    const problems = document.problemsOf(line, reading.format, reading.rules);
    if (problems.length > 0) edits.push(...combined(problems, options).map((edit) => textEditOf(document, line, edit)));
  }
  return edits;
}

/** `confirm`: the editor shows the changes first, where it can. */
export function workspaceEdit(document: RowDocument, edits: TextEdit[], capabilities: ClientCapabilities, confirm?: string): WorkspaceEdit {
  if (confirm === undefined || !capabilities.workspace?.workspaceEdit?.changeAnnotationSupport) return { changes: { [document.uri]: edits } };
  const annotationId = 'posttrain';
  return {
    documentChanges: [{ textDocument: { uri: document.uri, version: document.version }, edits: edits.map((edit) => ({ ...edit, annotationId })) }],
    changeAnnotations: { [annotationId]: { label: confirm, needsConfirmation: true } },
  };
}
