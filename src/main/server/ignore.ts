/** Ignoring what a check finds, in one row or in the whole file: offered as code actions, and written into the file of checks beside the dataset. */

import { CodeActionKind, type CodeAction, type CodeActionParams } from 'vscode-languageserver/node';
import { checks } from '../../dataset/checks/index.ts';
import { rowKey } from '../../language/checkRules.ts';
import { checksFileOf, withIgnored } from '../../language/checksFile.ts';
import type { RowDocument } from '../../language/rowDocument.ts';
import type { Reading } from './actions.ts';
import type { ServerEnvironment } from './languageServer.ts';
import { fileName } from './rules.ts';

/** The server's command. The editor registers it under this name, so it has to be nobody else's. */
export const IGNORE = 'posttrain.checks.ignore';

export interface IgnoreRequest {
  uri: string;
  code: string;
  /** What the row is known by; undefined for the whole file. */
  row: string | undefined;
}

/** For the problems at a place. Nothing for a selection over several rows: who looks at one knows that it is fine. */
export function ignoreActions(document: RowDocument, { format, rules }: Reading, { range, context }: CodeActionParams): CodeAction[] {
  const { line } = range.start;
  if (range.end.line !== line || (context.only && !context.only.includes(CodeActionKind.QuickFix))) return [];
  const here = document.problemsOf(line, format, rules).filter(({ code, start, end }) => checks.has(code) && start <= range.end.character && end >= range.start.character);
  const row = rowKey(document.lineAt(line));
  return [...new Set(here.map(({ code }) => code))].flatMap((code) => {
    const diagnostics = context.diagnostics.filter((one) => one.code === code && one.range.start.line === line);
    const action = (title: string, what: IgnoreRequest): CodeAction => ({ title, kind: CodeActionKind.QuickFix, diagnostics, command: { title, command: IGNORE, arguments: [what] } });
    const inFile = action(`Ignore every "${code}" in this file`, { uri: document.uri, code, row: undefined });
    // what is said at no place of the row is said of the file
    const ofRow = here.some((problem) => problem.code === code && problem.end > 0);
    return row === undefined || !ofRow ? [inFile] : [action(`Ignore "${code}" in this row`, { uri: document.uri, code, row }), inFile];
  });
}

/** One after the other, because each reads what the one before it wrote. */
export function ignoreWriter({ readText, writeText }: Pick<ServerEnvironment, 'readText' | 'writeText'>): (what: IgnoreRequest) => Promise<void> {
  let last = Promise.resolve();
  return (what) => {
    const file = checksFileOf(what.uri);
    const next = last.then(async () => writeText(file)?.(withIgnored(await readText(file), fileName(file), what)));
    last = next.catch(() => undefined); // its error is its caller's
    return next;
  };
}

export function readIgnored(value: unknown): IgnoreRequest | undefined {
  const { uri, code, row } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof uri === 'string' && typeof code === 'string' && (row === undefined || row === null || typeof row === 'string') ? { uri, code, row: row ?? undefined } : undefined;
}
