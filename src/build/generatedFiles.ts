/** What of the repository is made from typed tables: the manifest's contributions, its texts, the schemas, the pages of checks, formats and keys. */

import { applyEdits, modify } from 'jsonc-parser';
import { contributions } from '../host/manifest/index.ts';
import { keysMarkdown } from './keysDocs.ts';
import { formats } from '../dataset/formats/index.ts';
import { checksMarkdown } from '../language/docs.ts';
import { formatSchema, formatsMarkdown } from '../language/formatDocs.ts';
import { runSpecSchema } from '../run/specSchema.ts';

/** Path from the repository's root → its whole new text. `read` gives the text that is there now: package.json is written by hand but for some keys. */
export function generatedFiles(read: (path: string) => string): Map<string, string> {
  const { manifest, nls } = contributions();
  return new Map([
    ['package.json', withKeys(read('package.json'), manifest)],
    ['package.nls.json', json(nls)],
    ['media/schemas/run-spec.schema.json', json(runSpecSchema())],
    ...formats.entries.map((format): [string, string] => [`media/schemas/${format.id}.schema.json`, json(formatSchema(format))]),
    ['media/docs/checks.md', checksMarkdown()],
    ['media/docs/dataset-keys.md', keysMarkdown()],
    ['media/docs/formats.md', formatsMarkdown()],
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
