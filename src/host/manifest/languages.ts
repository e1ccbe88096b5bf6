/** Languages, grammars and schemas that the extension adds. The `jsonl` language is VS Code's own and is not redefined. */

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

export const languages: readonly LanguageSpec[] = [];

export const grammars: readonly GrammarSpec[] = [];

/** For run specs written as JSON; the ones in YAML are served by our own language server. */
export const jsonValidation = [{ fileMatch: ['*.posttrain.json'], url: './media/schemas/run-spec.schema.json' }] as const;
