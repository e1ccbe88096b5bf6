/** The documents that the editor has open and that are ours: datasets line by line, run specs as text. */

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentsConfiguration } from 'vscode-languageserver/node';
import { isSidecar } from '../../dataset/annotations/annotation.ts';
import { RowDocument } from '../../language/rowDocument.ts';
import { isRunSpecName } from '../../run/spec.ts';

export interface SpecDocument {
  readonly kind: 'spec';
  readonly uri: string;
  readonly version: number;
  readonly json: boolean;
  readonly text: TextDocument;
}

export interface RowsDocument {
  readonly kind: 'rows';
  readonly uri: string;
  readonly version: number;
  readonly rows: RowDocument;
}

/** A document that the client sends although nothing can be said about it. */
export interface OtherDocument {
  readonly kind: 'other';
  readonly uri: string;
  readonly version: number;
}

export type OpenDocument = SpecDocument | RowsDocument | OtherDocument;

export const openDocuments: TextDocumentsConfiguration<OpenDocument> = {
  create(uri, languageId, version, content) {
    const path = uri.replace(/[?#].*$/, '');
    if (isRunSpecName(path)) return { kind: 'spec', uri, version, json: /\.json$/i.test(path), text: TextDocument.create(uri, languageId, version, content) };
    if (isSidecar(path)) return { kind: 'other', uri, version };
    if (languageId === 'jsonl' || /\.(?:jsonl|ndjson)$/i.test(path)) return { kind: 'rows', uri, version, rows: new RowDocument(uri, languageId, version, content) };
    return { kind: 'other', uri, version };
  },
  update(document, changes, version) {
    if (document.kind === 'rows') document.rows.update(changes, version);
    if (document.kind === 'spec') TextDocument.update(document.text, changes, version);
    return { ...document, version };
  },
};
