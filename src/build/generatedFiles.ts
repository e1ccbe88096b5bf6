/** What of the repository is made from typed tables: the manifest's contributions, its texts, the run spec's schema, the pages of checks and keys. */

import { applyEdits, modify } from 'jsonc-parser';
import { contributions } from '../host/manifest/index.ts';
import { keysMarkdown } from './keysDocs.ts';
import { checksMarkdown } from '../language/docs.ts';
import { runSpecSchema } from '../run/specSchema.ts';

/** Path from the repository's root → its whole new text. `read` gives the text that is there now: package.json is written by hand but for some keys. */
export function generatedFiles(read: (path: string) => string): Map<string, string> {
  const { manifest, nls } = contributions();
  return new Map([
    ['package.json', withKeys(read('package.json'), manifest)],
    ['package.nls.json', json(nls)],
    ['media/schemas/run-spec.schema.json', json(runSpecSchema())],
    ['media/docs/checks.md', checksMarkdown()],
    ['media/docs/dataset-keys.md', keysMarkdown()],
  ]);
}

/** Replaces top-level keys and leaves every other byte. */
function withKeys(text: string, values: object): string {
  for (const [key, value] of Object.entries(values)) {
    text = applyEdits(text, modify(text, [key], value, { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } }));
  }
  return text;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
