/** Shows unsaved edits beside the rows of the file in VS Code's diff editor: only the rows concerned, so that any size of file will do. */

import * as vscode from 'vscode';
import { withoutCr } from '../../dataset/lineText.ts';
import type { DatasetDocument } from './document.ts';
import { MAX_ROW_BYTES } from './rowEdits.ts';

export const COMPARE_SCHEME = 'posttrain-compare';

export interface CompareView {
  show(uri: vscode.Uri, document: DatasetDocument): Promise<void>;
  dispose(): void;
}

export function createCompareView(): CompareView {
  const texts = new Map<string, string>();
  let shown = 0;
  const provider = vscode.workspace.registerTextDocumentContentProvider(COMPARE_SCHEME, { provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '' });
  const closing = vscode.workspace.onDidCloseTextDocument((document) => texts.delete(document.uri.toString()));
  return {
    async show(uri, document) {
      const sides = await compareTexts(document);
      const page = (side: 'file' | 'edits') => {
        const address = vscode.Uri.from({ scheme: COMPARE_SCHEME, path: uri.path, query: `${side}${shown}` });
        texts.set(address.toString(), sides[side]);
        return address;
      };
      shown++;
      await vscode.commands.executeCommand('vscode.diff', page('file'), page('edits'), vscode.l10n.t('{0}: file ↔ unsaved edits', document.file.name), { preview: true });
    },
    dispose() {
      provider.dispose();
      closing.dispose();
    },
  };
}

/** Each edit under a line that names its row. On the left what the file holds at that place now. */
async function compareTexts(document: DatasetDocument): Promise<{ file: string; edits: string }> {
  const matching = new Map(document.pending?.matched.matching.map((splice) => [splice.inserted, splice.at]));
  const sides = { file: '', edits: '' };
  for (const { at, removed, inserted } of document.unsaved()) {
    const row = matching.get(inserted) ?? at;
    const lines = await document.read(row, removed.length, MAX_ROW_BYTES);
    const title = `# ${vscode.l10n.t('Row {0}', row + 1)}\n`;
    sides.file += title + lines.map(({ text }) => `${withoutCr(text)}\n`).join('');
    sides.edits += title + inserted.map((text) => `${withoutCr(text)}\n`).join('');
  }
  return sides;
}
