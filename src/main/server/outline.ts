/** Outline and folds of a dataset in the words of the language server protocol. */

import { SymbolKind, type DocumentSymbol, type FoldingRange } from 'vscode-languageserver/node';
import { foldsOf, type Outline, type OutlineRow } from '../../language/outline.ts';
import type { RowDocument } from '../../language/rowDocument.ts';
import { lineRange } from './convert.ts';

const kinds: Record<OutlineRow['keys'][number]['type'], SymbolKind> = {
  object: SymbolKind.Object,
  array: SymbolKind.Array,
  string: SymbolKind.String,
  number: SymbolKind.Number,
  boolean: SymbolKind.Boolean,
  null: SymbolKind.Null,
};

export function documentSymbols(document: RowDocument, { rows, rest }: Outline): DocumentSymbol[] {
  const symbols = rows.map(({ line, length, words, keys }): DocumentSymbol => {
    const range = lineRange(line, { start: 0, end: length });
    const children = keys.map(({ key, type, start, end, keyEnd }) => ({ name: named(key), kind: kinds[type], range: lineRange(line, { start, end }), selectionRange: lineRange(line, { start, end: keyEnd }) }));
    return { name: `Row ${line + 1}`, detail: words, kind: SymbolKind.Struct, range, selectionRange: range, children };
  });
  if (!rest) return symbols;
  const start = { line: rest.line, character: 0 };
  const last = document.lineCount - 1;
  const range = { start, end: { line: last, character: document.lineAt(last).length } };
  return [...symbols, { name: `${rest.rows.toLocaleString('en')} more rows`, kind: SymbolKind.Array, range, selectionRange: { start, end: start } }];
}

/** Null leaves it to the editor, which folds by indentation. */
export function foldingRanges(document: RowDocument): FoldingRange[] | null {
  const folds = foldsOf(document);
  return folds.length === 0 ? null : folds.map(({ start, end }) => ({ startLine: start, endLine: end }));
}

/** An editor refuses a symbol without a name. */
function named(key: string): string {
  return key.trim() === '' ? JSON.stringify(key) : key;
}
