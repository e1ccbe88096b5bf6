/**
 * Languages and grammars that the extension adds. The `jsonl` language is VS Code's own and is not redefined. Run specs need no schema
 * here, whether YAML or JSON: the language server knows them, and two voices would say everything twice.
 */

export interface LanguageSpec {
  id: string;
  aliases?: readonly string[];
  extensions?: readonly string[];
  filenames?: readonly string[];
  filenamePatterns?: readonly string[];
  configuration?: string;
}

export interface GrammarSpec {
  scopeName: string;
  path: string;
  language?: string;
  injectTo?: readonly string[];
  embeddedLanguages?: Record<string, string>;
}

/** Only a file name more for a language that is there. */
export const languages: readonly LanguageSpec[] = [{ id: 'jsonl', extensions: ['.ndjson'] }];

export const grammars: readonly GrammarSpec[] = [{ scopeName: 'posttrain.training-rows', path: './syntaxes/training-rows.tmLanguage.json', injectTo: ['source.json.lines'] }];
