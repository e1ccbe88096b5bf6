/** Rules about files themselves: their first sentence, their length, their names, and what no file may hold. */

import { posix } from 'node:path';
import type { Rule, SourceFile } from './source.ts';

const MAX_LINES = 600;
const isCode = ({ path }: SourceFile) => /^(src|webview|test)\/.*\.(ts|mjs|js|css|py)$/.test(path) && !path.startsWith('test/fixtures/');

/** The first line says what the file is for, in a sentence. */
export const headerRule: Rule = (files) =>
  files.filter(isCode).flatMap(({ path, text }) => {
    const start = text.replace(/^#!.*\n/, '');
    const comment = (/^\/\*\*?\s([\s\S]*?)\*\//.exec(start) ?? /^"""([\s\S]*?)"""/.exec(start))?.[1]?.replace(/^\s*\* ?/gm, '').trim();
    if (comment === undefined) return [`${path} does not begin with a /** comment */ that says what it is for.`];
    return /[.:!?)`]$/m.test(comment) ? [] : [`${path}: its first comment is no sentence.`];
  });

export const lengthRule: Rule = (files) =>
  files.filter(isCode).flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1;
    return lines > MAX_LINES ? [`${path} has ${lines} lines; ${MAX_LINES} is the most. Divide it by what its parts are for.`] : [];
  });

const FORBIDDEN = /^(utils?|helpers?|common|misc|managers?)$/i;

/** camelCase, and no name that could hold anything. */
export const nameRule: Rule = (files) => {
  const folders = new Set<string>();
  const problems: string[] = [];
  for (const file of files.filter(isCode)) {
    for (let folder = posix.dirname(file.path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
    const name = posix.basename(file.path).replace(/\.(ts|mjs|js|css|py)$/, '');
    if (!/^[a-z][A-Za-z0-9]*(\.(test|d))*$/.test(name) && !file.path.endsWith('.py')) problems.push(`${file.path}: file names are camelCase, for the main thing in them.`);
    if (vague(name)) problems.push(`${file.path}: "${vague(name)}" says nothing; name it for what it does.`);
  }
  for (const folder of folders) {
    const name = posix.basename(folder);
    if (!/^[a-z][A-Za-z0-9]*$/.test(name)) problems.push(`${folder}/: folders are one lower-case word, or camelCase.`);
    if (vague(name)) problems.push(`${folder}/: "${vague(name)}" says nothing; name it for what it holds.`);
  }
  return problems;
};

/** The word of a camelCase name that is forbidden, if one is. */
function vague(name: string): string | undefined {
  return name.split(/(?=[A-Z])|[._-]/).find((word) => FORBIDDEN.test(word));
}

/** What the repository's root may hold: the layout that was asked for, and what npm, VS Code and git need there. */
export const TOP_LEVEL = [
  ...['src', 'webview', 'media', 'syntaxes', 'test', '.ci', '.github', 'l10n'],
  ...['package.json', 'package-lock.json', '.npmrc', '.vscodeignore', '.gitignore', '.gitattributes', '.oxlintrc.json', 'tsconfig.json', 'tsconfig.webview.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md', 'CONTRIBUTING.md'],
];

export const topLevelRule: Rule = (files) =>
  [...new Set(files.map(({ path }) => path.split('/')[0]!))]
    .filter((name) => !TOP_LEVEL.includes(name) && !/^package\.nls(\.[a-z-]+)?\.json$/.test(name) && !/^(bundle\.)?l10n/.test(name))
    .map((name) => `${name} lies at the top; what is there is listed in test/tidy/rules/files.ts.`);

/** No path of the machine that someone worked on. `places` are such folders; outside tests, which make paths up, so is anyone's home. */
export const machinePathRule =
  (places: readonly string[]): Rule =>
  (files) => {
    const given = places.map((place) => `${escaped(place)}(?![A-Za-z0-9._-])`);
    const any = (patterns: string[]) => new RegExp(`(^|[^A-Za-z0-9._/-])(${patterns.join('|')})`, 'm');
    const [inTests, elsewhere] = [any(given), any([...given, '/(?:home|Users)/[a-z][\\w-]+/'])];
    return files.filter(({ path }) => path !== 'package-lock.json').flatMap(({ path, text }) => {
      const hit = (path.startsWith('test/') ? inTests : elsewhere).exec(text);
      return hit ? [`${path}:${text.slice(0, hit.index).split('\n').length} names a path of one machine: ${hit[2]}`] : [];
    });
  };

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A test that is left out, or alone, is forgotten. A skip has a reason in words: what brings it. */
export const testRule: Rule = (files) =>
  files.filter(({ path }) => /^test\/.*\.ts$/.test(path)).flatMap(({ path, text }) =>
    [...text.matchAll(/\b(?:it|test|describe|suite)\.(only|skip|todo)\(|\bskip: true\b/g)].map((match) => `${path}:${text.slice(0, match.index).split('\n').length} has "${match[0]}": ${match[1] === 'only' ? 'the others would not run.' : "write { skip: 'what is missing, and the command that brings it' }."}`),
  );
