/** Rules about translated texts: what the dataset editor and the statistics page say, and where files are converted, is there in every language that ships, with the same places to fill in. */

import type { Rule, SourceFile } from './source.ts';

/** Where a text for people is an argument of `t`, and the tables whose texts are translated where they are shown. */
const TRANSLATED = /^(webview\/(dataset|shared|stats)\/|src\/run\/statsText|src\/host\/(datasetEditor\/|commands\/(convertDataset|datasetStats)))/;
const TABLES: readonly { path: RegExp; text: RegExp; isName?: true }[] = [
  { path: /^src\/protocol\/datasetKeys\.ts$/, text: /title: '((?:\\.|[^'\\])*)'/g },
  { path: /^src\/dataset\/badText\.ts$/, text: /(?:0x[0-9a-f]+: \['[^']+', |name: )'([^']+)'|'((?:control|invisible) character)'/g },
  { path: /^src\/dataset\/formats\/\w+\.ts$/, text: /^ {2,4}(?:\{ key: '\w+', )?label: '([^']+)'/gm, isName: true },
];
const CALL = /(?<![\w$])t\(\s*(['"])((?:\\.|(?!\1)[^\\])*)\1/g;
const BUNDLE = /^l10n\/bundle\.l10n\.([\w-]+)\.json$/;
const NLS = /^package\.nls\.([\w-]+)\.json$/;

export const translationRule: Rule = (files) => {
  const said = new Set(files.flatMap((file) => textsOf(file, false)));
  const known = new Set([...said, ...files.flatMap((file) => textsOf(file, true))]);
  const commands = Object.keys(json(files.find(({ path }) => path === 'package.nls.json')));
  return [
    ...files.filter(({ path }) => BUNDLE.test(path)).flatMap((file) => {
      const bundle = json(file);
      return [
        ...[...said].filter((text) => !(text in bundle)).map((text) => `${file.path} has no translation of ${JSON.stringify(text)}.`),
        ...Object.keys(bundle).filter((text) => !known.has(text)).map((text) => `${file.path}: nothing says ${JSON.stringify(text)} any more.`),
        ...Object.entries(bundle).filter(([text, translated]) => places(text) !== places(translated)).map(([text]) => `${file.path}: the translation of ${JSON.stringify(text)} fills in other things.`),
      ];
    }),
    ...files.filter(({ path }) => NLS.test(path)).flatMap((file) => {
      const texts = json(file);
      return [
        ...commands.filter((key) => /^posttrain\.dataset\.\w+\.title$/.test(key) && !(key in texts)).map((key) => `${file.path} has no ${key}.`),
        ...Object.keys(texts).filter((key) => !commands.includes(key)).map((key) => `${file.path}: package.nls.json has no ${key} any more.`),
      ];
    }),
  ];
};

/** `names`: with those of formats and their fields, many of which are the same in every language. */
function textsOf({ path, text }: SourceFile, names: boolean): string[] {
  const calls = TRANSLATED.test(path) && path.endsWith('.ts') ? [...text.matchAll(CALL)].map(([, , literal]) => unquote(literal!)) : [];
  const entries = TABLES.filter((table) => table.path.test(path) && (names || !table.isName)).flatMap((table) => [...text.matchAll(table.text)].map((match) => unquote(match.slice(1).find((part) => part !== undefined)!)));
  return [...calls, ...entries];
}

function unquote(literal: string): string {
  return literal.replace(/\\(['"\\])/g, '$1');
}

function places(text: string): string {
  return [...new Set(text.match(/\{\d\}/g) ?? [])].sort().join();
}

function json(file: SourceFile | undefined): Record<string, string> {
  return JSON.parse(file?.text ?? '{}') as Record<string, string>;
}
